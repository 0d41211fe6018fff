"""What a carrier of mail promises, and what may come of a mail."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

HandingOver = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody else is responsible for the mail now (RFC 5321 §4.2.5)."""


@dataclass(frozen=True, slots=True)
class TemporaryFailure:
    """Not now; `perhaps_taken` if the connection broke after the mail was handed over."""

    reason: str
    perhaps_taken: bool = False


@dataclass(frozen=True, slots=True)
class PermanentFailure:
    """Never: trying again changes nothing (RFC 5321 §4.2.1)."""

    reason: str


Outcome = Sent | TemporaryFailure | PermanentFailure


class Carrier(Protocol):
    """Takes one mail at a time to its recipient; safe to use from many tasks at once."""

    async def carry(self, message: EmailMessage, *, handing_over: HandingOver) -> Outcome:
        """Take the mail to the one address in To, from the one in From.

        `handing_over` is awaited once, at the last moment at which the mail can still be kept
        back; whatever it raises comes out of `carry`, and then nothing was sent.
        """
        ...


def mailbox(message: EmailMessage, field: str) -> str:
    """The only address of a header field, as SMTP wants it: without the display name."""
    [address] = message[field].addresses
    return str(address.addr_spec)

"""What the domain needs from outside, as Protocols."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Links(Protocol):
    """Makes absolute URLs that may be mailed."""

    def page(self, path: str) -> str:
        """The absolute URL of a public path."""
        ...

    def for_booking(self, purpose: str, booking_id: int, person_id: int) -> str:
        """A signed URL that identifies this person for one purpose: confirm, move, cancel, room."""
        ...

    def mailed(self, purpose: str, token: str) -> str:
        """The URL of a mailed one-time link: sign-in, verify-email, reset-password."""
        ...


class Translator(Protocol):
    """Turns a msgid into the language of a reader."""

    def translate(self, locale: str, message: str, **parameters: object) -> str:
        """The text in `locale` (zh_CN or en), with `%(name)s` places filled."""
        ...

"""A channel: what was said, in order, numbered, kept for as long as its bound allows."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Body = TypeVar("Body")
Audience = TypeVar("Audience")


@dataclass(frozen=True, slots=True)
class Entry(Generic[Body, Audience]):
    """One message with its number (1, 2, 3 …) and those it was meant for."""

    number: int
    body: Body
    audience: Audience


class Channel(Generic[Body, Audience]):
    """The last `keep` messages; an older one is forgotten when a new one comes."""

    def __init__(self, keep: int) -> None:
        if keep < 1:
            raise ValueError("a channel keeps at least one message")
        self._entries: deque[Entry[Body, Audience]] = deque(maxlen=keep)
        self._last_number = 0

    @property
    def last_number(self) -> int:
        """The number of the newest message; 0 while nothing was said."""
        return self._last_number

    def publish(self, make: Callable[[int], Body], audience: Audience) -> Entry[Body, Audience]:
        """Give the next number to the message that `make` builds with it, and keep it."""
        number = self._last_number + 1
        entry = Entry(number, make(number), audience)
        self._entries.append(entry)
        self._last_number = number
        return entry

    def restore(self, entries: Iterable[Entry[Body, Audience]]) -> None:
        """Take over what was said in an earlier life; numbers go on after the last one."""
        for entry in entries:
            self._entries.append(entry)
            self._last_number = entry.number

    def replay(
        self, after: int, hears: Callable[[Entry[Body, Audience]], bool]
    ) -> tuple[Entry[Body, Audience], ...] | None:
        """What a reader missed after that number; None if part of it is forgotten or never was.

        A reader who gets None needs a fresh picture of the whole instead.
        """
        oldest = self._entries[0].number if self._entries else self._last_number + 1
        if after > self._last_number or after < oldest - 1:
            return None
        return tuple(e for e in self._entries if e.number > after and hears(e))

    def latest(
        self, hears: Callable[[Entry[Body, Audience]], bool]
    ) -> tuple[Entry[Body, Audience], ...]:
        """Everything still kept that this reader may hear, oldest first."""
        return tuple(e for e in self._entries if hears(e))

"""What one direction of a poor link does to each datagram: seeded, and without a clock of its own.

Every datagram draws its fate in the same way, whatever the conditions are, so a seed and an order
of datagrams give the same losses again.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

HEADERS: Final = 28  # IPv4 and UDP; they take their share of the rate
LATE: Final = timedelta(milliseconds=15)  # how far a reordered datagram falls back
NO_TIME: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a link is like; shares are between 0 and 1."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay: timedelta = NO_TIME
    rate: int | None = None  # bits per second; None for as fast as they come
    queue: timedelta = timedelta(milliseconds=100)  # what waits longer for the rate is dropped


PERFECT: Final = Conditions()


class Link:
    """One direction for one client; the conditions may change while datagrams are under way."""

    def __init__(self, seed: str, conditions: Conditions = PERFECT) -> None:
        self.conditions = conditions
        self.passed = 0
        self.lost = 0
        self.overflowed = 0
        self._random = Random(seed)  # noqa: S311  a seed is the point of it
        self._free_at = NO_TIME  # when the last datagram has left the queue

    def departures(self, size: int, now: timedelta) -> tuple[timedelta, ...]:
        """When copies of a datagram of so many bytes come out: none, one or two times."""
        lost, doubled, late = (self._random.random() for _ in range(3))
        conditions = self.conditions
        if lost < conditions.loss:
            self.lost += 1
            return ()
        left_at = self._queued(size, now)
        if left_at is None:
            self.overflowed += 1
            return ()
        self.passed += 1
        out_at = left_at + conditions.delay
        if late < conditions.reorder:
            out_at += LATE
        return (out_at, out_at) if doubled < conditions.duplicate else (out_at,)

    def _queued(self, size: int, now: timedelta) -> timedelta | None:
        """When the datagram has gone through the narrow place; None when the queue is full."""
        conditions = self.conditions
        if conditions.rate is None:
            return now
        begins_at = max(now, self._free_at)
        if begins_at - now > conditions.queue:
            return None
        self._free_at = begins_at + timedelta(seconds=(size + HEADERS) * 8 / conditions.rate)
        return self._free_at

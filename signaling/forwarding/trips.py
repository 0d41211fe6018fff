"""Whether a viewer's round trip has grown: somebody's queue fills, or the path became longer."""

from datetime import timedelta
from typing import Final

SLOWER: Final = timedelta(milliseconds=150)  # and twice the shortest: that is no wobble
QUEUED: Final = timedelta(milliseconds=50)  # above the shortest: some queue is not empty
ASSUMED: Final = timedelta(milliseconds=200)  # until one was measured
LONGER: Final = 32  # measurements, four a second, until most of a longer trip is usual


class Trips:
    """The round trip of late, and the shortest that a path has without a queue."""

    def __init__(self) -> None:
        self._last: timedelta | None = None
        self._shortest: timedelta | None = None

    @property
    def last(self) -> timedelta | None:
        """As measured last; None as long as it is unknown."""
        return self._last

    @property
    def usual(self) -> timedelta:
        """The last one, or what is assumed until then."""
        return ASSUMED if self._last is None else self._last

    def add(self, trip: timedelta) -> None:
        """Take one measurement."""
        self._last = trip
        if self._shortest is None or trip < self._shortest:
            self._shortest = trip
        else:  # a path that stays longer is believed after some seconds
            self._shortest += (trip - self._shortest) / LONGER

    @property
    def has_grown(self) -> bool:
        """Whether it is so much longer that this alone says that a queue is full."""
        if self._last is None or self._shortest is None:
            return False
        return self._last > self._shortest * 2 + SLOWER

    @property
    def is_queued(self) -> bool:
        """Whether it is long enough to say so together with losses."""
        if self._last is None or self._shortest is None:
            return False
        return self._last > self._shortest + QUEUED

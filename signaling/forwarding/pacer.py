"""How fast the frame that a layer begins with may go out: as fast as one viewer's link takes it.

It is several times as large as those that follow, and is sent at once by whoever sends to hundreds.
The queue of a link that has just become narrow holds less (100 ms of half a megabit are five
packets), and what overflows there has to be asked for again, a round trip later.
"""

from datetime import timedelta
from typing import Final

SHORT: Final = timedelta(milliseconds=60)  # of a link's rate at once: every queue takes that
FULL: Final = 0.9  # of it; smaller pieces would cost us more, and a link nothing less
LONGEST: Final = SHORT  # what was not asked for in time is not made up for
WIDE: Final = 2.5  # times what is usable: libwebrtc's pacer takes the same
NARROW: Final = timedelta(seconds=5)  # after a fall what is usable is all that there is


class Pacer:
    """Room for bytes that fills up with time."""

    def __init__(self) -> None:
        self._room = 0.0
        self._asked_at: timedelta | None = None

    def room(self, usable: int, fell_at: timedelta, now: timedelta) -> float:
        """Bytes that may go now; a packet may exceed them, and is made up for.

        `usable` in bits per second, as it fell at that time.
        """
        rate = usable / 8 * (WIDE if now - fell_at > NARROW else 1)
        most = rate * SHORT.total_seconds()
        passed = LONGEST if self._asked_at is None else min(now - self._asked_at, LONGEST)
        self._asked_at = now
        self._room = min(most, self._room + rate * passed.total_seconds())
        return self._room if self._room >= FULL * most else 0.0

    def spend(self, size: int) -> None:
        """So many bytes went."""
        self._room -= size

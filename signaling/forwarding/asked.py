"""What one viewer asks for again and again: repeats do not help it, a key frame does."""

from datetime import timedelta
from typing import Final

from signaling.forwarding.sequence import MODULUS

# A browser asks for a packet ten times at most, every 100 ms or round trip, and then waits for
# three seconds. Some of what it asks gets lost.
DESPERATE: Final = 8  # times
AT_LAST: Final = timedelta(milliseconds=750)  # after it has asked first …
AT_LEAST: Final = 4  # … if it has asked that often
MOST: Final = 1024  # numbers remembered; no viewer lacks more without asking for a key frame


class Asked:
    """How often each packet of what flows now was asked for; they are numbered from its first."""

    def __init__(self) -> None:
        self.in_vain = False  # something was, too often
        self.first = MODULUS  # the lowest number so far
        self._asked: dict[int, tuple[timedelta, int]] = {}  # since when, and how often

    def forget(self) -> None:
        """Nothing more of it is sent: thousands of viewers would keep this for nothing."""
        self._asked.clear()

    def note(self, number: int, now: timedelta) -> None:
        """A viewer asks for that packet."""
        if len(self._asked) >= MOST:
            self._asked.clear()
        self.first = min(number, self.first)
        since, times = self._asked.get(number, (now, 0))
        times += 1
        if times == DESPERATE or (times >= AT_LEAST and now - since >= AT_LAST):
            self.in_vain, times = True, -MOST  # and not again
        self._asked[number] = since, times

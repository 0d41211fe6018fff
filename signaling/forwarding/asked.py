"""What one viewer asks for again and again: repeats do not help it, a key frame does."""

from collections import Counter
from typing import Final

DESPERATE: Final = 6  # times: a browser asks ten times at most, and then waits for three seconds
MOST: Final = 1024  # numbers remembered; no viewer lacks more without asking for a key frame


class Asked:
    """How often each packet of what flows now was asked for."""

    def __init__(self) -> None:
        self.in_vain = False  # something was, too often
        self._times: Counter[int] = Counter()

    def note(self, sequence: int) -> None:
        """A viewer asks for that packet."""
        if len(self._times) >= MOST:
            self._times.clear()
        self._times[sequence] += 1
        self.in_vain |= self._times[sequence] == DESPERATE

"""How much flows, over the last second or so."""

from collections import deque
from datetime import timedelta
from typing import Final

SPAN: Final = timedelta(seconds=1)
SLOT: Final = timedelta(milliseconds=100)
SLOTS: Final = SPAN // SLOT


class RateMeter:
    """Bytes in slots of 100 ms; the rate is that of the full slots of the last second."""

    def __init__(self) -> None:
        self._full: deque[int] = deque(maxlen=SLOTS)
        self._current = 0
        self._until: timedelta | None = None

    def add(self, size: int, now: timedelta) -> None:
        """Count bytes that came or went; who asks seldom tells of all the time since."""
        if self._until is not None and now - self._until >= SLOT:
            passed = now - self._until + SLOT
            ended, told = passed // SLOT, self._current + size
            share = round(told * (SLOT / passed))
            self._full.extend([share] * min(ended, SLOTS))
            self._current, self._until = max(0, told - ended * share), self._until + ended * SLOT
            return
        self.pass_time(now)
        self._current += size

    def pass_time(self, now: timedelta) -> None:
        """Let slots end, full or empty."""
        if self._until is None:
            self._until = now + SLOT
        behind = max(0, (now - self._until) // SLOT + 1)
        for _ in range(min(behind, SLOTS + 1)):
            self._full.append(self._current)
            self._current = 0
        if behind:
            self._until = now + SLOT

    @property
    def bitrate(self) -> int:
        """Bits per second; less than a slot after the start it is 0."""
        if not self._full:
            return 0
        return round(sum(self._full) * 8 / (len(self._full) * SLOT.total_seconds()))

"""How much went out to one viewer at what time: what a report speaks of left a round trip ago."""

from collections import deque
from datetime import timedelta
from typing import Final, NamedTuple

SPAN: Final = timedelta(seconds=6)  # a report on a link with a long queue tells of what is so old


class Sent(NamedTuple):
    """What has gone out, repeats and padding included: in all, or within a stretch of time."""

    size: float  # bytes
    packets: float


class Outgoing:
    """All that went out so far, as noted now and then; between two notes it went out evenly."""

    def __init__(self) -> None:
        self._notes: deque[tuple[timedelta, Sent]] = deque()

    def add(self, total: Sent, now: timedelta) -> None:
        """Note what has gone out so far."""
        if self._notes and self._notes[-1][0] == now:
            self._notes.pop()
        self._notes.append((now, total))
        while len(self._notes) > 1 and self._notes[1][0] <= now - SPAN:
            self._notes.popleft()

    def within(self, since: timedelta, until: timedelta) -> Sent | None:
        """What went out in a stretch of time; None where it is not known."""
        if not self._notes or until <= since or self._notes[0][0] > since:
            return None
        before, after = self._total(since), self._total(until)
        return Sent(after.size - before.size, after.packets - before.packets)

    def bitrate(self, since: timedelta, until: timedelta) -> int | None:
        """Bits per second of a stretch of time; None where it is not known."""
        sent = self.within(since, until)
        return None if sent is None else round(8 * sent.size / (until - since).total_seconds())

    def _total(self, at: timedelta) -> Sent:
        later_at, later = self._notes[-1]
        if later_at <= at:
            return later
        for noted_at, noted in reversed(self._notes):
            if noted_at <= at:
                share = (at - noted_at) / (later_at - noted_at)
                return Sent(*(a + share * (b - a) for a, b in zip(noted, later, strict=True)))
            later_at, later = noted_at, noted
        return later

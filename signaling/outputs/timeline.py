"""RTP timestamps of sound and picture on one timeline that starts with the file.

Sound leads: it has neither holes nor overlaps, for a listener hears both. The picture follows it by
the NTP times of the sender reports (RFC 3550 §6.4.1), and by arrival until both have come.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from signaling.outputs.opus import RATE
from signaling.outputs.packets import SenderClock

SECOND: Final = timedelta(seconds=1)
PICTURE_RATE: Final = 90_000  # ticks a second of every video clock (RFC 3551 §5)
SHORTEST: Final = PICTURE_RATE // 1000  # between two pictures: WebM counts milliseconds
ASTRAY: Final = timedelta(seconds=2)  # from the arrival: then the sender has begun a new clock
_HALF: Final = 1 << 31
_NTP_SECOND: Final = 1 << 32


class Unwrapper:
    """32-bit timestamps as numbers that go on growing."""

    def __init__(self) -> None:
        self._last: int | None = None

    def unwrap(self, timestamp: int) -> int:
        """The number next to the last one whose lower bits these are."""
        if self._last is None:
            self._last = timestamp
        self._last += ((timestamp - self._last + _HALF) & (2 * _HALF - 1)) - _HALF
        return self._last


@dataclass(frozen=True, slots=True)
class Instant:
    """One instant on the sender's clock and on a stream's."""

    ntp: int
    ticks: int


class SoundLine:
    """Where each packet of sound belongs, in samples since the start of the file."""

    def __init__(self, origin: timedelta) -> None:
        self._origin = origin
        self._unwrapper = Unwrapper()
        self._offset: int | None = None
        self._instant: Instant | None = None
        self._early: SenderClock | None = None  # a report that came before any packet
        self.end = 0  # where the next packet may begin

    def place(self, timestamp: int, arrived_at: timedelta) -> int | None:
        """The packet's position; None for one that lies before the start of the file.

        What comes too early for its place, because the sender paused its clock, is moved back.
        """
        ticks = self._unwrapper.unwrap(timestamp)
        arrival = self.at(arrived_at)
        if self._offset is None or ticks + self._offset > arrival + ASTRAY // SECOND * RATE:
            if arrival < 0:
                return None
            self._offset = max(arrival, self.end) - ticks
        self._offset = max(self._offset, self.end - ticks)
        if self._early is not None:
            self.report(self._early)
        return ticks + self._offset

    def at(self, moment: timedelta) -> int:
        """A moment of the monotonic clock, in samples."""
        return (moment - self._origin) * RATE // SECOND

    def report(self, clock: SenderClock) -> None:
        """Take a sender report."""
        if self._offset is None:
            self._early = clock
        else:
            self._early = None
            self._instant = Instant(clock.ntp, self._unwrapper.unwrap(clock.timestamp))

    def seconds_at(self, ntp: int) -> float | None:
        """The sender's time on the timeline; None before the first report."""
        if self._instant is None or self._offset is None:
            return None
        heard = (self._instant.ticks + self._offset) / RATE
        return heard + (ntp - self._instant.ntp) / _NTP_SECOND


class PictureLine:
    """Where each picture belongs, in ticks of 1/90000 s since the start of the file."""

    def __init__(self, origin: timedelta, sound: SoundLine) -> None:
        self._origin = origin
        self._sound = sound
        self._ssrc = -1
        self._unwrapper = Unwrapper()
        self._instant: Instant | None = None
        self._early: SenderClock | None = None  # a report that came before its first picture
        self._anchor = 0.0  # seconds of the timeline at which this stream's clock was zero
        self._delay = 0.0  # seconds from a picture's place to its arrival
        self._last = -SHORTEST

    def place(self, ssrc: int, timestamp: int, arrived_at: timedelta) -> int:
        """The picture's position, always later than the one before."""
        arrival = (arrived_at - self._origin) / SECOND
        if ssrc != self._ssrc:
            self._ssrc, self._unwrapper, self._instant = ssrc, Unwrapper(), None
            ticks = self._unwrapper.unwrap(timestamp)
            self._anchor = arrival - self._delay - ticks / PICTURE_RATE
            if self._early is not None:
                self.report(self._early)
        else:
            ticks = self._unwrapper.unwrap(timestamp)
        seconds = self._by_reports(ticks, arrival)
        if seconds is None:
            seconds = self._anchor + ticks / PICTURE_RATE
            if abs(arrival - self._delay - seconds) > ASTRAY / SECOND:
                seconds = arrival - self._delay
        self._anchor = seconds - ticks / PICTURE_RATE
        self._delay = arrival - seconds
        self._last = max(round(seconds * PICTURE_RATE), self._last + SHORTEST)
        return self._last

    def report(self, clock: SenderClock) -> None:
        """Take a sender report of the stream that flows, or will."""
        if clock.ssrc != self._ssrc:
            self._early = clock
        else:
            self._early = None
            self._instant = Instant(clock.ntp, self._unwrapper.unwrap(clock.timestamp))

    def _by_reports(self, ticks: int, arrival: float) -> float | None:
        if self._instant is None:
            return None
        reported = self._sound.seconds_at(self._instant.ntp)
        if reported is None:
            return None
        seconds = reported + (ticks - self._instant.ticks) / PICTURE_RATE
        return seconds if abs(arrival - seconds) < ASTRAY / SECOND else None

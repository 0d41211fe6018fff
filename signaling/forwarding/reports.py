"""What one viewer's receiver reports say together: the share lost, and the round trip."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from signaling.forwarding.reception import NTP_FRACTION
from signaling.forwarding.rtcp import ReportBlock

ENOUGH: Final = 30  # packets; a share of fewer is mostly chance
LONG_ENOUGH: Final = timedelta(seconds=1)  # after which fewer have to do
REMEMBERED: Final = 64  # sender reports; one a second goes out for each section
MOST_STREAMS: Final = 128  # that a viewer reports on: two for each section
LARGEST_STEP: Final = 1 << 15  # a number that jumps further began anew
NO_SIZES: Final[Mapping[int, float]] = {}
SIGN: Final = 1 << 23  # the cumulative loss is a signed number of 24 bits (RFC 3550 §6.4.1)


class Heard(NamedTuple):
    """What reports say; None for what they do not tell."""

    fraction_lost: float | None  # 0 to 1, over all streams
    round_trip: timedelta | None
    span: timedelta = timedelta(0)  # the time that the fraction is of
    packets: int = 0  # and how many were expected in it
    size: float = 0  # bytes that came in it
    clean: int = 0  # reports before it that told of no loss at all


class ViewerReports:
    """Adds the blocks of all streams up, those of retransmissions and probes included."""

    def __init__(self) -> None:
        self._last: OrderedDict[int, tuple[int, int]] = OrderedDict()  # highest, lost by SSRC
        self._expected = 0.0
        self._lost = 0
        self._size = 0.0
        self._since: timedelta | None = None
        self._clean_at: timedelta | None = None
        self._clean = 0
        self._reports: OrderedDict[int, timedelta] = OrderedDict()  # when, by middle of NTP time

    def sent(self, ntp: int, now: timedelta) -> None:
        """Note a sender report of ours, by its NTP time of 64 bits."""
        self._reports[ntp >> 16 & 0xFFFFFFFF] = now
        if len(self._reports) > REMEMBERED:
            self._reports.popitem(last=False)

    def read(
        self, blocks: Iterable[ReportBlock], now: timedelta, sizes: Mapping[int, float] = NO_SIZES
    ) -> Heard:
        """Take the blocks of one receiver report; `sizes`: bytes of a packet by SSRC, of late."""
        trips = []
        for block in blocks:
            self._count(block, sizes.get(block.ssrc, 0))
            trip = self._trip(block, now)
            if trip is not None:
                trips.append(trip)
        trip = min(trips, default=None)
        if not self._is_enough(now):
            return Heard(None, trip)
        expected, span = self._expected, now - (self._since or now)
        fraction = min(1.0, self._lost / expected) if expected >= 1 else None
        heard = Heard(fraction, trip, span, round(expected), self._size, self._clean)
        self._expected, self._lost, self._since, self._size, self._clean = 0.0, 0, now, 0.0, 0
        return heard

    def clean(self, now: timedelta) -> None:
        """Note a report that says that nothing was lost: what the next one tells came after it."""
        self._clean_at = now
        self._clean += 1

    def _count(self, block: ReportBlock, size: float) -> None:
        lost = (block.cumulative_lost ^ SIGN) - SIGN
        known = self._last.pop(block.ssrc, None)
        self._last[block.ssrc] = block.highest_sequence, lost
        if len(self._last) > MOST_STREAMS:
            self._last.popitem(last=False)
        if known is None:
            return
        expected = block.highest_sequence - known[0]
        if 0 < expected < LARGEST_STEP:
            self._expected += expected
            gone = max(0, min(lost - known[1], expected))
            self._lost += gone
            self._size += (expected - gone) * size

    def _is_enough(self, now: timedelta) -> bool:
        """Whether there is enough to tell since the last answer."""
        if self._since is None:
            self._since = now
        if self._clean_at is not None and self._since < self._clean_at < now:
            share = (now - self._clean_at) / (now - self._since)
            self._expected, self._size = self._expected * share, self._size * share
            self._since = self._clean_at
        return self._expected >= ENOUGH or now - self._since >= LONG_ENOUGH

    def _trip(self, block: ReportBlock, now: timedelta) -> timedelta | None:
        sent_at = self._reports.get(block.last_sender_report)
        if sent_at is None:
            return None
        held = timedelta(seconds=block.delay / NTP_FRACTION)
        return max(timedelta(0), now - sent_at - held)

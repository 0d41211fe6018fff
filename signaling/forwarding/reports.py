"""What one viewer's receiver reports say together: the share lost, and the round trip."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from signaling.forwarding.reception import NTP_FRACTION
from signaling.forwarding.rtcp import ReportBlock

ENOUGH: Final = 30  # packets; a share of fewer is mostly chance
LONG_ENOUGH: Final = timedelta(seconds=1)  # after which fewer have to do
REMEMBERED: Final = 64  # sender reports; one a second goes out for each section
MOST_STREAMS: Final = 128  # that a viewer reports on: two for each section
LARGEST_STEP: Final = 1 << 15  # a number that jumps further began anew
SIGN: Final = 1 << 23  # the cumulative loss is a signed number of 24 bits (RFC 3550 §6.4.1)


@dataclass(frozen=True, slots=True)
class Heard:
    """What reports say; None for what they do not tell."""

    fraction_lost: float | None  # 0 to 1, over all streams
    round_trip: timedelta | None


class ViewerReports:
    """Adds the blocks of all streams up, those of retransmissions and probes included."""

    def __init__(self) -> None:
        self._last: OrderedDict[int, tuple[int, int]] = OrderedDict()  # highest, lost by SSRC
        self._expected = 0
        self._lost = 0
        self._since: timedelta | None = None
        self._reports: OrderedDict[int, timedelta] = OrderedDict()  # when, by middle of NTP time

    def sent(self, ntp: int, now: timedelta) -> None:
        """Note a sender report of ours, by its NTP time of 64 bits."""
        self._reports[ntp >> 16 & 0xFFFFFFFF] = now
        if len(self._reports) > REMEMBERED:
            self._reports.popitem(last=False)

    def read(self, blocks: Iterable[ReportBlock], now: timedelta) -> Heard:
        """Take the blocks of one receiver report."""
        trips = []
        for block in blocks:
            self._count(block)
            trip = self._trip(block, now)
            if trip is not None:
                trips.append(trip)
        return Heard(self._fraction(now), min(trips, default=None))

    def _count(self, block: ReportBlock) -> None:
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
            self._lost += max(0, min(lost - known[1], expected))

    def _fraction(self, now: timedelta) -> float | None:
        """The share since the last answer, once there is enough to tell."""
        if self._since is None:
            self._since = now
        if self._expected < ENOUGH and now - self._since < LONG_ENOUGH:
            return None
        expected, lost = self._expected, self._lost
        self._expected = self._lost = 0
        self._since = now
        return lost / expected if expected else None

    def _trip(self, block: ReportBlock, now: timedelta) -> timedelta | None:
        sent_at = self._reports.get(block.last_sender_report)
        if sent_at is None:
            return None
        held = timedelta(seconds=block.delay / NTP_FRACTION)
        return max(timedelta(0), now - sent_at - held)

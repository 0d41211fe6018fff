"""How well one incoming stream arrives: the numbers of a receiver report (RFC 3550 §6.4)."""

from datetime import timedelta
from typing import Final

from signaling.forwarding.rtcp import ReportBlock, SenderReport

NTP_FRACTION: Final = 65536  # middle 32 bits of an NTP time count in 1/65536 s
WORST_LOST: Final = 0x7FFFFF


class Reception:
    """Counts of one stream since it began and since the last report."""

    def __init__(self, ssrc: int, clock_rate: int) -> None:
        self._ssrc = ssrc
        self._clock_rate = clock_rate
        self._first: int | None = None
        self._highest = 0
        self._received = 0
        self._reported = (0, 0)  # expected and received at the last report
        self._transit: float | None = None
        self._jitter = 0.0
        self._sender: tuple[int, timedelta] | None = None

    def received(self, sequence: int, timestamp: int, now: timedelta) -> None:
        """Count a packet by its extended number (RFC 3550 appendix A.8 for the jitter)."""
        if self._first is None:
            self._first = self._highest = sequence
        self._highest = max(self._highest, sequence)
        self._received += 1
        transit = now.total_seconds() * self._clock_rate - timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < self._clock_rate * 10:  # a wrapped timestamp is no jitter
                self._jitter += (change - self._jitter) / 16
        self._transit = transit

    def sender_report(self, report: SenderReport, now: timedelta) -> None:
        """Remember when the last sender report came, so that the sender learns its round trip."""
        self._sender = ((report.ntp >> 16) & 0xFFFFFFFF, now)

    def block(self, now: timedelta) -> ReportBlock:
        """The report block for the time since the last one."""
        expected = self._highest - self._first + 1 if self._first is not None else 0
        new_expected = expected - self._reported[0]
        new_lost = max(0, new_expected - (self._received - self._reported[1]))
        self._reported = (expected, self._received)
        last, delay = 0, 0
        if self._sender is not None:
            last = self._sender[0]
            delay = int((now - self._sender[1]).total_seconds() * NTP_FRACTION)
        return ReportBlock(
            ssrc=self._ssrc,
            fraction_lost=min(255, new_lost * 256 // new_expected) if new_expected else 0,
            cumulative_lost=min(WORST_LOST, max(0, expected - self._received)),
            highest_sequence=self._highest & 0xFFFFFFFF,
            jitter=int(self._jitter) & 0xFFFFFFFF,
            last_sender_report=last,
            delay=min(delay, 0xFFFFFFFF),
        )

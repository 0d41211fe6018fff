"""One section of a viewer: its numbers, its clock, its retransmissions, its reports."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from signaling.forwarding import rtcp_build
from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.negotiated import Kind, OutboundSection
from signaling.forwarding.profile import Block, Layout
from signaling.forwarding.rtcp import SenderReport
from signaling.forwarding.sequence import HALF, SequenceMap

REPORT_INTERVAL: Final = timedelta(seconds=1)  # often enough for lip sync soon after joining
LEAST_STEP: Final = timedelta(milliseconds=20)  # between the last packet of one source and the next
TIMESTAMPS: Final = 1 << 32
RESENDS_PER_REPORT: Final = 512  # packets repeated per second for one section; more is abuse


class OutboundTrack:
    """What one viewer gets in one section; sources may change under it."""

    def __init__(self, session: str, section: OutboundSection, draw: Callable[[int], int]) -> None:
        self.session = session
        self.section = section
        # the lower half protects the rollover counter of a viewer that misses the first packets
        self._numbers = SequenceMap(HALF * 2 + draw(HALF))
        self._rtx_number = draw(HALF)
        self._clock = draw(TIMESTAMPS)  # outgoing timestamp of the newest packet
        self._shift = 0
        self._source: int | None = None  # SSRC that flows; None while waiting for a start
        self._source_clock = 0
        self._sent_at: timedelta | None = None
        self._sent = (0, 0)  # packets and octets, for sender reports
        self._reported_at: timedelta | None = None
        self._resends = 0

    @property
    def waiting(self) -> bool:
        """Whether a packet that a decoder can start with has to come first."""
        return self._source is None

    def flows(self, ssrc: int) -> bool:
        """Whether that source has started here."""
        return self._source == ssrc

    def leave(self) -> None:
        """Forget the source; the next one continues numbers and clock."""
        self._source = None

    def forward(self, packet: StoredPacket, block: Block, now: timedelta) -> bytes | None:
        """The packet for this viewer, or None when it must not go out."""
        if packet.ssrc != self._source:
            if not packet.starts:
                return None
            self._enter(packet, now)
        number = self._numbers.map(packet.sequence)
        return None if number is None else self._stamp(number, packet, block, now)

    def fill(self, packet: StoredPacket, block: Block, now: timedelta) -> bytes | None:
        """Leave a padding packet out; bytes only if its number is already promised."""
        if packet.ssrc != self._source:
            return None
        number = self._numbers.drop(packet.sequence)
        return None if number is None else self._stamp(number, packet, block, now)

    def _enter(self, packet: StoredPacket, now: timedelta) -> None:
        self._source = packet.ssrc
        self._numbers.enter(packet.sequence)
        if self._sent_at is not None:  # let the viewer's clock run on for as long as nothing came
            pause = max(now - self._sent_at, LEAST_STEP)
            self._clock += int(pause.total_seconds() * packet.codec.clock_rate)
        self._shift = self._clock - packet.timestamp
        self._source_clock = packet.timestamp
        self._reported_at = None  # lip sync needs the new clocks at once

    def _stamp(self, number: int, packet: StoredPacket, block: Block, now: timedelta) -> bytes:
        timestamp = (packet.timestamp + self._shift) % TIMESTAMPS
        ahead = (packet.timestamp - self._source_clock) % TIMESTAMPS
        if 0 < ahead < TIMESTAMPS // 2:
            self._source_clock, self._clock = packet.timestamp, timestamp
        self._sent_at = now
        self._sent = self._sent[0] + 1, self._sent[1] + len(block.payload)
        return block.packet(number, timestamp, self.section.ssrc)

    def wanted(self, sequence: int) -> tuple[int, int] | None:
        """SSRC and extended number of the source's packet that a NACK names, if any."""
        if self._source is None or self._resends >= RESENDS_PER_REPORT:
            return None
        source = self._numbers.source(sequence)
        return None if source is None else (self._source, source)

    def repeat(self, sequence: int, packet: StoredPacket, layout: Layout) -> bytes | None:
        """The packet once more: inside RTX where negotiated, else as it was."""
        block = layout.block(packet)
        if block is None:
            return None
        self._resends += 1
        timestamp = (packet.timestamp + self._shift) % TIMESTAMPS
        if self.section.rtx_ssrc is not None:
            number = self._rtx_number
            ssrc = self.section.rtx_ssrc
            wrapped = block.retransmission(number, sequence, timestamp, ssrc)
            if wrapped is not None:
                self._rtx_number = number + 1
                return wrapped
        return block.packet(sequence, timestamp, self.section.ssrc)

    def report(
        self, source: tuple[SenderReport, timedelta] | None, clock_rate: int, now: timedelta
    ) -> bytes | None:
        """A sender report when one is due: the source's clocks, moved to now, in our numbers."""
        if self._reported_at is not None and now - self._reported_at < REPORT_INTERVAL:
            return None
        self._reported_at = now
        self._resends = 0
        if source is None or self._source != source[0].ssrc:
            return None
        heard, heard_at = source
        passed = (now - heard_at).total_seconds()
        own = SenderReport(
            ssrc=self.section.ssrc,
            ntp=(heard.ntp + int(passed * TIMESTAMPS)) % (1 << 64),
            timestamp=(heard.timestamp + self._shift + int(passed * clock_rate)) % TIMESTAMPS,
            packets=self._sent[0],
            octets=self._sent[1],
        )
        described = rtcp_build.source_description(self.section.ssrc, self.section.cname)
        return rtcp_build.sender_report(own) + described

    @property
    def is_video(self) -> bool:
        """Whether key frames matter here."""
        return self.section.kind == Kind.VIDEO

"""One session that media goes down in: its sections, and what its viewer asks for."""

from collections.abc import Callable

from signaling.forwarding.counters import DropReason, Drops, SessionCounters
from signaling.forwarding.inbound import InboundTrack
from signaling.forwarding.negotiated import OutboundSection
from signaling.forwarding.outbound import OutboundTrack
from signaling.forwarding.rtcp import KeyFrameRequest, Nack, parse_rtcp
from signaling.forwarding.rtp import is_rtcp


class Subscription:
    """Sections by MID and what flows into each."""

    def __init__(
        self,
        session: str,
        sections: tuple[OutboundSection, ...],
        draw: Callable[[int], int],
        drops: Drops,
    ) -> None:
        self.session = session
        self.outputs = {s.mid: OutboundTrack(session, s, draw) for s in sections}
        self.sources: dict[str, InboundTrack] = {}
        self.limits: dict[str, int | None] = {}  # picture heights that the page asks for
        self.counters = SessionCounters()
        self._drops = drops
        self._connected = False
        self._by_ssrc = {section.ssrc: section.mid for section in sections}

    def attach(self, mid: str, source: InboundTrack) -> None:
        """Let a source flow into a section, replacing what flowed there."""
        self.detach(mid)
        self.sources[mid] = source
        if self._connected:
            source.add(self.outputs[mid])

    def connect(self) -> None:
        """Let the attached sources flow: the viewer can receive from now on."""
        if not self._connected:
            self._connected = True
            for mid, source in self.sources.items():
                source.add(self.outputs[mid])

    def detach(self, mid: str) -> None:
        """Let nothing flow into a section."""
        source = self.sources.pop(mid, None)
        if source is not None and self._connected:
            source.remove(self.outputs[mid])

    def leave(self, gone: set[InboundTrack]) -> None:
        """Detach every section that one of these tracks fed."""
        for mid in [mid for mid, source in self.sources.items() if source in gone]:
            self.detach(mid)

    def receive(self, data: bytes, fan: list[tuple[str, bytes]]) -> None:
        """Take one decrypted packet; adds repeats to `fan`; raises MalformedPacket."""
        if not is_rtcp(data):
            self._drops[DropReason.NOT_EXPECTED] += 1
            return
        for packet in parse_rtcp(data):
            if isinstance(packet, Nack):
                self._resend(packet, fan)
            elif isinstance(packet, KeyFrameRequest):
                self.counters.keyframe_requests_in += 1
                source = self.sources.get(self._by_ssrc.get(packet.media_ssrc, ""))
                if source is not None:
                    source.requests.want()

    def _resend(self, nack: Nack, fan: list[tuple[str, bytes]]) -> None:
        self.counters.nacks_in += 1
        mid = self._by_ssrc.get(nack.media_ssrc, "")
        source = self.sources.get(mid)
        if source is None:
            return
        for sequence in nack.lost:
            data = source.repeat(self.outputs[mid], sequence)
            if data is not None:
                self.counters.resent += 1
                fan.append((self.session, data))

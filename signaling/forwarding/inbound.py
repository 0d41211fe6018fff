"""One section of a publication: its streams, what they lack, and whom they feed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple

from signaling.forwarding import rtcp_build
from signaling.forwarding.cache import PacketCache, StoredPacket
from signaling.forwarding.counters import DropReason, Drops
from signaling.forwarding.keyframes import starts_key_frame
from signaling.forwarding.nack import NackGenerator
from signaling.forwarding.negotiated import Codec, InboundSection, Kind
from signaling.forwarding.outbound import OutboundTrack
from signaling.forwarding.profile import END_TO_END, Block, Layout, Profile
from signaling.forwarding.reception import Reception
from signaling.forwarding.requests import KeyFrameRequests
from signaling.forwarding.rtcp import SenderReport
from signaling.forwarding.rtp import HEADER_SIZE, RtpHeader
from signaling.forwarding.sequence import Unwrapper

LOCAL_SSRC: Final = 1  # who speaks in our feedback; browsers use the same for receive-only ends


class Arrival(NamedTuple):
    """One media packet of a known stream; `repaired` when it came inside a retransmission."""

    data: bytes
    header: RtpHeader
    codec: Codec
    rid: str
    elements: dict[int, bytes]
    repaired: bool


class InboundStream:
    """One SSRC: numbers, cache, losses, reception."""

    def __init__(self, ssrc: int, kind: Kind, codec: Codec) -> None:
        self.ssrc = ssrc
        self.codec = codec
        self.unwrapper = Unwrapper()
        self.cache = PacketCache(kind)
        self.nacks = NackGenerator()
        self.reception = Reception(ssrc, codec.clock_rate)
        self.sender: tuple[SenderReport, timedelta] | None = None


class InboundTrack:
    """What one section sends up, and to whom it goes."""

    def __init__(self, section: InboundSection, drops: Drops) -> None:
        self.section = section
        self.requests = KeyFrameRequests()
        self.streams: dict[int, InboundStream] = {}
        self.current: InboundStream | None = None
        self._drops = drops
        self._layer = section.rids[-1] if section.rids else ""
        self._uris = {e.id: e.uri for e in section.extensions if e.uri in END_TO_END}
        self._outputs: dict[Profile, tuple[Layout, list[OutboundTrack]]] = {}

    def add(self, output: OutboundTrack) -> None:
        """Let this track flow into a viewer's section from its next start on."""
        profile = Profile.of(output.section)
        _, outputs = self._outputs.setdefault(profile, (Layout(profile), []))
        outputs.append(output)
        if output.is_video:
            self.requests.want()

    def remove(self, output: OutboundTrack) -> None:
        """Stop feeding a viewer's section."""
        profile = Profile.of(output.section)
        layout, outputs = self._outputs[profile]
        remaining = [other for other in outputs if other is not output]
        self._outputs[profile] = layout, remaining
        if not remaining:
            del self._outputs[profile]
        output.leave()

    def outputs(self) -> Iterator[OutboundTrack]:
        """Every viewer's section that this track feeds."""
        for _, outputs in self._outputs.values():
            yield from outputs

    def receive(self, arrival: Arrival, now: timedelta) -> Iterator[tuple[str, bytes]]:
        """Keep a packet and yield what each viewer's session gets of it."""
        stream = self._stream(arrival)
        packet = self._store(stream, arrival, now)
        if packet is None:
            self._drops[DropReason.DUPLICATE] += 1
            return
        if stream is not self.current:
            self._drops[DropReason.OTHER_LAYER] += 1
            return
        if packet.starts:
            self.requests.arrived()
        if not packet.payload:
            self._drops[DropReason.PADDING] += 1
        yield from self._fan_out(stream, packet, now)

    def _fan_out(
        self, stream: InboundStream, packet: StoredPacket, now: timedelta
    ) -> Iterator[tuple[str, bytes]]:
        for layout, outputs in self._outputs.values():
            block = layout.block(packet)
            if block is None:
                self._drops[DropReason.NO_COMMON_CODEC] += len(outputs)
                continue
            for output in outputs:
                flowed = output.flows(packet.ssrc)
                yield from _pass_on(output, packet, block, now)
                if output.flows(packet.ssrc) and not flowed:
                    yield from _catch_up(output, stream, packet, layout, now)
                elif output.waiting and output.is_video:
                    self.requests.want()

    def _stream(self, arrival: Arrival) -> InboundStream:
        ssrc = arrival.header.ssrc
        stream = self.streams.get(ssrc)
        if stream is None:
            stream = InboundStream(ssrc, self.section.kind, arrival.codec)
            self.streams[ssrc] = stream
            if not self.section.rids or arrival.rid == self._layer:
                self.current = stream
        stream.codec = arrival.codec
        return stream

    def _store(
        self, stream: InboundStream, arrival: Arrival, now: timedelta
    ) -> StoredPacket | None:
        data, header = arrival.data, arrival.header
        sequence = stream.unwrapper.unwrap(header.sequence)
        payload = data[header.payload_start : header.payload_end]
        packet = StoredPacket(
            ssrc=header.ssrc,
            sequence=sequence,
            timestamp=header.timestamp,
            marker=header.marker,
            codec=arrival.codec,
            starts=bool(payload) and starts_key_frame(arrival.codec.name, payload),
            csrcs=data[HEADER_SIZE : header.csrc_end],
            extensions=tuple(
                (self._uris[number], value)
                for number, value in arrival.elements.items()
                if number in self._uris
            ),
            payload=payload,
        )
        if not arrival.repaired:
            stream.reception.received(sequence, header.timestamp, now)
        if not stream.cache.add(packet):
            return None
        if not stream.nacks.received(sequence) and self.section.kind == Kind.VIDEO:
            self.requests.want()
        return packet

    def repeat(self, output: OutboundTrack, sequence: int) -> bytes | None:
        """The packet that a viewer's NACK names, from the cache."""
        wanted = output.wanted(sequence)
        if wanted is None:
            return None
        ssrc, number = wanted
        packet = self.streams[ssrc].cache.get(number) if ssrc in self.streams else None
        layout, _ = self._outputs[Profile.of(output.section)]
        return None if packet is None else output.repeat(sequence, packet, layout)

    def missing(self, now: timedelta) -> Iterator[bytes]:
        """NACKs that are due, where the codec has them."""
        for stream in self.streams.values():
            if "nack" in stream.codec.feedback:
                lost = stream.nacks.due(now)
                if lost:
                    yield rtcp_build.nack(LOCAL_SSRC, stream.ssrc, lost)

    def key_frame_request(self, now: timedelta) -> bytes | None:
        """A PLI if one is due."""
        if self.current is None or self.section.kind != Kind.VIDEO or not self.requests.due(now):
            return None
        return rtcp_build.picture_loss(LOCAL_SSRC, self.current.ssrc)

    def sender_reports(self, now: timedelta) -> Iterator[tuple[str, bytes]]:
        """The translated sender reports that viewers are due, as (session, datagram)."""
        if self.current is None:
            return
        for output in self.outputs():
            data = output.report(self.current.sender, self.current.codec.clock_rate, now)
            if data is not None:
                yield output.session, data


def _pass_on(
    output: OutboundTrack, packet: StoredPacket, block: Block, now: timedelta
) -> Iterator[tuple[str, bytes]]:
    verb = output.forward if packet.payload else output.fill
    data = verb(packet, block, now)
    if data is not None:
        yield output.session, data


def _catch_up(
    output: OutboundTrack,
    stream: InboundStream,
    start: StoredPacket,
    layout: Layout,
    now: timedelta,
) -> Iterator[tuple[str, bytes]]:
    """What overtook the packet that a viewer starts with, for instance because it was repaired."""
    for packet in stream.cache.after(start.sequence):
        block = layout.block(packet)
        if block is not None:
            yield from _pass_on(output, packet, block, now)

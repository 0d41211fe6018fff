"""One section of a publication: its streams, what they lack, and whom they feed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from signaling.forwarding import flight, rtcp_build
from signaling.forwarding.actions import (
    Action,
    Burst,
    Send,
    SendRtcp,
    Unplayable,
    VoiceChanged,
)
from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.counters import DropReason, Drops
from signaling.forwarding.negotiated import InboundSection, Kind
from signaling.forwarding.outbound import OutboundTrack
from signaling.forwarding.profile import END_TO_END
from signaling.forwarding.sequence import Place
from signaling.forwarding.stream import Arrival, InboundStream
from signaling.forwarding.taps import Taps
from signaling.forwarding.voice import VoiceDetector

LOCAL_SSRC: Final = 1  # who speaks in our feedback; browsers use the same for receive-only ends
AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
INSTANT: Final = timedelta(milliseconds=1500)  # an older key frame costs more than a new one
INSTANT_PACKETS: Final = 400  # some 480 kB at once; a phone's link takes that in a second
REPLACED: Final = timedelta(seconds=5)  # until then what it sent may still be asked for
ALIVE: Final = timedelta(milliseconds=800)  # a layer that is silent for so long is not sent


class InboundTrack:
    """What one section sends up, and to whom it goes; its streams by layer, "" for the only one."""

    def __init__(self, publication: str, section: InboundSection, drops: Drops) -> None:
        self.publication = publication
        self.section = section
        self.streams: dict[int, InboundStream] = {}
        self.layers: dict[str, InboundStream] = {}
        self.taps = Taps(section.mid)
        self._drops = drops
        self._uris = {e.id: e.uri for e in section.extensions if e.uri in END_TO_END}
        self._aims: dict[OutboundTrack, str] = {}  # who wants which layer
        self._waiting: dict[str, dict[OutboundTrack, None]] = {}  # for its start, in order
        self.holds_back = False  # whether a packet has just come that some viewers' links wait for
        self.voice = VoiceDetector()

    @property
    def rids(self) -> tuple[str, ...]:
        """The layers that were negotiated, ascending."""
        return self.section.rids or ("",)

    def alive(self, rid: str, now: timedelta) -> bool:
        """Whether that layer is being sent."""
        stream = self.layers.get(rid)
        return stream is not None and now - stream.newest_at < ALIVE

    def stand_in(self, rid: str, now: timedelta) -> str:
        """That layer if it is being sent, else the best below it that is, else that layer."""
        below = self.rids[: self.rids.index(rid) + 1] if rid in self.rids else ()
        return next((known for known in reversed(below) if self.alive(known, now)), rid)

    def aim(
        self, output: OutboundTrack, rid: str | None, now: timedelta, *, at_once: bool = False
    ) -> Iterator[Action]:
        """Let a layer flow into a viewer's section as soon as it can; None: nothing at all.

        The layer before it flows until then, unless it has to stop at once.
        """
        self._forget(output)
        if at_once:
            output.abandon()
        if rid is None:
            output.leave()
            return
        self._aims[output] = rid
        stream = self.layers.get(rid)
        if stream is not None and output.flow is not None and output.flow.stream is stream:
            return
        if output.flow is None and stream is not None and not output.is_abandoned:
            picture = self._replayed(output, stream, now)
            if picture is not None:
                yield picture
                return
        self._waiting.setdefault(rid, {})[output] = None
        self._want_key_frame(rid)

    def _want_key_frame(self, rid: str) -> None:
        stream = self.layers.get(rid)
        if stream is not None and self.section.kind == Kind.VIDEO:
            stream.requests.want()

    def _replayed(
        self, output: OutboundTrack, stream: InboundStream, now: timedelta
    ) -> Burst | None:
        """An instant picture: everything since the last key frame, if that is young enough."""
        if self.section.kind != Kind.VIDEO or stream.key is None or stream.newest is None:
            return None
        count = stream.newest.number - stream.key.number + 1
        if now - stream.key_at > INSTANT or count > INSTANT_PACKETS:
            return None
        packets = list(stream.cache.since(stream.key.number))
        if len(packets) != count:  # something is still missing: only a new key frame helps
            return None
        return output.replay(stream, packets, now)

    def remove(self, output: OutboundTrack) -> None:
        """Stop feeding a viewer's section."""
        self._forget(output)
        output.leave()

    def _forget(self, output: OutboundTrack) -> None:
        self._aims.pop(output, None)
        for waiting in self._waiting.values():
            waiting.pop(output, None)

    def lose(self, session: str) -> None:
        """A session that carried some of the streams is gone: whom they fed waits."""
        for stream in [s for s in self.streams.values() if s.session == session]:
            del self.streams[stream.ssrc]
            if self.layers.get(stream.rid) is stream:
                del self.layers[stream.rid]
            self._orphan(stream)

    def _orphan(self, stream: InboundStream) -> None:
        """Whoever got this stream waits for the next one of its layer."""
        for output, rid in self._aims.items():
            if output.flow is not None and output.flow.stream is stream:
                output.leave()
                self._waiting.setdefault(rid, {})[output] = None

    def wanted(self) -> frozenset[str]:
        """The layers that flow to somebody or that somebody waits for."""
        flowing = (output.flow.stream.rid for output in self._aims if output.flow is not None)
        # outputs want the best there is, and until it comes what they have
        tapped = (self.rids[-1], *self.taps.rids) if self.taps else ()
        return frozenset((*self._aims.values(), *flowing, *tapped))

    def receive(self, session: str, arrival: Arrival, now: timedelta) -> Iterator[Action]:
        """Keep a packet, and let it flow to all whom it is for."""
        stream = self._stream(session, arrival)
        if stream is None:
            self._drops[DropReason.UNKNOWN_STREAM] += 1
            return
        place = stream.place(arrival)
        if place is Place.ANEW:
            stream = self._begin_anew(stream)
        nowhere = place is Place.NOWHERE
        packets = None if nowhere else stream.read(arrival, self._uris, now)
        _note(stream, arrival, packets, now)
        if packets is None:
            self._drops[DropReason.DUPLICATE] += 1
            return
        if not packets or not packets[-1].payload:
            self._drops[DropReason.PADDING] += 1
        if stream.has_b_frames:
            yield Unplayable(session, "b-frames")
            return
        if stream is not self.layers.get(stream.rid):
            return  # another has replaced it: what it goes on to send is for nobody
        for packet in packets:
            if stream.keep(packet, now):
                yield from self._flow(stream, packet, now)
            else:
                self._drops[DropReason.DUPLICATE] += 1

    def _stream(self, session: str, arrival: Arrival) -> InboundStream | None:
        """The stream of a packet; None for a layer that was not negotiated."""
        stream = self.streams.get(arrival.header.ssrc)
        if stream is None:
            kind, rid = self.section.kind, arrival.rid if self.section.rids else ""
            ssrc = arrival.header.ssrc
            if rid not in self.rids:
                return None
            stream = InboundStream(
                session, ssrc, arrival.codec, publication=self.publication, rid=rid, kind=kind
            )
            self.streams[ssrc] = stream
            self._succeed(self.layers.get(rid), stream)
        return stream

    def _begin_anew(self, old: InboundStream) -> InboundStream:
        """The source jumped: to viewers this is another one, whose numbers follow the old one's."""
        new = self.streams[old.ssrc] = old.successor()
        if self.layers.get(old.rid) is old:
            self._succeed(old, new)
        return new

    def _succeed(self, old: InboundStream | None, new: InboundStream) -> None:
        """Another stream is the layer now: whom the old one fed waits for its first start."""
        self.layers[new.rid] = new
        if old is not None:
            self._orphan(old)

    def _flow(
        self, stream: InboundStream, packet: StoredPacket, now: timedelta
    ) -> Iterator[Action]:
        if packet.starts:
            stream.requests.arrived()
        waiting = self._waiting.get(stream.rid)
        late = packet is not stream.newest
        if packet.starts and not late:
            self._let_fall_behind(stream, packet)
        if waiting and packet.starts and not late:
            self._enter(waiting, stream, packet, now)
        yield from self._fan_out(stream, packet, now)
        if waiting and packet.starts and late:  # it was repaired: others have overtaken it
            yield from self._catch_up(waiting, stream, packet, now)
        elif waiting:
            self._want_key_frame(stream.rid)
        yield from self._heed(packet, now)
        yield from self.taps.take(stream, packet, self)

    def _enter(
        self,
        waiting: dict[OutboundTrack, None],
        stream: InboundStream,
        packet: StoredPacket,
        now: timedelta,
    ) -> None:
        for output in waiting:
            output.enter(stream, packet, now)
            self.holds_back |= output.is_behind
        waiting.clear()

    def _catch_up(
        self,
        waiting: dict[OutboundTrack, None],
        stream: InboundStream,
        start: StoredPacket,
        now: timedelta,
    ) -> Iterator[Action]:
        packets = list(stream.cache.since(start.number))
        for output in waiting:
            copies = output.catch_up(stream, packets, now)
            self.holds_back |= output.is_behind
            if copies:
                yield Send(output.session, tuple(copies))
        waiting.clear()

    def _let_fall_behind(self, stream: InboundStream, first: StoredPacket) -> None:
        """A key frame is larger than the queue of a narrow link: no train of packets for that."""
        if self.section.kind == Kind.VIDEO:
            for output in self._aims:
                if output.is_narrow and output.flow is not None and output.flow.stream is stream:
                    output.fall_behind(first)
                    self.holds_back |= output.is_behind

    def _fan_out(
        self, stream: InboundStream, packet: StoredPacket, now: timedelta
    ) -> Iterator[Action]:
        for cohort in stream.cohorts.values():
            fanout = cohort.fan(packet, now)
            if fanout is not None:
                yield fanout
            else:
                self._drops[DropReason.NO_COMMON_CODEC] += cohort.without(packet.codec)

    def _heed(self, packet: StoredPacket, now: timedelta) -> Iterator[Action]:
        """Who speaks, from the level that the publisher states (RFC 6464 §3)."""
        if self.section.kind != Kind.AUDIO:
            return
        level = next((value for uri, value in packet.extensions if uri == AUDIO_LEVEL), b"")
        if level:
            voiced, loudness = bool(level[0] & 0x80), level[0] & 0x7F
            changed = self.voice.heard(loudness, voiced, now)
            if changed is not None:
                yield VoiceChanged(self.publication, self.section.mid, changed)

    def quiet(self, now: timedelta) -> Iterator[Action]:
        """Let time pass for a microphone, or a layer on record, that sends nothing any more."""
        self._forget_replaced(now)
        if self.taps.starve(now):
            for rid in self.rids:
                if self.alive(rid, now):
                    self._want_key_frame(rid)
        changed = self.voice.idle(now) if self.section.kind == Kind.AUDIO else None
        if changed is not None:
            yield VoiceChanged(self.publication, self.section.mid, changed)

    def _forget_replaced(self, now: timedelta) -> None:
        """Keep no packets of a stream that another has replaced: a source may have many a day."""
        if len(self.streams) > len(self.layers):
            for stream in self.streams.values():
                is_replaced = self.layers.get(stream.rid) is not stream
                if is_replaced and stream.has_packets and now - stream.newest_at > REPLACED:
                    stream.let_go()

    @property
    def lacks(self) -> bool:
        """Whether a packet or a key frame is missing."""
        return any(s.nacks.lacks or s.requests.is_wanted for s in self.streams.values())

    def missing(self, now: timedelta) -> Iterator[SendRtcp]:
        """NACKs that are due, where the codec has them."""
        for stream in self.streams.values():
            if "nack" in stream.codec.feedback:
                lost = stream.nacks.due(now)
                if lost:
                    stream.asked.add("nack", self.section.mid, now, lost=len(lost))
                    data = rtcp_build.nack(LOCAL_SSRC, stream.ssrc, lost)
                    yield SendRtcp(stream.session, data)

    def key_frame_requests(self, now: timedelta) -> Iterator[SendRtcp]:
        """The PLIs that are due."""
        if self.section.kind != Kind.VIDEO:
            return
        for stream in self.layers.values():
            if stream.requests.due(now):
                stream.asked.add("pli", self.section.mid, now)
                data = rtcp_build.picture_loss(LOCAL_SSRC, stream.ssrc)
                yield SendRtcp(stream.session, data)


def _note(
    stream: InboundStream, arrival: Arrival, packets: list[StoredPacket] | None, now: timedelta
) -> None:
    """Keep the header of a packet, and what it was taken for, for the flight recorder."""
    header, number = arrival.header, 0
    flags = (flight.MARKER if header.marker else 0) | (flight.REPAIRED if arrival.repaired else 0)
    if packets:
        number = packets[-1].number
        flags |= flight.START if any(packet.starts for packet in packets) else 0
        flags |= 0 if packets[-1].payload else flight.PADDING
        flags |= 0 if stream.cache.get(number) is None else flight.DUPLICATE
    else:
        flags |= flight.DUPLICATE if packets is None else flight.PADDING
    codec_bytes = flight.CODEC_BYTES if stream.kind == Kind.VIDEO else 0
    head = min(header.payload_start + codec_bytes, header.payload_end)
    stream.log.add(arrival.data, head, number, flags, now)

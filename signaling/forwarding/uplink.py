"""One session that sends up: from decrypted packets to its publication, and feedback to it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Action, MediaBegan, SendRtcp
from signaling.forwarding.condition import Condition
from signaling.forwarding.congestion import ArrivalRecorder, Ceiling
from signaling.forwarding.counters import DropReason, Drops, SessionCounters
from signaling.forwarding.flight import Events, Ticks
from signaling.forwarding.identify import Stream, StreamIdentifier, TooManyStreams, codec_of
from signaling.forwarding.inbound import LOCAL_SSRC, InboundTrack
from signaling.forwarding.negotiated import InboundSection, Kind
from signaling.forwarding.publication import Publication
from signaling.forwarding.record import FlightRecord, take
from signaling.forwarding.rtcp import (
    GENERIC_NACK,
    PAYLOAD_FEEDBACK,
    PICTURE_LOSS,
    TRANSPORT_FEEDBACK,
    SenderReport,
    parse_rtcp,
)
from signaling.forwarding.rtp import (
    RtpHeader,
    is_rtcp,
    parse_rtp,
    read_extensions,
    restore_from_rtx,
)
from signaling.forwarding.stream import Arrival, InboundStream

TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
REPORT_INTERVAL: Final = timedelta(seconds=1)
CNAME: Final = "daigang"


class Uplink:
    """One session; a relayed publication has one for each layer, which `rid` names."""

    def __init__(
        self,
        session: str,
        publication: Publication,
        sections: tuple[InboundSection, ...],
        drops: Drops,
        rid: str | None = None,
    ) -> None:
        self.session = session
        self.publication = publication
        self.counters = SessionCounters()
        self.notes = Events()  # what the publisher reported
        self._rid = rid
        self._drops = drops
        self._identifier = StreamIdentifier(sections)
        self._arrivals = ArrivalRecorder(LOCAL_SSRC)
        self._transport_number = _transport_number(sections)
        self._hears_remb = any("goog-remb" in c.feedback for s in sections for c in s.codecs)
        self._ceiling = Ceiling()
        self._reported_at: timedelta | None = None
        self._lost = 0.0
        self._began: set[str] = set()
        self._last_ssrc = 0

    def receive(self, data: bytes, now: timedelta) -> Iterator[Action]:
        """Take one decrypted packet; raises MalformedPacket."""
        self.counters.packets_in += 1
        self.counters.bytes_in += len(data)
        if is_rtcp(data):
            self.notes.rtcp(data, now)
            for packet in parse_rtcp(data):
                if isinstance(packet, SenderReport):
                    yield from self.publication.sender_report(packet, now)
            return
        self._ceiling.arrived(len(data))
        header = parse_rtp(data)
        elements = read_extensions(data, header)
        self._note_arrival(header, elements, now)
        stream = self._identify(data, header)
        if stream is None:
            return
        track = self.publication.tracks[stream.mid]
        arrival = self._arrival(track, data, header, stream, elements)
        if arrival is None:
            return
        yield from track.receive(self.session, arrival, now)
        if stream.mid not in self._began:
            self._began.add(stream.mid)
            yield MediaBegan(self.publication.name, stream.mid, track.section.kind)

    def _identify(self, data: bytes, header: RtpHeader) -> Stream | None:
        try:
            stream = self._identifier.identify(data, header)
        except TooManyStreams:
            self._drops[DropReason.TOO_MANY_STREAMS] += 1
            return None
        if stream is None:
            self._drops[DropReason.UNKNOWN_STREAM] += 1
            return None
        return stream if self._rid is None else stream._replace(rid=self._rid)

    def _note_arrival(self, header: RtpHeader, elements: dict[int, bytes], now: timedelta) -> None:
        self._last_ssrc = header.ssrc
        number = elements.get(self._transport_number, b"")
        if len(number) == 2:  # noqa: PLR2004  a 16-bit number
            self._arrivals.received(int.from_bytes(number, "big"), now)

    def _arrival(
        self,
        track: InboundTrack,
        data: bytes,
        header: RtpHeader,
        stream: Stream,
        elements: dict[int, bytes],
    ) -> Arrival | None:
        """The media packet in these bytes, taken out of its retransmission if need be."""
        codec = codec_of(track.section, header.payload_type)
        if codec is None:
            self._drops[DropReason.UNKNOWN_PAYLOAD_TYPE] += 1
            return None
        if header.payload_type == codec.payload_type:
            return Arrival(data, header, codec, stream.rid, elements, repaired=False)
        if stream.repairs is None:
            self._drops[DropReason.UNKNOWN_STREAM] += 1
            return None
        original = restore_from_rtx(data, header, codec.payload_type, stream.repairs)
        if original is None:  # a bandwidth probe
            self._drops[DropReason.PADDING] += 1
            return None
        return Arrival(original, parse_rtp(original), codec, stream.rid, elements, repaired=True)

    def asked(self, data: bytes) -> None:
        """Count what the publisher is asked for."""
        if data[1] == TRANSPORT_FEEDBACK and data[0] & 0x1F == GENERIC_NACK:
            self.counters.nacks_out += 1
        elif data[1] == PAYLOAD_FEEDBACK and data[0] & 0x1F == PICTURE_LOSS:
            self.counters.keyframe_requests_out += 1

    def tick(self, now: timedelta) -> Iterator[Action]:
        """The feedback that is due: arrivals, and once a second a report."""
        for feedback in self._arrivals.due(self._last_ssrc, now):
            yield SendRtcp(self.session, feedback)
        yield from self._report(now)

    def condition(self, now: timedelta) -> Condition:
        """How its media arrives."""
        streams = self._streams()
        for stream in streams:
            stream.rate.pass_time(now)
        layers = {
            mid: " ".join(rid for rid in track.rids if track.alive(rid, now))
            for mid, track in self.publication.tracks.items()
            if track.section.kind == Kind.VIDEO
        }
        return Condition(self._lost, None, None, sum(s.rate.bitrate for s in streams), layers)

    def record(self, ticks: Ticks, now: timedelta, span: timedelta) -> FlightRecord:
        """The last minute of what came in this session."""
        return take(
            self.session,
            "up",
            self.notes,
            publications=(self.publication,),
            streams=self._streams(),
            ticks=ticks,
            now=now,
            span=span,
        )

    def _streams(self) -> list[InboundStream]:
        tracks = self.publication.tracks.values()
        return [s for track in tracks for s in track.streams.values() if s.session == self.session]

    def _report(self, now: timedelta) -> Iterator[Action]:
        if self._reported_at is not None and now - self._reported_at < REPORT_INTERVAL:
            return
        streams = self._streams()
        if not streams:
            return
        self._reported_at = now
        blocks = [stream.reception.block(now) for stream in streams]
        self._lost = max(block.fraction_lost for block in blocks) / 256
        report = rtcp_build.receiver_report(LOCAL_SSRC, blocks)
        report += rtcp_build.source_description(LOCAL_SSRC, CNAME)
        if self._hears_remb and not self._transport_number:
            ssrcs = [stream.ssrc for stream in streams]
            bitrate = self._ceiling.bitrate(self._lost, now)
            report += rtcp_build.receiver_estimate(LOCAL_SSRC, bitrate, ssrcs)
        yield SendRtcp(self.session, report)


def _transport_number(sections: tuple[InboundSection, ...]) -> int:
    """The extension number of transport-wide numbers, or 0 when not negotiated."""
    if not any("transport-cc" in c.feedback for s in sections for c in s.codecs):
        return 0
    found = (e.id for s in sections for e in s.extensions if e.uri == TRANSPORT_CC)
    return next(found, 0)

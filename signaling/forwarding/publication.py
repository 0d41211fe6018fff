"""One session that sends up: from decrypted packets to its tracks, and feedback to it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Action, MediaBegan, SendRtcp
from signaling.forwarding.congestion import ArrivalRecorder
from signaling.forwarding.counters import DropReason, Drops, SessionCounters
from signaling.forwarding.identify import Stream, StreamIdentifier, TooManyStreams, codec_of
from signaling.forwarding.inbound import LOCAL_SSRC, Arrival, InboundTrack
from signaling.forwarding.negotiated import Codec, InboundSection
from signaling.forwarding.rtcp import SenderReport, parse_rtcp
from signaling.forwarding.rtp import (
    RtpHeader,
    is_rtcp,
    parse_rtp,
    read_extensions,
    restore_from_rtx,
)

TRANSPORT_CC: Final = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
REPORT_INTERVAL: Final = timedelta(seconds=1)
CLOCK_INTERVAL: Final = timedelta(milliseconds=100)  # how late a viewer's sender report may be
CEILING: Final = 2_500_000  # bits per second that a publisher without transport-cc may send
CNAME: Final = "daigang"


class Publication:
    """Tracks by section, and what the transport that carries them needs to hear."""

    def __init__(
        self, session: str, name: str, sections: tuple[InboundSection, ...], drops: Drops
    ) -> None:
        self.session = session
        self.name = name
        self.tracks = {section.mid: InboundTrack(section, drops) for section in sections}
        self.counters = SessionCounters()
        self._drops = drops
        self._identifier = StreamIdentifier(sections)
        self._arrivals = ArrivalRecorder(LOCAL_SSRC)
        self._transport_number = _transport_number(sections)
        self._ceiling = any("goog-remb" in c.feedback for s in sections for c in s.codecs)
        self._reported_at: timedelta | None = None
        self._clocks_at: timedelta | None = None
        self._began: set[str] = set()
        self._last_ssrc = 0

    def receive(
        self, data: bytes, now: timedelta, fan: list[tuple[str, bytes]]
    ) -> Iterator[Action]:
        """Take one decrypted packet; adds to `fan`; raises MalformedPacket."""
        if is_rtcp(data):
            self._receive_rtcp(data, now)
            return
        header = parse_rtp(data)
        elements = read_extensions(data, header)
        self._note_arrival(header, elements, now)
        try:
            stream = self._identifier.identify(data, header)
        except TooManyStreams:
            self._drops[DropReason.TOO_MANY_STREAMS] += 1
            return
        if stream is None:
            self._drops[DropReason.UNKNOWN_STREAM] += 1
            return
        track = self.tracks[stream.mid]
        arrival = self._arrival(track, data, header, stream, elements)
        if arrival is None:
            return
        fan.extend(track.receive(arrival, now))
        if stream.mid not in self._began:
            self._began.add(stream.mid)
            yield MediaBegan(self.name, stream.mid, track.section.kind)

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
        return self._unwrap(data, header, codec, stream, elements)

    def _unwrap(
        self,
        data: bytes,
        header: RtpHeader,
        codec: Codec,
        stream: Stream,
        elements: dict[int, bytes],
    ) -> Arrival | None:
        if stream.repairs is None:
            self._drops[DropReason.UNKNOWN_STREAM] += 1
            return None
        original = restore_from_rtx(data, header, codec.payload_type, stream.repairs)
        if original is None:  # a bandwidth probe
            self._drops[DropReason.PADDING] += 1
            return None
        return Arrival(original, parse_rtp(original), codec, stream.rid, elements, repaired=True)

    def _receive_rtcp(self, data: bytes, now: timedelta) -> None:
        for packet in parse_rtcp(data):
            if isinstance(packet, SenderReport):
                for track in self.tracks.values():
                    stream = track.streams.get(packet.ssrc)
                    if stream is not None:
                        stream.sender = packet, now
                        stream.reception.sender_report(packet, now)

    def tick(self, now: timedelta) -> Iterator[Action]:
        """Everything that time makes due: towards the publisher, and its viewers' clocks."""
        for track in self.tracks.values():
            for lost in track.missing(now):
                self.counters.nacks_out += 1
                yield SendRtcp(self.session, lost)
        yield from self._clocks(now)
        yield from self.key_frame_requests(now)
        for feedback in self._arrivals.due(self._last_ssrc, now):
            yield SendRtcp(self.session, feedback)
        yield from self._report(now)

    def key_frame_requests(self, now: timedelta) -> Iterator[Action]:
        """The PLIs that are due."""
        for track in self.tracks.values():
            request = track.key_frame_request(now)
            if request is not None:
                self.counters.keyframe_requests_out += 1
                yield SendRtcp(self.session, request)

    def _clocks(self, now: timedelta) -> Iterator[Action]:
        """The sender reports that viewers are due."""
        if self._clocks_at is not None and now - self._clocks_at < CLOCK_INTERVAL:
            return
        self._clocks_at = now
        for track in self.tracks.values():
            for session, report in track.sender_reports(now):
                yield SendRtcp(session, report)

    def _report(self, now: timedelta) -> Iterator[Action]:
        if self._reported_at is not None and now - self._reported_at < REPORT_INTERVAL:
            return
        streams = [s for track in self.tracks.values() for s in track.streams.values()]
        if not streams:
            return
        self._reported_at = now
        blocks = [stream.reception.block(now) for stream in streams]
        report = rtcp_build.receiver_report(LOCAL_SSRC, blocks)
        report += rtcp_build.source_description(LOCAL_SSRC, CNAME)
        if self._ceiling and not self._transport_number:
            ssrcs = [stream.ssrc for stream in streams]
            report += rtcp_build.receiver_estimate(LOCAL_SSRC, CEILING, ssrcs)
        yield SendRtcp(self.session, report)


def _transport_number(sections: tuple[InboundSection, ...]) -> int:
    """The extension number of transport-wide numbers, or 0 when not negotiated."""
    if not any("transport-cc" in c.feedback for s in sections for c in s.codecs):
        return 0
    found = (e.id for s in sections for e in s.extensions if e.uri == TRANSPORT_CC)
    return next(found, 0)

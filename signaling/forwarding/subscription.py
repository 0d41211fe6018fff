"""One session that media goes down in: its sections, and what its viewer asks for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from signaling.forwarding.actions import Action, Send, SendRtcp
from signaling.forwarding.aims import Aims
from signaling.forwarding.allocation import Allocation, Feed
from signaling.forwarding.calm import CalmReports
from signaling.forwarding.condition import Condition
from signaling.forwarding.counters import DropReason, Drops, SessionCounters
from signaling.forwarding.flight import Events, Ticks
from signaling.forwarding.inbound import InboundTrack
from signaling.forwarding.insurance import second_copies
from signaling.forwarding.layering import Layering
from signaling.forwarding.negotiated import Kind, OutboundSection
from signaling.forwarding.outbound import OutboundTrack
from signaling.forwarding.outgoing import Sent
from signaling.forwarding.packet_sizes import PacketSizes
from signaling.forwarding.publication import Publication
from signaling.forwarding.record import FlightRecord, take
from signaling.forwarding.repairs import Repairs
from signaling.forwarding.reports import ViewerReports
from signaling.forwarding.rtcp import (
    KeyFrameRequest,
    Nack,
    ReceiverEstimate,
    ReceiverReport,
    ReportBlock,
    parse_rtcp,
)
from signaling.forwarding.rtp import is_rtcp

CALM_INTERVAL: Final = timedelta(seconds=4)  # of sender reports; RFC 3550 §6.2 asks for one in five
AT_FIRST: Final = 2  # reports tell how a clock runs, so sound and picture meet after so many …
SOON: Final = timedelta(seconds=1)  # … which come at this distance
# They go out in groups: what runs many times in a row costs a fraction of what it costs alone.
GROUPS: Final = 10  # in an interval; a group of hundreds holds media up for some milliseconds
INTERVAL: Final = timedelta(milliseconds=200)  # as often as Chromium reports its estimate
NARROW: Final = 1_000_000  # bits per second: less, and a key frame overflows a short queue


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
        self.notes = Events()

        def noted(limit: int) -> int:
            self.notes.draws.append(draw(limit))
            return self.notes.draws[-1]

        self.outputs = {s.mid: OutboundTrack(session, s, noted, self.notes) for s in sections}
        self.sources: dict[str, InboundTrack] = {}
        self.limits: dict[str, int | None] = {}  # picture heights that the page asks for
        self.counters = SessionCounters()
        self._aims = Aims(self.notes, self.counters)
        self.is_connected = False
        self.due_at = self._look_at = timedelta()
        self._publications: dict[str, Publication] = {}
        self._layerings: dict[str, Layering | None] = {}
        self._pins: dict[str, str | None] = {}
        self._drops = drops
        self._by_ssrc = {section.ssrc: section.mid for section in sections}
        reports = any("goog-remb" in c.feedback for s in sections for c in s.codecs)
        self._allocation = Allocation(reports_estimate=reports)
        self._reports = ViewerReports()
        self._calm = CalmReports()
        self._repairs = Repairs(self._allocation, self.counters, drops, self.notes)
        self._sizes = PacketSizes()
        self._lost = 0.0
        self._trip: timedelta | None = None
        self._told = 0  # sender reports …
        self._told_at = timedelta()  # … the last of them

    def statistics(self) -> SessionCounters:
        """What was counted so far."""
        flowed = [output.flowed for output in self.outputs.values()]
        videos = [output for output in self.outputs.values() if output.is_video]
        return replace(
            self.counters,
            packets_out=self.counters.packets_out + sum(packets for packets, _, _ in flowed),
            bytes_out=self.counters.bytes_out + sum(size for _, _, size in flowed),
            instant=sum(output.entries["instant"] for output in self.outputs.values()),
            waited=sum(output.entries["key"] for output in videos),
        )

    def condition(self) -> Condition:
        """How the viewer fares."""
        flows = {mid: output.flow for mid, output in self.outputs.items() if output.is_video}
        layers = {mid: flow.stream.rid for mid, flow in flows.items() if flow is not None}
        usable, bitrate = self._allocation.told, self._allocation.bitrate
        return Condition(self._lost, self._trip, usable, bitrate, layers)

    def record(self, ticks: Ticks, now: timedelta, span: timedelta) -> FlightRecord:
        """The last minute of what the viewer got, and of what was decided for it."""
        return take(
            self.session,
            "down",
            self.notes,
            publications=dict.fromkeys(self._publications[mid] for mid in self.sources),
            streams=[s for track in self.sources.values() for s in track.streams.values()],
            sections=tuple(output.section for output in self.outputs.values()),
            ticks=ticks,
            now=now,
            span=span,
        )

    def attach(self, mid: str, publication: Publication, source_mid: str, pin: str | None) -> None:
        """Let a source flow into a section, replacing what flowed there; a pin fixes its layer."""
        self.detach(mid)
        self.sources[mid] = publication.tracks[source_mid]
        self._publications[mid] = publication
        self._layerings[mid] = publication.layerings.get(source_mid)
        self._pins[mid] = pin

    def detach(self, mid: str) -> None:
        """Let nothing flow into a section."""
        source = self.sources.pop(mid, None)
        for known in (self._publications, self._layerings, self._pins):
            known.pop(mid, None)
        self._aims.forget(mid)
        if source is not None:
            source.remove(self.outputs[mid])

    def leave(self, gone: Publication) -> None:
        """A publication has ended: detach every section that it fed, and keep nothing of it."""
        tracks = set(gone.tracks.values())
        for mid in [mid for mid, source in self.sources.items() if source in tracks]:
            self.notes.add("gone", mid)
            self.detach(mid)
        for output in self.outputs.values():
            output.lose(gone.name)

    def limit(self, mid: str, height: int | None) -> None:
        """Let a section get a picture of at most that height; 0 pauses it."""
        self.limits[mid] = height

    def receive(self, data: bytes, now: timedelta) -> Iterator[Action]:
        """Take one decrypted packet, answer it; raises MalformedPacket."""
        self.counters.packets_in += 1
        self.counters.bytes_in += len(data)
        if not is_rtcp(data):
            self._drops[DropReason.NOT_EXPECTED] += 1
            return
        self.notes.rtcp(data, now)
        if not self._allocation.wanted and self._calm.repeats(data, now):
            self._reports.clean(now)
            return
        for packet in parse_rtcp(data):
            match packet:
                case Nack():
                    yield from self._resend(packet, now)
                case KeyFrameRequest():
                    yield from self._renew(packet, now)
                case ReceiverEstimate(bitrate=bitrate):
                    self._allocation.estimate.remb(bitrate, now)
                    self._check(now)
                case ReceiverReport(blocks=blocks):
                    self._hear(blocks, now)
                case _:
                    pass

    def _hear(self, blocks: tuple[ReportBlock, ...], now: timedelta) -> None:
        others = self.counters.packets_out, self.counters.bytes_out
        heard = self._reports.read(blocks, now, self._sizes.read(self.outputs.values(), others))
        self._trip = heard.round_trip or self._trip
        if heard.fraction_lost is None:
            self._allocation.estimate.report(heard, now)
            return
        self._lost = heard.fraction_lost
        self._measure(now)
        self._allocation.estimate.report(heard, now)
        self._check(now)

    def _measure(self, now: timedelta) -> None:
        flowed = [output.flowed for output in self.outputs.values()]
        media = sum(size for _, _, size in flowed)
        packets = self.counters.packets_out + sum(packets for packets, _, _ in flowed)
        self._allocation.measure(media, Sent(media + self.counters.bytes_out, packets), now)

    def _reports_due(self, now: timedelta) -> Iterator[Action]:
        """The sender reports that are due, in one datagram (RFC 8108 §5.3)."""
        due = b""
        for output in self.outputs.values():
            report = output.report(now)
            if report is not None:
                self._reports.sent(report.ntp, now)
                due += output.described(report)
        if due:
            self._told += 1
            self._told_at = now
            yield SendRtcp(self.session, due)

    def _check(self, now: timedelta) -> None:
        """Decide at once when the link carries less than what is sent; look when it soon may."""
        if self._allocation.is_overloaded:
            self.due_at = now
        elif not (self.is_settled or self._allocation.rests(now)):
            self.hurry(now + INTERVAL)

    def _output(self, ssrc: int) -> OutboundTrack | None:
        return self.outputs.get(self._by_ssrc.get(ssrc, ""))

    def _renew(self, request: KeyFrameRequest, now: timedelta) -> Iterator[Action]:
        """The viewer wants a key frame."""
        self.counters.keyframe_requests_in += 1
        output = self._output(request.media_ssrc)
        if output is None:
            return
        self._repairs.key_frame(output, now, request.command)
        yield from self._insure(now)
        if output.flow is not None:
            self.due_at = now

    def _resend(self, nack: Nack, now: timedelta) -> Iterator[Action]:
        self.counters.nacks_in += 1
        self.hurry(now + INTERVAL)
        output = self._output(nack.media_ssrc)
        packets = self._repairs.repeat(output, nack.lost, now) if output is not None else []
        if packets:
            yield Send(self.session, tuple(packets))

    def tick(self, now: timedelta) -> Iterator[Action]:
        """Report, measure, choose layers and probe; call it from `due_at` on."""
        if self.is_behind and now < self._look_at:  # between two looks only what waits goes out
            yield from self._follow(now)
            self.due_at = now
            return
        self._look_at = now + INTERVAL
        settled = self.is_settled
        self.due_at = now + INTERVAL
        if not self.is_connected or not self.sources:
            return
        is_content = not settled and self._is_content(now)
        if not is_content or self._told < AT_FIRST or now - self._told_at >= CALM_INTERVAL:
            yield from self._reports_due(now)
        yield from self._follow(now)
        if settled:
            self.due_at = now + self._calm_for(now)
        self._measure(now)
        if not settled:
            yield from self.aim(now)
            yield from self._insure(now)
        if self._allocation.wanted:  # looking for room takes a look every time
            self.due_at = now
            size = self._allocation.probe(now)
            if size:
                yield from self._probe(size, now)
        if self.is_behind:
            self.due_at = now
        elif is_content and self._is_content(now):
            self.due_at = now + self._turn_in(CALM_INTERVAL, now)

    def _calm_for(self, now: timedelta) -> timedelta:
        """How long it is until the turn of this viewer's group comes, or a report of the first."""
        if self._told < AT_FIRST:
            return SOON
        return self._turn_in(CALM_INTERVAL, now)

    def _turn_in(self, interval: timedelta, now: timedelta) -> timedelta:
        """How long it is until the turn of this viewer's group comes, of turns so far apart."""
        turn = sum(self.session.encode()) % GROUPS * (interval / GROUPS)
        return interval - (now - turn) % interval

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to choose: one layer each, flowing, and a link for it."""
        if any(self._layerings.values()) or self._allocation.is_overloaded:
            return False
        if self.is_behind:
            return False
        outputs = (self.outputs[mid] for mid in self.sources)
        return all(output.flow is not None for output in outputs if output.is_video)

    def rest(self, now: timedelta) -> timedelta:
        """How long what this viewer reports may go unread."""
        is_calm = self.is_settled or self._is_content(now)
        return CALM_INTERVAL if is_calm else timedelta(0)

    def _is_content(self, now: timedelta) -> bool:
        """Whether everything that is wanted flows, and nothing is to be sent beside it."""
        if not self._allocation.rests(now):
            return False
        videos = [(mid, self.outputs[mid]) for mid in self.sources if self.outputs[mid].is_video]
        return not any(
            output.is_behind
            or (output.flow is not None and output.flow.insured is not None)
            or self._aims.differs(mid, output.flow)
            for mid, output in videos
        )

    def aim(self, now: timedelta) -> Iterator[Action]:
        """Let the layers flow that fit this viewer best."""
        if not self.is_connected:
            return
        if self._allocation.is_overloaded:
            for output in self.outputs.values():
                output.forget()
        feeds = {mid: self._feed(mid, source, now) for mid, source in self.sources.items()}
        for mid, aim in self._allocation.choose(feeds, now).items():
            source, output = self.sources[mid], self.outputs[mid]
            rid, at_once = aim
            self._aims.note(mid, aim, feeds[mid], self._allocation.usable, now)
            output.is_paced = self._allocation.told is not None
            output.is_narrow = (self._allocation.told or NARROW) < NARROW
            may_change = self._pins[mid] is None and (at_once or output.flow is None)
            if rid is not None and may_change:
                rid = source.stand_in(rid, now)  # what can be had right now
            yield from source.aim(output, rid, now, at_once=at_once)

    @property
    def is_behind(self) -> bool:
        """Whether packets wait for the viewer's link."""
        return any(output.is_behind for output in self.outputs.values())

    def hurry(self, now: timedelta) -> None:
        """Something has changed: look soon at what to send."""
        self.due_at = min(self.due_at, now)

    def _follow(self, now: timedelta) -> Iterator[Action]:
        """Send what a stream began with as the viewer's link takes it."""
        for output in self.outputs.values():
            if output.is_behind:
                burst = output.follow(self._allocation.pace(now))
                if burst is not None:
                    self._allocation.paced(sum(len(packet.data) for packet in burst.packets))
                    yield burst

    def _feed(self, mid: str, source: InboundTrack, now: timedelta) -> Feed:
        layering = self._layerings[mid]
        layers = layering.layers(now) if layering is not None else None
        speaking = self._publications[mid].is_speaking
        limit, pin = self.limits.get(mid), self._pins[mid]
        return Feed(self.outputs[mid], source, layers, limit, pin, speaking)

    def _insure(self, now: timedelta) -> Iterator[Action]:
        """Let what a picture begins with go out twice where much is lost."""
        often = self._allocation.estimate.loses_often

        def fits(size: int, _: bool) -> bool:  # noqa: FBT001  a callback's
            return self._allocation.may_repeat(size, Kind.VIDEO, now)

        for output in self.outputs.values():
            if output.is_behind:
                continue
            packets = second_copies(output, now, fits, often=often)
            if packets:
                yield Send(self.session, tuple(packets))

    def _probe(self, size: int, now: timedelta) -> Iterator[Action]:
        videos = [output for output in self.outputs.values() if output.is_video]
        for output in sorted(videos, key=lambda output: output.flow is None):
            packets = output.probes(size, now)
            if packets:
                self.notes.probe(sum(map(len, packets)), output.section.mid, now)
                yield Send(self.session, tuple(packets))
                return

"""One section of a viewer: what flows into it, in its own numbers and on its own clock."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Burst
from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.flight import Events
from signaling.forwarding.flow import TIMESTAMPS, Flow, squeezed
from signaling.forwarding.laid import PICTURES, Shift, send_time
from signaling.forwarding.negotiated import Kind, OutboundSection
from signaling.forwarding.profile import Layout, Profile
from signaling.forwarding.rtcp import SenderReport
from signaling.forwarding.sequence import HALF, MODULUS, nearest
from signaling.forwarding.stream import InboundStream, clocks_between

# Once a second, often enough for lip sync soon after joining; a tick may come somewhat early.
REPORT_INTERVAL: Final = timedelta(milliseconds=900)
LEAST_STEP: Final = timedelta(milliseconds=20)  # between the last packet of one source and the next
MOST_STEP: Final = timedelta(seconds=1)  # a capture clock that is further off is not believed
RESENDS_PER_REPORT: Final = 512  # packets repeated per second for one section
LOOKED_UP: Final = 4096  # numbers asked for per second that are looked for at all
AT_ONCE: Final = 64  # packets of a replay, some 70 kB; more overflows the queue of many a link
PAST_FLOWS: Final = 4  # switches within the time in which a viewer still asks for repeats


class OutboundTrack:
    """What one viewer gets in one section; streams may change under it."""

    def __init__(
        self,
        session: str,
        section: OutboundSection,
        draw: Callable[[int], int],
        notes: Events | None = None,
    ) -> None:
        self.session = session
        self.section = section
        self.profile = Profile.of(section)
        self.flow: Flow | None = None
        self.notes = Events() if notes is None else notes
        self.entries: Counter[str] = Counter()  # how streams began to flow: "key", "instant"
        self._past: deque[Flow] = deque(maxlen=PAST_FLOWS)
        # the lower half protects the rollover counter of a viewer that misses the first packets
        self._next = MODULUS + draw(HALF)
        self._rtx_number = draw(HALF)
        self._clock = draw(TIMESTAMPS)  # outgoing timestamp of the newest packet
        self._pictures = (draw(PICTURES), draw(0xFF))  # picture id and TL0PICIDX of the newest
        self._sent_at: timedelta | None = None
        self._flowed = (0, 0, 0)  # packets, octets of payload and bytes of past flows
        self._extra = [0, 0]  # packets and octets that were sent to this viewer alone
        self._reported_at: timedelta | None = None
        self._resends = 0
        self._looked_up = 0
        self._repeated: dict[int, timedelta] = {}  # when, by sequence number, since the last report
        self._description = rtcp_build.source_description(section.ssrc, section.cname)
        self.is_abandoned = False  # the link was too thin, and nothing has flowed since
        self.is_paced = False  # whether a stream that begins to flow goes out as the link takes it
        self.is_narrow = False  # … and each of its key frames

    @property
    def is_video(self) -> bool:
        """Whether key frames matter here."""
        return self.section.kind == Kind.VIDEO

    @property
    def entered(self) -> int:
        """The number of the first packet of the stream that comes with the cohort's."""
        return self.flow.joined if self.flow else 0

    @property
    def is_behind(self) -> bool:
        """Whether packets wait that the viewer's link did not take yet."""
        return self.flow is not None and self.flow.behind is not None

    @property
    def shift(self) -> Shift:
        """How the numbers here differ from the stream's; something must flow."""
        if self.flow is None:
            raise LookupError("nothing flows here")
        return self.flow.shift

    @property
    def flowed(self) -> tuple[int, int, int]:
        """Packets, octets of payload and bytes of packets that came with others' copies."""
        if self.flow is None or self.flow.behind is not None:
            return self._flowed
        cohort, before = self.flow.cohort, self.flow.before
        return (
            self._flowed[0] + cohort.packets - before[0],
            self._flowed[1] + cohort.octets - before[1],
            self._flowed[2] + cohort.bytes - before[2],
        )

    def passed_by(self, octets: int, size: int) -> None:
        """A packet went to others of the cohort only."""
        if self.flow is not None:
            packets, all_octets, all_bytes = self.flow.before
            self.flow.before = packets + 1, all_octets + octets, all_bytes + size

    def enter(self, stream: InboundStream, first: StoredPacket, now: timedelta) -> None:
        """Let a stream flow from this packet on, which a decoder can start with."""
        start = self._start_of(stream, first, now) - first.timestamp
        flow = self._begin(stream, first, start, now)
        if not (self.is_paced and self.is_video):
            flow.join(self)
        self._note_entry(stream, first, "key", 1, now)

    def replay(
        self, stream: InboundStream, packets: Sequence[StoredPacket], now: timedelta
    ) -> Burst | None:
        """Let a stream flow that began a while ago: what came since its start, to send at once.

        The frames follow each other so closely that the viewer soon shows the newest one.
        """
        start = self._start_of(stream, packets[0], now)
        replayed = squeezed(packets, start, stream.codec.clock_rate)
        newest = max(replayed, key=replayed.__getitem__)
        flow = self._begin(stream, packets[0], replayed[newest] - newest, now)
        flow.replayed, flow.replayed_to = replayed, packets[-1].number
        self._note_entry(stream, packets[0], "instant", len(packets), now)
        at_once = packets[:AT_ONCE]
        if len(packets) > AT_ONCE:
            flow.behind, flow.followed = at_once[-1].number + 1, at_once[-1]
        else:
            flow.join(self)
        return self._burst(flow, at_once)

    def catch_up(
        self, stream: InboundStream, packets: Sequence[StoredPacket], now: timedelta
    ) -> list[bytes]:
        """Let a stream flow whose start came late: the start and what has overtaken it.

        Time runs as in the source: more of these frames may come, and go to everybody alike.
        """
        self.enter(stream, packets[0], now)
        if self.flow is None or self.flow.behind is not None:
            return []
        return self._copies(self.flow, packets, now)

    def follow(self, room: float) -> Burst | None:
        """The next packets of a stream that goes out as the link takes it, about so many bytes.

        Whoever has got all that there is gets the rest with the others.
        """
        flow = self.flow
        if flow is None or flow.behind is None:
            return None
        packets = flow.follow(room)
        if flow.has_caught_up:
            flow.join(self)
        return self._burst(flow, packets)

    def _burst(self, flow: Flow, packets: Sequence[StoredPacket]) -> Burst | None:
        laid = tuple(copy for packet in packets if (copy := flow.cohort.lay(packet)) is not None)
        self._count(len(laid), sum(len(packet.payload) for packet in packets))
        timestamps = tuple(flow.timestamp_of(packet) for packet in laid)
        return Burst(self.session, laid, flow.shift, timestamps) if laid else None

    def fall_behind(self, first: StoredPacket) -> None:
        """Let what begins with this packet go out as the link takes it; all before has gone out."""
        flowed = self.flowed
        if self.flow is not None and self.flow.part(self, first):
            self._flowed = flowed

    def _copies(self, flow: Flow, packets: Sequence[StoredPacket], now: timedelta) -> list[bytes]:
        laid = (self._copy(flow, packet, now) for packet in packets)
        copies = [copy for copy in laid if copy is not None]
        self._count(len(copies), sum(len(packet.payload) for packet in packets))
        return copies

    def _note_entry(
        self, stream: InboundStream, first: StoredPacket, how: str, packets: int, now: timedelta
    ) -> None:
        self.entries[how] += 1
        facts: dict[str, int | str] = {
            "layer": stream.rid,
            "ssrc": stream.ssrc,
            "number": first.number,
        }
        self.notes.add("enter", self.section.mid, now, how=how, packets=packets, **facts)

    def _start_of(self, stream: InboundStream, first: StoredPacket, now: timedelta) -> int:
        """The outgoing timestamp for the first packet of a stream."""
        if self._sent_at is None and self.flow is None:
            return self._clock
        aligned = self._aligned(stream, first)
        self.leave()
        # let the viewer's clock run on for as long as nothing came
        pause = LEAST_STEP if self._sent_at is None else max(now - self._sent_at, LEAST_STEP)
        usual = self._clock + int(pause.total_seconds() * stream.codec.clock_rate)
        if aligned is None:
            return usual
        most = MOST_STEP.total_seconds() * stream.codec.clock_rate
        ahead = (aligned - self._clock + TIMESTAMPS // 2) % TIMESTAMPS - TIMESTAMPS // 2
        is_likely = ahead > 0 and abs(self._clock + ahead - usual) < most
        return self._clock + ahead if is_likely else usual

    def _aligned(self, stream: InboundStream, first: StoredPacket) -> int | None:
        """Where the capture clocks of two layers of one source put the new one's first packet."""
        if self.flow is None or self.flow.stream.publication != stream.publication:
            return None
        moment = clocks_between(self.flow.stream, stream, first)
        return None if moment is None else moment + self.flow.shift.timestamp

    def _begin(
        self, stream: InboundStream, first: StoredPacket, timestamp: int, now: timedelta
    ) -> Flow:
        """A flow that goes out one by one until it joins."""
        self.leave()
        cohort = stream.cohort(self.profile)
        sequence = self._next - first.number
        shift = Shift(
            self.section.ssrc,
            sequence % MODULUS,
            timestamp % TIMESTAMPS,
            (self._pictures[0] + 1 - first.picture) & PICTURES,
            (self._pictures[1] + 1 - first.tl0) & 0xFF,
        )
        self.is_abandoned = False
        self.flow = flow = Flow(stream, cohort, first.number, shift, sequence, now)
        flow.insured = first.number if self.is_video else None
        self._reported_at = None  # lip sync needs the new clocks at once
        flow.behind = first.number
        return flow

    def leave(self) -> None:
        """Let nothing flow; the next stream continues numbers and clock."""
        flow, self._flowed = self.flow, self.flowed
        if flow is None:
            return
        newest = flow.newest
        self.flow = None
        flow.leave(self)
        flow.asked.forget()
        self._past.append(flow)
        self.notes.add("leave", self.section.mid, layer=flow.stream.rid, ssrc=flow.stream.ssrc)
        if newest is not None:
            self._next = newest.number + flow.sequence + 1
            self._clock = (newest.timestamp + flow.shift.timestamp) % TIMESTAMPS
            self._sent_at = flow.stream.newest_at
            if newest.picture_at:
                shift = flow.shift
                pictures = (newest.picture + shift.picture, newest.tl0 + shift.tl0)
                self._pictures = (pictures[0] & PICTURES, pictures[1] & 0xFF)

    def abandon(self) -> None:
        """Let nothing flow and repeat nothing of it: the viewer's link is too thin for it."""
        self.leave()
        self.forget()
        self.is_abandoned = True

    def forget(self) -> None:
        """Repeat nothing of what flowed before this stream: what flows now needs the room."""
        self._past.clear()

    def lose(self, publication: str) -> None:
        """Repeat nothing of a publication that has ended: megabytes would be kept for it."""
        kept = [flow for flow in self._past if flow.stream.publication != publication]
        self._past = deque(kept, maxlen=PAST_FLOWS)

    def _copy(self, flow: Flow, packet: StoredPacket, now: timedelta) -> bytes | None:
        laid = flow.cohort.lay(packet)
        if laid is None:
            return None
        return laid.copy(flow.shift_of(packet), send_time(now.total_seconds()))

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing more is repeated until the next report: more is abuse."""
        return self._resends >= RESENDS_PER_REPORT or self._looked_up > LOOKED_UP

    def repeat(
        self,
        sequence: int,
        now: timedelta,
        trip: timedelta,
        fits: Callable[[int, bool], bool],
        twice: Callable[[int], bool] | None = None,
    ) -> list[bytes]:
        """The packet that a viewer's NACK names: inside RTX where negotiated, else as it was.

        A browser that does not know its round trip asks every 100 ms: what was repeated less than
        a trip ago may still be under way, which `fits(size, again)` is told; `twice(size)` says
        whether there is room for a second copy. Nothing is numbered that is not sent: a gap in the
        retransmissions would be reported as a loss.
        """
        self._looked_up += 1
        if self.is_exhausted:
            return []
        found = self._find(sequence)
        if found is None:
            return []
        again, size = now - self._repeated.get(sequence, now - trip) < trip, len(found[1].payload)
        if not fits(size, again):
            return []
        self._repeated[sequence] = now
        copies = [self._again(*found, now)]
        if twice is not None and twice(size):
            copies.append(self._again(*found, now))
        self._resends += len(copies)
        return [copy for copy in copies if copy is not None]

    def _find(self, sequence: int) -> tuple[Flow, StoredPacket] | None:
        newest = self.flow.newest if self.flow else None
        reference = newest.number + self.flow.sequence if newest and self.flow else self._next - 1
        extended = nearest(sequence, reference)
        flows = (*self._past, self.flow) if self.flow else tuple(self._past)
        for flow in reversed(flows):
            number = extended - flow.sequence
            if number >= flow.entered:
                packet = flow.stream.cache.get(number)
                return None if packet is None else (flow, packet)
        return None

    def _again(self, flow: Flow, packet: StoredPacket, now: timedelta) -> bytes | None:
        if self.section.rtx_ssrc is not None:
            wrapped = flow.cohort.layout.retransmission(
                packet,
                flow.shift_of(packet),
                number=self._rtx_number,
                ssrc=self.section.rtx_ssrc,
                send_time=send_time(now.total_seconds()),
            )
            if wrapped is not None:
                self._rtx_number += 1
                return wrapped
        copy = self._copy(flow, packet, now)
        if copy is not None:
            self._count(1, len(packet.payload))
        return copy

    def probes(self, size: int, now: timedelta) -> list[bytes]:
        """Retransmissions of the newest packets, about so many bytes: they find out what fits.

        Without RTX nothing: what comes twice is in no report, and a full link would look clear.
        """
        newest = self.flow.newest if self.flow else None
        if newest is None or self.flow is None or self.section.rtx_ssrc is None:
            return self._padding(size, now)
        found: list[bytes] = []
        number = newest.number
        while size > 0 and number >= self.flow.entered and len(found) < RESENDS_PER_REPORT:
            packet = self.flow.stream.cache.get(number)
            copy = self._again(self.flow, packet, now) if packet is not None else None
            if copy is not None:
                found.append(copy)
                size -= len(copy)
            number -= 1
        return found

    def _padding(self, size: int, now: timedelta) -> list[bytes]:
        """What finds out whether a picture that is paused would fit again."""
        found: list[bytes] = []
        layout, ssrc = Layout(self.profile), self.section.rtx_ssrc
        while ssrc is not None and size > 0 and len(found) < RESENDS_PER_REPORT:
            sent_at = send_time(now.total_seconds())
            packet = layout.padding(
                self._clock, number=self._rtx_number, ssrc=ssrc, send_time=sent_at
            )
            if packet is None:
                break
            self._rtx_number += 1
            found.append(packet)
            size -= len(packet)
        return found

    def _count(self, packets: int, octets: int) -> None:
        self._extra[0] += packets
        self._extra[1] += octets

    def report(self, now: timedelta) -> SenderReport | None:
        """A sender report when one is due: the source's clocks, moved to now, in our numbers."""
        if self._reported_at is not None and now - self._reported_at < REPORT_INTERVAL:
            return None
        self._reported_at = now
        self._resends = self._looked_up = 0
        self._repeated.clear()
        if self.flow is None or self.flow.stream.sender is None:
            return None
        heard, heard_at = self.flow.stream.sender
        passed = (now - heard_at).total_seconds()
        clock = heard.timestamp + int(passed * self.flow.stream.codec.clock_rate)
        packets, octets, _ = self.flowed
        return SenderReport(
            ssrc=self.section.ssrc,
            ntp=(heard.ntp + int(passed * TIMESTAMPS)) % (1 << 64),
            timestamp=(clock + self.flow.shift.timestamp) % TIMESTAMPS,
            packets=packets + self._extra[0],
            octets=octets + self._extra[1],
        )

    def described(self, report: SenderReport) -> bytes:
        """The datagram of a report, with the canonical name that lip sync goes by."""
        return rtcp_build.sender_report(report) + self._description

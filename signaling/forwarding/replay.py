"""A session's record, lived through again: the same packets, reports and ticks in the same order.

Nothing here asks a clock or draws a number, so a replay of one record always ends the same; with
records that begin with their sessions it also decides what was decided then. Payloads are not in a
record: they are zeros after the codec's first bytes, which is all that forwarding reads.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple

from signaling.forwarding.actions import Action, Burst, Fanout, Send
from signaling.forwarding.flight import PADDING, REPAIRED, Event, PacketNote
from signaling.forwarding.forwarder import Forwarder
from signaling.forwarding.negotiated import InboundSection
from signaling.forwarding.record import FlightRecord, StreamRecord

DECISIONS: Final = frozenset({"aim", "enter", "leave", "nack", "probe"})
HEARD: Final = frozenset({"rtcp", "attach", "detach", "gone", "limit", "connected"})
OTHER_HALF: Final = 1 << 31  # tells the made-up SSRC of retransmissions from the media's
FIXED: Final = 12  # bytes of header before CSRCs and extensions


class Step(NamedTuple):
    """One thing that came in; exactly one of the last three is there, or none for a tick."""

    order: int
    at: float
    session: str
    packet: bytes = b""
    event: Event | None = None


class Replay:
    """A forwarder of its own with the sessions of some records."""

    def __init__(self, records: Iterable[FlightRecord]) -> None:
        self.records = tuple(records)
        self.sent: list[tuple[str, bytes]] = []  # to viewers, in order
        self._draws: list[int] = []
        self._core = Forwarder(lambda _: self._draws.pop(0))
        self._now = timedelta()
        for name, sections in self._publications().items():
            self._core.open_publication(self._publisher(name), name, sections)
        for record in self.records:
            if record.direction == "down":
                self._draws = list(record.draws)
                self._core.open_subscription(record.session, record.sections)

    def steps(self) -> list[Step]:
        """Everything that came in, in order."""
        found = [Step(order, at, "") for record in self.records for at, order in record.ticks]
        found.extend(
            Step(event.order, event.at, record.session, event=event)
            for record in self.records
            for event in record.events
            if event.what in HEARD
        )
        for stream in self._streams().values():
            codecs = self._publications()[stream.publication]
            found.extend(
                Step(note.order, note.at, self._publisher(stream.publication), packet)
                for note in stream.packets
                if (packet := _packet(note, stream, codecs))
            )
        return sorted({step.order: step for step in found}.values())

    def run(self, steps: Iterable[Step] | None = None) -> None:
        """Live through these steps; None: all that there are."""
        for step in self.steps() if steps is None else steps:
            self._now = timedelta(seconds=step.at)
            self._note(self._take(step))

    def decisions(self, session: str) -> list[tuple[object, ...]]:
        """What was decided for a session in the replay."""
        span = self._now + timedelta(seconds=1)
        return decisions(self._core.flight(session, self._now, span))

    def _take(self, step: Step) -> list[Action]:
        if step.packet:
            return self._core.receive(step.session, [(step.packet, self._now)])
        if step.event is None:
            return self._core.tick(self._now)
        return self._happen(step.session, step.event)

    def _happen(self, session: str, event: Event) -> list[Action]:
        facts = event.facts
        match event.what:
            case "rtcp":
                data = bytes.fromhex(str(facts["data"]))
                return self._core.receive(session, [(data, self._now)])
            case "attach":
                name, source = str(facts["publication"]), str(facts["source"])
                pin = None if facts["pin"] == "-" else str(facts["pin"])
                return self._core.attach(session, event.mid, name, source, self._now, rid=pin)
            case "limit":
                height = None if facts["height"] == -1 else int(facts["height"])
                return self._core.limit(session, event.mid, height, self._now)
            case "connected":
                return self._core.connected(session, self._now)
            case _:
                self._core.detach(session, event.mid)
                return []

    def _note(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Fanout(members, packet):
                    pairs = zip(members.sessions, members.shifts, strict=True)
                    self.sent.extend((session, packet.copy(shift)) for session, shift in pairs)
                case Send(session, packets):
                    self.sent.extend((session, packet) for packet in packets)
                case Burst(session):
                    self.sent.extend((session, packet) for packet in action.copies())
                case _:
                    pass

    def _streams(self) -> Mapping[int, StreamRecord]:
        """Every stream once, as the record has it that knows most of it."""
        found: dict[int, StreamRecord] = {}
        for stream in (stream for record in self.records for stream in record.streams):
            known = found.get(stream.ssrc)
            if known is None or len(known.packed) < len(stream.packed):
                found[stream.ssrc] = stream
        return found

    def _publications(self) -> dict[str, tuple[InboundSection, ...]]:
        found = {name: s for record in self.records for name, s in record.publications.items()}
        return {
            name: tuple(self._repairable(name, section) for section in sections)
            for name, sections in found.items()
        }

    def _repairable(self, name: str, section: InboundSection) -> InboundSection:
        """The section with an SSRC for the retransmissions of each of its streams."""
        ours = (s for s in self._streams().values() if s.publication == name)
        media = [stream.ssrc for stream in ours if stream.mid == section.mid]
        return replace(section, rtx_ssrcs=tuple((ssrc, ssrc ^ OTHER_HALF) for ssrc in media))

    def _publisher(self, name: str) -> str:
        ours = (s for s in self._streams().values() if s.publication == name)
        return next((stream.session for stream in ours), name)


def decisions(record: FlightRecord) -> list[tuple[object, ...]]:
    """What was decided, to compare: layers, starts, repeats, probes, and what was asked for."""
    found: list[tuple[object, ...]] = [
        (event.what, event.mid, event.at, *sorted(event.facts.items()))
        for event in record.events
        if event.what in DECISIONS
    ]
    found.extend(
        ("asked", stream.ssrc, event.what, event.at, *sorted(event.facts.items()))
        for stream in sorted(record.streams, key=lambda stream: stream.ssrc)
        for event in stream.events
    )
    return found


def _packet(
    note: PacketNote, stream: StreamRecord, sections: Iterable[InboundSection]
) -> bytes | None:
    """The packet of a note, with zeros for what was not kept; None if it cannot be made."""
    data = note.head + bytes(max(0, note.size - len(note.head)))
    if note.flags & PADDING:
        return data[:-1] + bytes((min(255, note.size - len(note.head)),))
    data = bytes((data[0] & ~0x20,)) + data[1:]
    if not note.flags & REPAIRED:
        return data
    rtx = next(_rtx_types(data[1] & 0x7F, stream.mid, sections), None)
    return None if rtx is None else _wrapped(data, rtx, stream.ssrc ^ OTHER_HALF)


def _rtx_types(payload_type: int, mid: str, sections: Iterable[InboundSection]) -> Iterator[int]:
    for section in sections:
        for codec in section.codecs:
            is_it = section.mid == mid and codec.payload_type == payload_type
            if is_it and codec.rtx_payload_type is not None:
                yield codec.rtx_payload_type


def _wrapped(data: bytes, payload_type: int, ssrc: int) -> bytes:
    """The packet inside a retransmission (RFC 4588 §4)."""
    start = FIXED + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    second = (data[1] & 0x80) | payload_type
    fixed = data[:1] + bytes((second,)) + data[2:8] + ssrc.to_bytes(4, "big")
    return fixed + data[FIXED:start] + data[2:4] + data[start:]

"""The record of one session: what the flight recorder kept of it, as a value and as JSON."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal

from signaling.forwarding.flight import Event, Events, PacketNote, Ticks, unpacked
from signaling.forwarding.negotiated import Codec, Extension, InboundSection, Kind, OutboundSection
from signaling.forwarding.publication import Publication
from signaling.forwarding.stream import InboundStream

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class StreamRecord:
    """One layer of one source; `events` are what its publisher was asked for."""

    session: str
    publication: str
    mid: str
    kind: Kind
    rid: str
    ssrc: int
    packed: bytes
    events: tuple[Event, ...]

    @cached_property
    def packets(self) -> tuple[PacketNote, ...]:
        """Its packets in the order in which they came."""
        return tuple(unpacked(self.packed))


@dataclass(frozen=True)
class FlightRecord:
    """One session of the last minute; times are seconds on the worker's clock."""

    session: str
    direction: Direction
    taken_at: float
    since: float
    is_whole: bool  # the events begin with the session: a replay can repeat its decisions
    draws: tuple[int, ...]
    publications: Mapping[str, tuple[InboundSection, ...]]
    sections: tuple[OutboundSection, ...]  # of a viewer
    streams: tuple[StreamRecord, ...]
    events: tuple[Event, ...]
    ticks: tuple[tuple[float, int], ...]


def take(
    session: str,
    direction: Direction,
    notes: Events,
    *,
    publications: Iterable[Publication],
    streams: Iterable[InboundStream],
    sections: tuple[OutboundSection, ...] = (),
    ticks: Ticks,
    now: timedelta,
    span: timedelta,
) -> FlightRecord:
    """What is known of a session since `now - span`."""
    since = now - span
    events = notes.since(since)
    streams = list(streams)
    found = tuple(_stream(stream, track_mid, since) for stream, track_mid in _placed(publications))
    kept = {stream.ssrc for stream in streams}
    return FlightRecord(
        session,
        direction,
        now.total_seconds(),
        since.total_seconds(),
        not notes.has_forgotten and bool(events) and events[0].order == notes.first,
        tuple(notes.draws),
        {p.name: tuple(track.section for track in p.tracks.values()) for p in publications},
        sections,
        tuple(record for record in found if record.ssrc in kept),
        tuple(events),
        tuple(ticks.since(since)),
    )


def _placed(publications: Iterable[Publication]) -> Iterator[tuple[InboundStream, str]]:
    for publication in publications:
        for mid, track in publication.tracks.items():
            for stream in track.streams.values():
                yield stream, mid


def _stream(stream: InboundStream, mid: str, since: timedelta) -> StreamRecord:
    return StreamRecord(
        stream.session,
        stream.publication,
        mid,
        stream.kind,
        stream.rid,
        stream.ssrc,
        stream.log.packed(since),
        tuple(stream.asked.since(since)),
    )


def to_json(record: FlightRecord) -> str:
    """The record as a JSON text; packets are packed as `flight.NOTE` says, in base 64."""
    return json.dumps(
        {
            "version": 1,
            "session": record.session,
            "direction": record.direction,
            "taken_at": record.taken_at,
            "since": record.since,
            "is_whole": record.is_whole,
            "draws": record.draws,
            "publications": {
                name: [asdict(section) for section in sections]
                for name, sections in record.publications.items()
            },
            "sections": [asdict(section) for section in record.sections],
            "streams": [_stream_json(stream) for stream in record.streams],
            "events": record.events,
            "ticks": record.ticks,
        },
        separators=(",", ":"),
    )


def _stream_json(stream: StreamRecord) -> dict[str, object]:
    return {
        "session": stream.session,
        "publication": stream.publication,
        "mid": stream.mid,
        "kind": stream.kind,
        "rid": stream.rid,
        "ssrc": stream.ssrc,
        "packets": base64.b64encode(stream.packed).decode(),
        "events": stream.events,
    }


def from_json(text: str | bytes) -> FlightRecord:
    """The record that `to_json` wrote; raises ValueError, KeyError or TypeError for others."""
    read: dict[str, Any] = json.loads(text)
    return FlightRecord(
        read["session"],
        "up" if read["direction"] == "up" else "down",
        float(read["taken_at"]),
        float(read["since"]),
        bool(read["is_whole"]),
        tuple(read["draws"]),
        {name: tuple(map(_inbound, found)) for name, found in read["publications"].items()},
        tuple(map(_outbound, read["sections"])),
        tuple(map(_read_stream, read["streams"])),
        tuple(Event(*event) for event in read["events"]),
        tuple((at, order) for at, order in read["ticks"]),
    )


def _read_stream(read: Mapping[str, Any]) -> StreamRecord:
    return StreamRecord(
        read["session"],
        read["publication"],
        read["mid"],
        Kind(read["kind"]),
        read["rid"],
        read["ssrc"],
        base64.b64decode(read["packets"]),
        tuple(Event(*event) for event in read["events"]),
    )


def _inbound(read: Mapping[str, Any]) -> InboundSection:
    return InboundSection(
        mid=read["mid"],
        kind=Kind(read["kind"]),
        codecs=tuple(map(_codec, read["codecs"])),
        extensions=tuple(Extension(**extension) for extension in read["extensions"]),
        ssrcs=tuple(read["ssrcs"]),
        rtx_ssrcs=tuple((media, rtx) for media, rtx in read["rtx_ssrcs"]),
        rids=tuple(read["rids"]),
    )


def _outbound(read: Mapping[str, Any]) -> OutboundSection:
    return OutboundSection(
        mid=read["mid"],
        kind=Kind(read["kind"]),
        codecs=tuple(map(_codec, read["codecs"])),
        ssrc=read["ssrc"],
        rtx_ssrc=read["rtx_ssrc"],
        cname=read["cname"],
        extensions=tuple(Extension(**extension) for extension in read["extensions"]),
    )


def _codec(read: Mapping[str, Any]) -> Codec:
    return Codec(**{**read, "feedback": tuple(read["feedback"])})

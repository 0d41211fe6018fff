"""When a picture was awaited and its publisher sent nothing, as a session's record tells."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from signaling.forwarding.aims import NOTHING
from signaling.forwarding.flight import Event
from signaling.forwarding.negotiated import Kind
from signaling.forwarding.record import FlightRecord, StreamRecord

SILENT: Final = (
    1.0  # seconds without a packet of a picture; Chromium sends one each 200 ms at least
)


@dataclass(frozen=True)
class Silence:
    """From when to when (seconds on the worker's clock) no packet of a picture came."""

    start: float
    end: float
    mid: str


@dataclass(frozen=True)
class Unwanted:
    """When a viewer was to be shown nothing of a picture; an empty name: of which is not known."""

    start: float
    end: float
    publication: str
    mid: str


def silences(record: FlightRecord) -> Iterator[Silence]:
    """Times without a packet of any layer, in which one was wanted.

    One layer alone is no witness: pages pause layers that nobody watches, and all of them while
    nothing is to be shown.
    """
    pictures: dict[tuple[str, str, str], list[StreamRecord]] = {}
    for stream in record.streams:
        if stream.kind == Kind.VIDEO:
            place = stream.session, stream.publication, stream.mid
            pictures.setdefault(place, []).append(stream)
    unwanted = list(_unwanted(record))
    for (_, publication, mid), layers in pictures.items():
        known = {("", ""), (publication, mid)}
        excuses = [one for one in unwanted if (one.publication, one.mid) in known]
        for start, end in _gaps(layers, record.taken_at):
            is_excused = any(one.start - SILENT < start < one.end for one in excuses)
            if not (is_excused and any(layer.rid for layer in layers)):
                yield Silence(start, end, mid)


def _gaps(layers: Iterable[StreamRecord], taken_at: float) -> Iterator[tuple[float, float]]:
    times = sorted(note.at for layer in layers for note in layer.packets)
    for start, end in zip(times, [*times[1:], taken_at], strict=False):
        if end - start > SILENT:
            yield start, end


def _unwanted(record: FlightRecord) -> Iterator[Unwanted]:
    for section in record.sections:
        if section.kind == Kind.VIDEO:
            events = [event for event in record.events if event.mid == section.mid]
            yield from _unwanted_in(events, record.taken_at)


def _unwanted_in(events: Iterable[Event], taken_at: float) -> Iterator[Unwanted]:
    """The times in one section of a viewer."""
    publication = mid = ""
    since: float | None = None
    for event in events:
        is_over = event.what in {"attach", "detach", "gone", "aim"}
        if since is not None and is_over:
            yield Unwanted(since, event.at, publication, mid)
            since = None
        if event.what == "attach":
            publication, mid = str(event.facts["publication"]), str(event.facts["source"])
        elif event.what == "aim" and event.facts["after"] == NOTHING:
            since = None if event.facts["reason"] == "silent" else event.at
    if since is not None:
        yield Unwanted(since, taken_at, publication, mid)

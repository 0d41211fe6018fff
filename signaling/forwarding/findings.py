"""Why a picture froze: what a session's record says about silences, losses, waits and pauses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from signaling.forwarding.aims import NOTHING
from signaling.forwarding.flight import DUPLICATE, REPAIRED, START, Event
from signaling.forwarding.negotiated import Kind
from signaling.forwarding.record import FlightRecord, StreamRecord
from signaling.forwarding.sequence import Unwrapper
from signaling.forwarding.silences import silences

UNHEARD: Final = 2.0  # seconds without a report of a viewer that sends five a second
CHATTY: Final = 10  # reports from which on a viewer counts as one that reports all the time
PATIENT: Final = 0.2  # seconds that nobody calls waiting
TOGETHER: Final = 1.0  # seconds between losses that are one finding
TOLD_EVERY: Final = 5.0  # seconds; so long before the report it may have been
MOST_GAP: Final = 256  # numbers; a wider gap is a new beginning
BEFORE: Final = 5.0  # seconds before a moment that may explain it
AFTER: Final = 1.0


@dataclass(frozen=True)
class Finding:
    """One cause, from when to when (seconds on the worker's clock), and its numbers.

    Codes: `publisher-silent`, `lost-on-the-way-in`, `repaired-on-the-way-in`,
    `lost-on-the-way-out`, `viewer-silent`, `waited-for-key-frame`, `paused`, `not-shown`,
    `layer-changed`, `source-gone`, `froze` (this one the viewer's browser has counted itself).
    """

    code: str
    at: float
    until: float
    mid: str
    facts: dict[str, int | str] = field(default_factory=dict)


def explain(record: FlightRecord, moment: float | None = None) -> list[Finding]:
    """What happened, in order; with a moment only what may explain a freeze then."""
    found = [finding for stream in record.streams for finding in _of_stream(stream)]
    for one in silences(record):
        spent: dict[str, int | str] = {"milliseconds": _ms(one.end - one.start)}
        found.append(Finding("publisher-silent", one.start, one.end, one.mid, spent))
    if record.direction == "down":
        found.extend(_of_viewer(record))
    found = [finding for finding in found if finding.until >= record.since]
    found.sort(key=lambda finding: (finding.at, finding.code, finding.mid))
    if moment is None:
        return found
    return [one for one in found if one.at <= moment + AFTER and one.until >= moment - BEFORE]


def _of_stream(stream: StreamRecord) -> Iterator[Finding]:
    facts: dict[str, int | str] = {"layer": stream.rid} if stream.rid else {}
    mended, lost = _losses(stream)
    for group in _bursts(mended, TOGETHER):
        slowest = max(end - start for start, end in group)
        numbers = {**facts, "packets": len(group), "milliseconds": _ms(slowest)}
        end = max(end for _, end in group)
        yield Finding("repaired-on-the-way-in", group[0][0], end, stream.mid, numbers)
    for gone in _bursts([(at, at) for at in lost], TOGETHER):
        numbers = {**facts, "packets": len(gone)}
        yield Finding("lost-on-the-way-in", gone[0][0], gone[-1][0], stream.mid, numbers)


def _losses(stream: StreamRecord) -> tuple[list[tuple[float, float]], list[float]]:
    """When packets were missed and came after all, and when those were missed that never did."""
    unwrapper, highest = Unwrapper(), -1
    missing: dict[int, float] = {}
    mended: list[tuple[float, float]] = []
    for note in stream.packets:
        number = unwrapper.unwrap(note.sequence)
        if highest < 0 or number - highest > MOST_GAP:
            highest = number
        elif number > highest:
            missing.update(dict.fromkeys(range(highest + 1, number), note.at))
            highest = number
        elif number in missing and not note.flags & DUPLICATE:
            missed_at = missing.pop(number)
            if note.flags & REPAIRED:  # others were only overtaken
                mended.append((missed_at, note.at))
    return mended, sorted(missing.values())


def _of_viewer(record: FlightRecord) -> Iterator[Finding]:
    yield from _unheard(record)
    for section in record.sections:
        events = [event for event in record.events if event.mid == section.mid]
        yield from _lost_by_viewer(events)
        if section.kind == Kind.VIDEO:
            yield from _aims(events, record)
            yield from _waits(events, record)
            yield from _counted(events)


def _unheard(record: FlightRecord) -> Iterator[Finding]:
    """A viewer that reports all the time, and then does not: nothing comes through."""
    times = [event.at for event in record.events if event.what == "rtcp"]
    if len(times) < CHATTY:
        return
    for start, end in zip(times, [*times[1:], record.taken_at], strict=True):
        if end - start > UNHEARD:
            yield Finding("viewer-silent", start, end, "", {"milliseconds": _ms(end - start)})


def _lost_by_viewer(events: Iterable[Event]) -> Iterator[Finding]:
    asked = [event for event in events if event.what == "nack"]
    for group in _bursts([(event.at, event.at) for event in asked], TOGETHER):
        inside = [event for event in asked if group[0][0] <= event.at <= group[-1][0]]
        names = ("asked", "sent", "gone", "held")
        total: dict[str, int | str] = {n: sum(int(e.facts[n]) for e in inside) for n in names}
        total["requests"] = len(inside)
        yield Finding("lost-on-the-way-out", group[0][0], group[-1][0], asked[0].mid, total)


def _aims(events: Iterable[Event], record: FlightRecord) -> Iterator[Finding]:
    """Changes of layer, and times in which nothing was to be shown."""
    changes = [event for event in events if event.what in {"aim", "gone"}]
    following = (event.at for event in changes[1:])
    for event in changes:
        until = next(following, record.taken_at)
        facts = event.facts
        if event.what == "gone":
            yield Finding("source-gone", event.at, until, event.mid)
        elif facts["after"] == NOTHING and facts["reason"] == "silent":
            continue  # the silence is a finding of its own
        elif facts["after"] == NOTHING:
            code = "not-shown" if facts["reason"] == "limit" else "paused"
            yield Finding(code, event.at, until, event.mid, facts)
        elif facts["reason"] != "first":
            yield Finding("layer-changed", event.at, event.at, event.mid, facts)


def _waits(events: Iterable[Event], record: FlightRecord) -> Iterator[Finding]:
    """From asking for a key frame until one came."""
    starts = sorted(
        note.at
        for stream in record.streams
        if stream.kind == Kind.VIDEO
        for note in stream.packets
        if note.flags & START
    )
    waiting: float | None = None
    mid, is_entering = "", False
    for event in events:
        if event.what == "pli" or (event.what == "aim" and event.facts["after"] != NOTHING):
            mid, waiting = event.mid, event.at if waiting is None else waiting
            is_entering = is_entering or event.what == "aim"
        elif event.what == "enter" and waiting is not None:
            yield from _wait(waiting, event.at, mid)
            waiting, is_entering = None, False
        if waiting is not None and not is_entering:
            came = next((at for at in starts if at > waiting), record.taken_at)
            yield from _wait(waiting, came, mid)
            waiting = None
    if waiting is not None:
        yield from _wait(waiting, record.taken_at, mid)


def _counted(events: Iterable[Event]) -> Iterator[Finding]:
    """What the browser counted since its page last told of it."""
    for event in events:
        if event.what == "froze":
            yield Finding("froze", event.at - TOLD_EVERY, event.at, event.mid, event.facts)


def _wait(start: float, end: float, mid: str) -> Iterator[Finding]:
    if end - start > PATIENT:
        yield Finding("waited-for-key-frame", start, end, mid, {"milliseconds": _ms(end - start)})


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _bursts(
    moments: Iterable[tuple[float, float]], apart: float
) -> Iterator[list[tuple[float, float]]]:
    """The spans in groups, each with less than so many seconds between its beginnings."""
    group: list[tuple[float, float]] = []
    for moment in sorted(moments):
        if group and moment[0] - group[-1][0] > apart:
            yield group
            group = []
        group.append(moment)
    if group:
        yield group

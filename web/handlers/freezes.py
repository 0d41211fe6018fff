"""Why a picture froze, in the reader's words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from interviews.texts import N_
from signaling.forwarding.aims import NOTHING
from signaling.forwarding.findings import Finding, explain
from signaling.forwarding.record import FlightRecord
from web.pages import say

TEXTS = {
    "publisher-silent": N_("The publisher sent nothing for %(milliseconds)s ms."),
    "lost-on-the-way-in": N_(
        "%(packets)s packets were lost on the way to the server and never came."
    ),
    "repaired-on-the-way-in": N_(
        "%(packets)s packets were lost on the way to the server and repaired, the slowest after "
        "%(milliseconds)s ms."
    ),
    "lost-on-the-way-out": N_(
        "The viewer missed %(asked)s packets and asked %(requests)s times: %(sent)s were repeated, "
        "%(gone)s could not be (too old), %(held)s did not fit through the link."
    ),
    "viewer-silent": N_("Nothing was heard of the viewer for %(milliseconds)s ms."),
    "waited-for-key-frame": N_("The viewer waited %(milliseconds)s ms for a key frame."),
    "paused": N_(
        "The picture was paused: the link carried %(usable)s kbit/s, the lowest layer needs "
        "%(needed)s kbit/s."
    ),
    "not-shown": N_("The page asked for no picture."),
    "froze": N_(
        "Within five seconds the viewer's browser counted freezes: %(freezes)s, %(milliseconds)s "
        "ms together."
    ),
    "source-gone": N_("The publisher left."),
}
RESUMED = N_("The picture goes on with layer %(after)s.")
CHANGES = {
    "estimate": N_("Layer %(before)s became %(after)s: the link carries %(usable)s kbit/s."),
    "limit": N_("Layer %(before)s became %(after)s: the page asked for another size."),
    "silent": N_("Layer %(before)s became %(after)s: the publisher no longer sent the first."),
}
GRAVE = frozenset({"publisher-silent", "viewer-silent", "paused", "waited-for-key-frame", "froze"})


@dataclass(frozen=True, slots=True)
class Cause:
    """One finding for the page."""

    at: datetime
    seconds: float
    mid: str
    text: str
    is_grave: bool


def causes(request: web.Request, record: FlightRecord, *, now: datetime) -> list[Cause]:
    """What the record says, the newest first; `now` is when the record was taken."""
    return [_cause(request, one, record, now) for one in reversed(explain(record))]


def _cause(request: web.Request, one: Finding, record: FlightRecord, now: datetime) -> Cause:
    text = _text(one)
    facts = dict(one.facts)
    for rate in ("usable", "needed"):
        facts[rate] = int(facts.get(rate, 0)) // 1000
    return Cause(
        now - timedelta(seconds=record.taken_at - one.at),
        round(one.until - one.at, 1),
        one.mid,
        say(request, text, **facts),
        one.code in GRAVE,
    )


def _text(one: Finding) -> str:
    if one.code != "layer-changed":
        return TEXTS[one.code]
    return RESUMED if one.facts["before"] == NOTHING else CHANGES[str(one.facts["reason"])]

"""Why a section's layer changed: noted once, when it does."""

from datetime import timedelta
from typing import Final

from signaling.forwarding.allocation import Aim, Feed
from signaling.forwarding.counters import SessionCounters
from signaling.forwarding.flight import Events
from signaling.forwarding.flow import Flow

NOTHING: Final = "-"  # in place of a layer's name: nothing is sent


class Aims:
    """The layer that each section of one viewer was last aimed at."""

    def __init__(self, notes: Events, counters: SessionCounters) -> None:
        self._notes = notes
        self._counters = counters
        self._last: dict[str, tuple[str, str, int | None]] = {}  # source, layer, limit

    def note(self, mid: str, aim: Aim, feed: Feed, usable: int, now: timedelta) -> None:
        """Note what a section is to get from now on, if that is something else than before."""
        layer = NOTHING if aim.rid is None else aim.rid
        last = self._last.get(mid)
        source = feed.track.publication
        self._last[mid] = source, layer, feed.limit
        if last is not None and last[:2] == (source, layer):
            return
        is_new = last is None or last[0] != source
        before = NOTHING if last is None or is_new else last[1]
        reason = "first" if is_new else _reason(before, feed, last[2] if last else None)
        if not is_new:
            self._counters.switches += NOTHING not in {layer, before}
            self._counters.pauses += layer == NOTHING and reason == "estimate"
        self._notes.add(
            "aim",
            mid,
            now,
            before=before,
            after=layer,
            reason=reason,
            usable=usable,
            needed=_lowest(feed),
            at_once=int(aim.at_once),
        )

    def differs(self, mid: str, flow: Flow | None) -> bool:
        """Whether the section is to get something else than what flows."""
        _, layer, _ = self._last.get(mid, ("", NOTHING, None))
        return layer != (NOTHING if flow is None else flow.stream.rid)

    def forget(self, mid: str) -> None:
        """The section is attached to nothing."""
        self._last.pop(mid, None)


def _reason(before: str, feed: Feed, limit: int | None) -> str:
    if feed.limit != limit:
        return "limit"
    names = [layer.rid for layer in feed.layers] if feed.layers is not None else [before]
    if before != NOTHING and before not in names:
        return "silent"
    return "estimate"


def _lowest(feed: Feed) -> int:
    """Bits per second of the least that could be sent."""
    if feed.layers:
        return feed.layers[0].bitrate
    only = feed.track.layers.get("")
    return only.rate.bitrate if only is not None else 0

"""Which simulcast layers of an offered section we take, from the smallest picture to the largest.

RFC 8853 §5.2 ranks streams by the offerer's preference, not by size, so the sizes are found out:
what the a=rid lines state wins (max-width and max-height, else max-br, RFC 8851 §5), then names
that say it; layers that are numbered from 0 begin with the largest (OBS); all others begin with the
smallest, in which order browsers scale `sendEncodings` that say nothing. Names come before the
order because pages for Firefox begin with the largest: it used to want that.
"""

from collections.abc import Iterable
from dataclasses import replace

from signaling.sdp.model import MediaSection
from signaling.sdp.values import Rid

_ANY_PAYLOAD_TYPE = "pt"
# In use among clients, ascending; a letter may stand in several (h is "half" or "high").
_SCALES = (
    ("q", "h", "f"),
    ("l", "m", "h"),
    ("lo", "mid", "hi"),
    ("low", "mid", "high"),
    ("low", "med", "high"),
    ("low", "medium", "high"),
    ("small", "medium", "large"),
    ("r0", "r1", "r2"),
)
_Restrictions = dict[str, str]


def layers(section: MediaSection, payload_types: Iterable[int], *, at_most: int) -> tuple[Rid, ...]:
    """The layers that we receive, smallest first; none when the section offers no simulcast.

    Of alternatives the first that we can take stands for its stream, as we receive one format a
    stream. A layer that is offered paused (`~`) is taken like the others: it may start at any
    time (RFC 8853 §5.2). A name without its a=rid line is passed over, as is a layer whose payload
    types are none of `payload_types` (RFC 8853 §5.3). Beyond `at_most` the smallest, the largest
    and what lies between them are kept.
    """
    if section.simulcast is None or at_most == 0:
        return ()
    usable = _usable(section, frozenset(payload_types))
    chosen: dict[str, Rid] = {}
    for stream in section.simulcast.send:
        first = next((layer.rid for layer in stream if layer.rid in usable), None)
        if first is not None:
            chosen.setdefault(first, usable[first])
    return _spread(_ascending(tuple(chosen.values())), at_most)


def as_offered(section: MediaSection, rids: Iterable[Rid]) -> tuple[Rid, ...]:
    """These layers in the order of the offer, in which an answer names them (RFC 8853 §5.3)."""
    offered = section.simulcast.send if section.simulcast is not None else ()
    places = {layer.rid: place for place, stream in enumerate(offered) for layer in stream}
    return tuple(sorted(rids, key=lambda rid: places[rid.id]))


def _usable(section: MediaSection, payload_types: frozenset[int]) -> dict[str, Rid]:
    """Name -> the layer as we answer it, its restrictions kept (RFC 8851 §6.3)."""
    found: dict[str, Rid] = {}
    spoken = frozenset(map(str, payload_types))
    for rid in section.rids:
        stated = _restrictions(rid)
        if _ANY_PAYLOAD_TYPE in stated:
            ours = _common(stated[_ANY_PAYLOAD_TYPE], spoken)
            if not ours:
                continue
            stated[_ANY_PAYLOAD_TYPE] = ours
        if rid.direction == "send":
            found.setdefault(rid.id, replace(rid, direction="recv", restrictions=_text(stated)))
    return found


def _common(offered: str, spoken: frozenset[str]) -> str:
    numbers = dict.fromkeys(text.strip() for text in offered.split(","))
    return ",".join(text for text in numbers if text in spoken)


def _ascending(rids: tuple[Rid, ...]) -> tuple[Rid, ...]:
    stated = [_restrictions(rid) for rid in rids]
    for sizes in ([_area(each) for each in stated], [_number(each, "max-br") for each in stated]):
        if all(sizes) and len(set(sizes)) == len(sizes):
            by_size = dict(zip(sizes, rids, strict=True))
            return tuple(by_size[size] for size in sorted(by_size))
    names = [rid.id.lower() for rid in rids]
    scale = next((known for known in _SCALES if set(names) <= set(known)), ())
    if scale:
        return tuple(sorted(rids, key=lambda rid: scale.index(rid.id.lower())))
    is_numbered = names == [str(place) for place in range(len(rids))]
    return tuple(reversed(rids)) if is_numbered else rids


def _area(stated: _Restrictions) -> int:
    return _number(stated, "max-width") * _number(stated, "max-height")


def _number(stated: _Restrictions, name: str) -> int:
    text = stated.get(name, "")[:9]
    return int(text) if text.isascii() and text.isdigit() else 0


def _restrictions(rid: Rid) -> _Restrictions:
    parts = (part.partition("=") for part in rid.restrictions.split(";"))
    return {name.strip(): value.strip() for name, _, value in parts if name.strip()}


def _text(stated: _Restrictions) -> str:
    return ";".join(f"{name}={value}" if value else name for name, value in stated.items())


def _spread(rids: tuple[Rid, ...], at_most: int) -> tuple[Rid, ...]:
    if len(rids) <= at_most:
        return rids
    last = len(rids) - 1
    return tuple(rids[round(place * last / max(at_most - 1, 1))] for place in range(at_most))

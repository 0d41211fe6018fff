"""Offers of one kind differ in a few values: the rest is read and agreed on only once.

A form is a viewer's offer without its values; Firefox names SSRCs even where it only receives. What
is agreed on is found out with made-up values, and the real ones are put in their places, each read
as `parse` reads it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from signaling.sdp import attributes as read
from signaling.sdp.agreement import Agreement, reach
from signaling.sdp.errors import SdpError
from signaling.sdp.levels import MIN_PASSWORD, MIN_UFRAG
from signaling.sdp.lines import Attribute, Line
from signaling.sdp.parse import parse
from signaling.sdp.policy import Policy
from signaling.sdp.values import IceParameters

_MOST_FORMS: Final = 32  # of 53 kB at most: some kinds of browsers in rooms of some sizes
_LONGEST: Final = 1_024  # characters of a value; what is longer is read in full
_VALUES: Final = re.compile(
    r"(?m)^(o=|a=ice-ufrag:|a=ice-pwd:|a=fingerprint:|a=candidate:|a=ssrc:|a=ssrc-group:)"
    r"([^\0\r\n]*)(?=\r?$)"
)
_GROUPS: Final = 3  # splitting gives in turn the text before a value, its name, and itself

_READ: Final[dict[str, Callable[[Attribute], object]]] = {
    "o=": lambda value: read.origin(value.line),
    "a=ice-ufrag:": lambda value: read.ice_text(value, low=MIN_UFRAG),
    "a=ice-pwd:": lambda value: read.ice_text(value, low=MIN_PASSWORD),
    "a=fingerprint:": read.fingerprint,
    "a=candidate:": read.candidate,
    "a=ssrc:": read.source,
    "a=ssrc-group:": read.source_group,
}
_MADE_UP: Final[dict[str, Callable[[int], str]]] = {  # by the place among the values
    "o=": lambda _: "- 1 1 IN IP4 192.0.2.1",
    "a=ice-ufrag:": lambda place: f"{place:0{MIN_UFRAG}}",
    "a=ice-pwd:": lambda place: f"{place:0{MIN_PASSWORD}}",
    "a=fingerprint:": lambda place: f"sha-256 {place // 256:02X}:{place % 256:02X}",
    "a=candidate:": lambda _: "1 1 udp 1 192.0.2.1 9 typ host",
    "a=ssrc:": lambda place: f"{place} cname:x",
    "a=ssrc-group:": lambda _: "FID 1 2",
}


def agreed(text: str, policy: Policy) -> Agreement:
    """What both sides agree on, as `reach(parse(text), policy)` finds it.

    Raises:
        MalformedSdpError, UnsupportedSdpError: as those do.
    """
    if policy.hears:  # its streams are a part of what is agreed on, and no two are alike
        return reach(parse(text), policy)
    pieces = _VALUES.split(text.rstrip("\r\n"))
    names, values = tuple(pieces[1::_GROUPS]), pieces[2::_GROUPS]
    try:
        for pair in set(zip(names, values, strict=True)):
            _check(*pair)
        form = _form(tuple(pieces[::_GROUPS]), names, policy)
    except SdpError:  # read in full, it tells the first line that is wrong
        return reach(parse(text), policy)
    return replace(
        form.agreement,
        ice=IceParameters(values[form.ufrag].strip(), values[form.password].strip()),
        fingerprints=tuple(
            read.fingerprint(_attribute(names[place], values[place])) for place in form.fingerprints
        ),
    )


@dataclass(frozen=True, slots=True)
class _Form:
    """What is agreed on with made-up values, and which of the real ones replace them."""

    agreement: Agreement
    ufrag: int
    password: int
    fingerprints: tuple[int, ...]


@lru_cache(_MOST_FORMS)
def _form(between: tuple[str, ...], names: tuple[str, ...], policy: Policy) -> _Form:
    values = [_MADE_UP[name](place) for place, name in enumerate(names)]
    filled = zip(names, values, between[1:], strict=True)
    text = between[0] + "".join(part for parts in filled for part in parts)
    agreement = reach(parse(text), policy)
    places = {value: place for place, value in enumerate(values)}
    prints = (f"{known.algorithm} {known.value}" for known in agreement.fingerprints)
    return _Form(
        agreement,
        places[agreement.ice.ufrag],
        places[agreement.ice.password],
        tuple(places[known] for known in prints),
    )


def _check(name: str, value: str) -> None:
    """Read a value; raises MalformedSdpError."""
    attribute = _attribute(name, value)
    if len(value) > _LONGEST:
        raise attribute.line.fail("a value is short")
    _READ[name](attribute)


def _attribute(name: str, value: str) -> Attribute:
    return Attribute(Line(0, name[0], value), name[2:-1], value)

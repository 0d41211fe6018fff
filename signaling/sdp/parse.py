"""Text to Session (RFC 8866). Whatever the text, the outcome is a value or MalformedSdpError."""

from functools import lru_cache

from signaling.sdp import attributes as read
from signaling.sdp.errors import MalformedSdpError
from signaling.sdp.levels import Level, MediaLevel
from signaling.sdp.lines import Line, attribute, sections, split
from signaling.sdp.model import MediaSection, Session
from signaling.sdp.values import Origin

MAX_SECTIONS = 64
_SESSION_TYPES = frozenset("vosiuepcbtrzka")
_MEDIA_TYPES = frozenset("micbka")
# What tells two sections of two offers of one browser apart; all the rest they have in common.
_OWN = (
    *("mid:", "msid:", "ssrc:", "ssrc-group:", "candidate:", "end-of-candidates"),
    *("ice-ufrag:", "ice-pwd:", "fingerprint:"),
)
_MOST_REMEMBERED = 256  # sections: some kinds of browsers with a few kinds of sections each
_LONGEST_REMEMBERED = 8_192  # characters; Chromium's video section has 4,000


def parse(text: str) -> Session:
    """The description that this text states.

    Raises:
        MalformedSdpError: with the number of the first line that breaks a rule, and the rule.
    """
    head, bodies = sections(split(text))
    level = Level()
    origin = _session_lines(head, level)
    if len(bodies) > MAX_SECTIONS:
        raise bodies[MAX_SECTIONS][0].fail(f"a description has at most {MAX_SECTIONS} sections")
    media = tuple(_media(lines) for lines in bodies)
    _check_mids(media, bodies)
    return Session(
        origin=origin,
        name=next((line.value for line in head if line.type == "s"), "-"),
        groups=tuple(level.groups),
        address=level.address,
        direction=level.direction,
        transport=level.transport(),
        extensions=tuple(level.extensions),
        extmap_allow_mixed="extmap-allow-mixed" in level.flags,
        media=media,
    )


def _session_lines(head: list[Line], level: Level) -> Origin:
    if not head or head[0].type != "v" or head[0].value.strip() != "0":
        raise (head[0] if head else Line(1, "v", "")).fail("a description starts with v=0")
    origin: Origin | None = None
    for line in head:
        if line.type not in _SESSION_TYPES:
            raise line.fail(f"{line.type}= does not stand at session level")
        if line.type == "o":
            origin = read.origin(line)
        elif line.type == "c":
            level.address = read.connection(line)
        elif line.type == "a":
            level.take(attribute(line))
    if origin is None:
        raise head[-1].fail("a description has o=")
    return origin


def _media(lines: list[Line]) -> MediaSection:
    """The section of these lines; what it has in common with others is read only once."""
    own: list[Line] = []
    common: list[tuple[str, str]] = []
    for line in lines:
        if line.type == "a" and line.value.startswith(_OWN):
            own.append(line)
        else:
            common.append((line.type, line.value))
    if sum(len(value) for _, value in common) > _LONGEST_REMEMBERED:
        return _read(lines)
    try:
        shared = _shared(tuple(common))
    except MalformedSdpError:  # read from the beginning, it tells the first line that is wrong
        return _read(lines)
    level = MediaLevel(lines[0], formats=(), is_rtp=False)
    for line in own:
        level.take(attribute(line))
    return level.added_to(shared)


@lru_cache(_MOST_REMEMBERED)
def _shared(common: tuple[tuple[str, str], ...]) -> MediaSection:
    return _read([Line(number, *line) for number, line in enumerate(common, start=1)])


def _read(lines: list[Line]) -> MediaSection:
    first = lines[0]
    words = first.words(first.value, "m=", low=4)
    port, _, _ = words[1].partition("/")
    level = MediaLevel(first, formats=tuple(words[3:]), is_rtp="RTP/" in words[2])
    for line in lines[1:]:
        if line.type not in _MEDIA_TYPES:
            raise line.fail(f"{line.type}= does not stand in a media section")
        if line.type == "c":
            level.address = read.connection(line)
        elif line.type == "a":
            level.take(attribute(line))
    return level.section(
        kind=words[0],
        port=first.integer(port, "the port", low=0, high=read.MAX_PORT),
        protocol=words[2],
    )


def _check_mids(media: tuple[MediaSection, ...], bodies: list[list[Line]]) -> None:
    seen: set[str] = set()
    for section, lines in zip(media, bodies, strict=True):
        if section.mid is not None and section.mid in seen:
            raise lines[0].fail(f"a=mid:{section.mid} stands in one section only")
        seen.add(section.mid or "")

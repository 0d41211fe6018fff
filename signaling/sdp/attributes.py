"""The values of single attributes: text in, value out, or MalformedSdpError with the line."""

import re
from typing import get_args

from signaling.sdp.lines import Attribute, Line
from signaling.sdp.values import (
    Direction,
    Fingerprint,
    HeaderExtension,
    IceCandidate,
    Layer,
    Origin,
    Rid,
    Setup,
    Simulcast,
    Source,
    SourceGroup,
    StreamId,
    Streams,
)

MAX_SSRC = 2**32 - 1
MAX_GROUP = 16  # SSRCs; browsers group two, or as many as there are layers
MAX_LAYERS = 16  # of a direction, alternatives and all; browsers offer three
MAX_PAYLOAD_TYPE = 127
MAX_PORT = 65_535
MAX_ICE_TEXT = 256  # characters, RFC 8839 §5.4
MAX_ICE_COMPONENT = 256
MAX_EXTENSION_ID = 4_351  # 4096 and above stand for ids to be chosen (RFC 8285 §7)
_ICE_TEXT = re.compile(r"[\x21-\x7e]+")  # some clients use base64url letters
_HEX_PAIRS = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2})+")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_RID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_DIRECTIONS: dict[str, Direction] = {name: name for name in get_args(Direction)}
_SETUPS: tuple[Setup, ...] = get_args(Setup)


def origin(line: Line) -> Origin:
    """RFC 8866 §5.2: `o=- 1 2 IN IP4 127.0.0.1`."""
    words = line.words(line.value, "o=", low=6, high=6)
    return Origin(
        username=words[0],
        session_id=line.integer(words[1], "the session id", low=0, high=2**64 - 1),
        version=line.integer(words[2], "the session version", low=0, high=2**64 - 1),
        network=words[3],
        address_type=words[4],
        address=words[5],
    )


def connection(line: Line) -> str:
    """RFC 8866 §5.7: the address of `c=IN IP4 …`."""
    network, family, address = line.words(line.value, "c=", low=3, high=3)
    if network != "IN" or family not in ("IP4", "IP6"):
        raise line.fail("c= is IN, IP4 or IP6, and an address")
    return address


def direction(name: str) -> Direction | None:
    """The direction that an attribute of this name states, if it is one."""
    return _DIRECTIONS.get(name)


def token(attribute: Attribute, what: str) -> str:
    """One printable word."""
    text = attribute.value()
    if not _TOKEN.fullmatch(text):
        raise attribute.line.fail(f"{what} is one token")
    return text


def ice_text(attribute: Attribute, *, low: int) -> str:
    """RFC 8839 §5.4: a ufrag (≥ 4) or password (≥ 22) of at most 256 characters."""
    text = attribute.value()
    if not _ICE_TEXT.fullmatch(text) or not low <= len(text) <= MAX_ICE_TEXT:
        raise attribute.line.fail(
            f"a={attribute.name} has {low} to {MAX_ICE_TEXT} printable characters"
        )
    return text


def group(attribute: Attribute) -> tuple[str, tuple[str, ...]]:
    """RFC 5888 §5: semantics and mids."""
    semantics, *mids = attribute.value().split()
    return semantics, tuple(mids)


def fingerprint(attribute: Attribute) -> Fingerprint:
    """RFC 8122 §5: `sha-256 AB:CD:…`; case of the hex digits does not matter."""
    line = attribute.line
    algorithm, value = line.words(attribute.value(), "a=fingerprint", low=2, high=2)
    if not _HEX_PAIRS.fullmatch(value.upper()):
        raise line.fail("the value of a=fingerprint is hex pairs with colons")
    return Fingerprint(algorithm.lower(), value.upper())


def setup(attribute: Attribute) -> Setup:
    """RFC 4145 §4: the role in the handshake."""
    text = attribute.value()
    for known in _SETUPS:
        if text == known:
            return known
    raise attribute.line.fail("a=setup is active, passive, actpass or holdconn")


def candidate(attribute: Attribute) -> IceCandidate:
    """RFC 8839 §5.1: `foundation component transport priority address port typ type …`."""
    line = attribute.line
    words = line.words(attribute.value(), "a=candidate", low=8)
    if words[6] != "typ":
        raise line.fail("the seventh field of a=candidate is 'typ'")
    rest = words[8:]
    if len(rest) % 2:
        raise line.fail("candidate extensions come in pairs")
    return IceCandidate(
        foundation=words[0],
        component=line.integer(words[1], "the component", low=1, high=MAX_ICE_COMPONENT),
        transport=words[2].lower(),
        priority=line.integer(words[3], "the priority", low=0, high=2**32 - 1),
        address=words[4],
        port=line.integer(words[5], "the port", low=0, high=MAX_PORT),
        type=words[7],
        extensions=tuple(zip(rest[::2], rest[1::2], strict=True)),
    )


def extension(attribute: Attribute) -> HeaderExtension:
    """RFC 8285 §8: `id[/direction] URI [attributes]`."""
    line = attribute.line
    head, uri, *rest = line.words(attribute.value(), "a=extmap", low=2)
    number, slash, way = head.partition("/")
    stated = direction(way)
    if slash and stated is None:
        raise line.fail("the direction of a=extmap is sendrecv, sendonly, recvonly or inactive")
    return HeaderExtension(
        id=line.integer(number, "an extension id", low=1, high=MAX_EXTENSION_ID),
        uri=uri,
        direction=stated,
        attributes=" ".join(rest),
    )


def source(attribute: Attribute) -> Source:
    """RFC 5576 §4.1: one attribute of one SSRC."""
    number, _, rest = attribute.value().partition(" ")
    ssrc = attribute.line.integer(number, "an SSRC", low=0, high=MAX_SSRC)
    name, colon, value = rest.strip().partition(":")
    if not name:
        raise attribute.line.fail("a=ssrc names an attribute")
    return Source(ssrc, ((name, value if colon else None),))


def source_group(attribute: Attribute) -> SourceGroup:
    """RFC 5576 §4.2: semantics and SSRCs."""
    line = attribute.line
    semantics, *ssrcs = line.words(attribute.value(), "a=ssrc-group", low=2, high=1 + MAX_GROUP)
    return SourceGroup(
        semantics, tuple(line.integer(ssrc, "an SSRC", low=0, high=MAX_SSRC) for ssrc in ssrcs)
    )


def rid(attribute: Attribute) -> Rid:
    """RFC 8851 §4: `id send|recv [restrictions]`."""
    line = attribute.line
    name, way, *restrictions = line.words(attribute.value(), "a=rid", low=2)
    if not _RID.fullmatch(name):
        raise line.fail("the name of a=rid is letters, digits, '-' and '_'")
    match way:
        case "send":
            return Rid(name, "send", " ".join(restrictions))
        case "recv":
            return Rid(name, "recv", " ".join(restrictions))
        case _:
            raise line.fail("the direction of a=rid is send or recv")


def simulcast(attribute: Attribute) -> Simulcast:
    """RFC 8853 §5.1: `send a;b,~c recv d`; the blank behind the direction may be missing."""
    words = attribute.value().split()
    if len(words) not in (2, 4) or len(set(words[::2])) * 2 != len(words):
        raise attribute.line.fail("a=simulcast is one or two of send and recv with their streams")
    found: dict[str, Streams] = {"send": (), "recv": ()}
    for way, streams in zip(words[::2], words[1::2], strict=True):
        if way not in found:
            raise attribute.line.fail("a direction of a=simulcast is send or recv")
        if streams.count(";") + streams.count(",") >= MAX_LAYERS:
            raise attribute.line.fail(f"a=simulcast names at most {MAX_LAYERS} layers a direction")
        found[way] = tuple(
            tuple(_layer(attribute.line, choice) for choice in stream.split(","))
            for stream in streams.split(";")
        )
    return Simulcast(send=found["send"], receive=found["recv"])


def _layer(line: Line, text: str) -> Layer:
    name = text.removeprefix("~")
    if not _RID.fullmatch(name):
        raise line.fail("a=simulcast names rids")
    return Layer(name, paused=text.startswith("~"))


def stream_id(attribute: Attribute) -> StreamId:
    """RFC 8830 §2: stream and track."""
    stream, *rest = attribute.value().split()
    if len(rest) > 1:
        raise attribute.line.fail("a=msid has one or two identifiers")
    return StreamId(stream, rest[0] if rest else None)


def payload_type(line: Line, text: str) -> int:
    """A payload type number (RFC 3551)."""
    return line.integer(text, "a payload type", low=0, high=MAX_PAYLOAD_TYPE)


def parameters(text: str) -> tuple[tuple[str, str | None], ...]:
    """The parameters of an fmtp, whichever way blanks stand around its semicolons."""
    pairs = []
    for part in text.split(";"):
        name, equals, value = part.strip().partition("=")
        if name.strip():
            pairs.append((name.strip(), value.strip() if equals else None))
    return tuple(pairs)

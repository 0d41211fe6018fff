"""What a media worker hands to the outputs process, and the bytes of it on their local socket."""

import struct
from datetime import timedelta
from typing import Final, NamedTuple, assert_never

LENGTH: Final = struct.Struct("!I")
LONGEST: Final = 1 << 16  # bytes of one message; an RTP packet has at most some 1,500
MICROSECOND: Final = timedelta(microseconds=1)

_PACKET: Final = struct.Struct("!BBBBqqIIB")  # kind, three lengths, arrival, number, …
_CLOCK: Final = struct.Struct("!BBBIqQI")
_END: Final = struct.Struct("!BB")
_WANT: Final = struct.Struct("!BBB")
_PACKET_KIND, _CLOCK_KIND, _END_KIND, _WANT_KIND = 1, 2, 3, 4


class LinkFault(Exception):  # noqa: N818  like MalformedPacket
    """The other side does not speak our protocol; the link cannot be used any more."""


class MediaPacket(NamedTuple):
    """One RTP packet of a tapped section, in order of arrival, not of number."""

    output: str
    mid: str
    codec: str  # "opus", "vp8", "h264"
    arrived_at: timedelta  # on the monotonic clock that all processes of a machine share
    number: int  # gapless at the source: what is missing was lost
    ssrc: int
    timestamp: int
    marker: bool
    payload: bytes  # empty: it only takes its number


class SenderClock(NamedTuple):
    """A sender report of a tapped section (RFC 3550 §6.4.1): both values name one instant."""

    output: str
    mid: str
    ssrc: int
    arrived_at: timedelta
    ntp: int  # 32.32 bits, seconds
    timestamp: int


class SourceEnded(NamedTuple):
    """The publication is gone: nothing more will come for this output."""

    output: str


class KeyFrameWanted(NamedTuple):
    """The other way round: the picture of this section cannot go on without one."""

    output: str
    mid: str


Message = MediaPacket | SenderClock | SourceEnded


def encode(message: Message | KeyFrameWanted) -> bytes:
    """The length of a message, then the message."""
    match message:
        case MediaPacket():
            body = _encode_packet(message)
        case SenderClock():
            body = _encode_clock(message)
        case SourceEnded(output):
            name = output.encode()
            body = _END.pack(_END_KIND, len(name)) + name
        case KeyFrameWanted(output, mid):
            names = output.encode(), mid.encode()
            body = _WANT.pack(_WANT_KIND, *map(len, names)) + b"".join(names)
        case _:
            assert_never(message)
    return LENGTH.pack(len(body)) + body


def _encode_clock(clock: SenderClock) -> bytes:
    names = clock.output.encode(), clock.mid.encode()
    lengths = len(names[0]), len(names[1])
    arrived = clock.arrived_at // MICROSECOND
    fixed = _CLOCK.pack(_CLOCK_KIND, *lengths, clock.ssrc, arrived, clock.ntp, clock.timestamp)
    return fixed + names[0] + names[1]


def _encode_packet(packet: MediaPacket) -> bytes:
    names = packet.output.encode(), packet.mid.encode(), packet.codec.encode()
    fixed = _PACKET.pack(
        _PACKET_KIND,
        *map(len, names),
        packet.arrived_at // MICROSECOND,
        packet.number,
        packet.ssrc,
        packet.timestamp,
        packet.marker,
    )
    return b"".join((fixed, *names, packet.payload))


def decode(body: bytes) -> Message:
    """The message in these bytes, which came without their length; raises LinkFault."""
    try:
        match body[0]:
            case 1:
                return _decode_packet(body)
            case 2:
                _, *lengths, ssrc, arrived, ntp, timestamp = _CLOCK.unpack_from(body)
                output, mid = _names(body, _CLOCK.size, lengths)
                return SenderClock(output, mid, ssrc, arrived * MICROSECOND, ntp, timestamp)
            case 3:
                _, length = _END.unpack_from(body)
                return SourceEnded(*_names(body, _END.size, [length]))
            case kind:
                raise LinkFault(f"a message of kind {kind}")
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise LinkFault("a message was cut short") from error


def decode_wanted(body: bytes) -> KeyFrameWanted:
    """What the outputs process asks of a worker; raises LinkFault."""
    try:
        kind, *lengths = _WANT.unpack_from(body)
        output, mid = _names(body, _WANT.size, lengths)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise LinkFault("a message was cut short") from error
    if kind != _WANT_KIND:
        raise LinkFault(f"a message of kind {kind}")
    return KeyFrameWanted(output, mid)


def _decode_packet(body: bytes) -> MediaPacket:
    _, *lengths, arrived, number, ssrc, timestamp, marker = _PACKET.unpack_from(body)
    output, mid, codec = _names(body, _PACKET.size, lengths)
    payload = body[_PACKET.size + sum(lengths) :]
    return MediaPacket(
        output, mid, codec, arrived * MICROSECOND, number, ssrc, timestamp, bool(marker), payload
    )


def _names(body: bytes, start: int, lengths: list[int]) -> list[str]:
    names = []
    for length in lengths:
        name = body[start : start + length]
        if len(name) < length:
            raise IndexError(length)
        names.append(name.decode())
        start += length
    return names

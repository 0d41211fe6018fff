"""RTP packets (RFC 3550) and their header extensions (RFC 8285), read in place, never rebuilt."""

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

HEADER: Final = struct.Struct("!BBHII")
HEADER_SIZE: Final = HEADER.size
ONE_BYTE_PROFILE: Final = 0xBEDE  # RFC 8285 §4.2
TWO_BYTE_PROFILE: Final = 0x1000  # RFC 8285 §4.3, the low four bits are free
RTCP_TYPES: Final = range(192, 224)  # RFC 5761 §4
LONGEST_ONE_BYTE: Final = 16
HIGHEST_ONE_BYTE: Final = 14


class MalformedPacket(ValueError):  # noqa: N818  a noun of the protocol, not a fault of ours
    """These bytes are no RTP or RTCP packet that we can work with."""


class RtpHeader(NamedTuple):
    """Where everything is in one packet; payload_end leaves the padding out."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    csrc_end: int
    extension_profile: int  # 0 when the packet has no header extension
    payload_start: int
    payload_end: int


def is_rtcp(data: bytes) -> bool:
    """Whether a packet that shares the port with RTP is RTCP (RFC 5761 §4)."""
    return len(data) > 1 and data[1] in RTCP_TYPES


def parse_rtp(data: bytes) -> RtpHeader:
    """The header of a packet; raises MalformedPacket and nothing else."""
    size = len(data)
    if size < HEADER_SIZE or data[0] >> 6 != 2:  # noqa: PLR2004  the version (RFC 3550 §5.1)
        raise MalformedPacket("header")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    csrc_end = start = HEADER_SIZE + 4 * (first & 0x0F)
    profile = 0
    if first & 0x10:
        if start + 4 > size:
            raise MalformedPacket("extension header")
        profile, words = struct.unpack_from("!HH", data, start)
        start += 4 + 4 * words
    end = size
    if first & 0x20:
        end -= data[-1] or size + 1  # a padding count of zero is impossible
    if not start <= end:
        raise MalformedPacket("payload")
    marker = second >= 0x80  # noqa: PLR2004  the topmost bit
    return RtpHeader(
        marker, second & 0x7F, sequence, timestamp, ssrc, csrc_end, profile, start, end
    )


def read_extensions(data: bytes, header: RtpHeader) -> dict[int, bytes]:
    """The header extension elements of a packet by number; raises MalformedPacket."""
    if not header.extension_profile:
        return {}
    block = data[header.csrc_end + 4 : header.payload_start]
    if header.extension_profile == ONE_BYTE_PROFILE:
        return _read_one_byte(block)
    if header.extension_profile & 0xFFF0 == TWO_BYTE_PROFILE:
        return _read_two_byte(block)
    return {}


def _read_one_byte(block: bytes) -> dict[int, bytes]:
    elements: dict[int, bytes] = {}
    position = 0
    while position < len(block):
        number, length = block[position] >> 4, (block[position] & 0x0F) + 1
        position += 1
        if number == 0:  # padding between elements
            continue
        if number > HIGHEST_ONE_BYTE:  # 15 ends the block
            break
        elements[number] = _element(block, position, length)
        position += length
    return elements


def _read_two_byte(block: bytes) -> dict[int, bytes]:
    elements: dict[int, bytes] = {}
    position = 0
    while position < len(block):
        number = block[position]
        position += 1
        if number == 0:
            continue
        if position == len(block):
            raise MalformedPacket("extension element")
        length = block[position]
        elements[number] = _element(block, position + 1, length)
        position += 1 + length
    return elements


def _element(block: bytes, position: int, length: int) -> bytes:
    value = block[position : position + length]
    if len(value) < length:
        raise MalformedPacket("extension element")
    return value


def build_extensions(elements: Iterable[tuple[int, bytes]]) -> bytes:
    """A header extension with its own four-byte header; empty when there is no element."""
    listed = list(elements)
    if not listed:
        return b""
    if all(n <= HIGHEST_ONE_BYTE and 0 < len(v) <= LONGEST_ONE_BYTE for n, v in listed):
        profile = ONE_BYTE_PROFILE
        body = b"".join(bytes((n << 4 | len(v) - 1,)) + v for n, v in listed)
    else:
        profile = TWO_BYTE_PROFILE
        body = b"".join(bytes((n, len(v))) + v for n, v in listed)
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", profile, len(body) // 4) + body


def restore_from_rtx(data: bytes, header: RtpHeader, payload_type: int, ssrc: int) -> bytes | None:
    """The packet inside a retransmission (RFC 4588 §4); None when it is only a probe."""
    if header.payload_end - header.payload_start < 2:  # noqa: PLR2004  the original sequence
        return None
    (original,) = struct.unpack_from("!H", data, header.payload_start)
    first = data[0] & ~0x20  # padding of the retransmission is not the packet's
    second = payload_type | (0x80 if header.marker else 0)
    fixed = HEADER.pack(first, second, original, header.timestamp, ssrc)
    between = data[HEADER_SIZE : header.payload_start]
    return fixed + between + data[header.payload_start + 2 : header.payload_end]

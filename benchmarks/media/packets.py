"""What of a captured packet is kept: when, how large, and the bytes that tell frames apart."""

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from signaling.forwarding.rtp import parse_rtp, read_extensions

# kind ("a", "v" or a layer's name), microseconds, bytes of payload, marker, key frame, first bytes
# in hex, RTP time
Row = list[Any]
OPUS: Final = 111
SOUND: Final = "a"
FU_A, STAP_A = 28, 24  # RFC 6184 §5.2
IDR, SPS, PPS = 5, 7, 8  # H.264 table 7-1
SMALL: Final = 120  # bytes: an aggregate of parameter sets is kept whole


@dataclass(frozen=True, slots=True)
class Header:
    """An RTP packet without its extensions and padding (RFC 3550 §5.1)."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def header(data: bytes) -> Header:
    """The packet, read."""
    first, second, sequence, timestamp, ssrc = struct.unpack_from("!BBHII", data)
    start = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        start += 4 + 4 * struct.unpack_from("!H", data, start + 2)[0]
    end = len(data) - (data[-1] if first & 0x20 else 0)
    return Header(second & 0x7F, bool(second & 0x80), sequence, timestamp, ssrc, data[start:end])


def rid_of(data: bytes, number: int) -> str:
    """The layer that a packet says it is of, in the extension of that number (RFC 8852 §3.1)."""
    return read_extensions(data, parse_rtp(data)).get(number, b"").decode()


def row_of(at: int, packet: Header, kinds: Mapping[int, str], codec: str) -> Row | None:
    """What is kept of it, by what each SSRC is; None for probes, repairs and other streams."""
    if not packet.payload:
        return None
    fields = [at, len(packet.payload), int(packet.marker)]
    if packet.payload_type == OPUS:
        return [SOUND, *fields, 0, packet.payload[:1].hex(), packet.timestamp]
    kind = kinds.get(packet.ssrc)
    if kind is None:
        return None
    take = vp8_head if codec == "vp8" else h264_head
    key, head = take(packet.payload)
    return [kind, *fields, int(key), head.hex(), packet.timestamp]


def vp8_head(payload: bytes) -> tuple[bool, bytes]:
    """Whether a key frame begins here, and the descriptor (RFC 7741 §4.2, §4.3)."""
    position = 1
    if payload[0] & 0x80:
        flags, position = payload[1], 2
        if flags & 0x80:
            position += 2 if payload[position] & 0x80 else 1
        position += bool(flags & 0x40) + bool(flags & 0x30)
    begins = payload[0] & 0x1F == 0x10  # first partition, and its start
    key = begins and not payload[position] & 1
    return key, payload[: position + (10 if key else 1 if begins else 0)]


def h264_head(payload: bytes) -> tuple[bool, bytes]:
    """Whether this is part of an IDR picture or its parameter sets (RFC 6184 §5.4-5.8)."""
    kind = payload[0] & 0x1F
    if kind == STAP_A:
        has_sets = payload[3] & 0x1F in {SPS, PPS}
        return has_sets, payload if has_sets and len(payload) < SMALL else payload[:4]
    if kind == FU_A:
        return payload[1] & 0x1F == IDR, payload[:2]
    return kind in {IDR, SPS, PPS}, payload if kind in {SPS, PPS} else payload[:1]


def tagged(rows: list[Row]) -> list[Row]:
    """From the first key frame on, with times from zero and whole frames marked as key frames."""
    keys = {(row[0], row[6]) for row in rows if row[0] != SOUND and row[4]}
    start = next(n for n, row in enumerate(rows) if row[0] != SOUND and row[4])
    rows = rows[start:]
    best = heaviest(rows)
    last = max(n for n, row in enumerate(rows) if row[0] == best and row[3])
    rows = rows[: last + 1]  # ends with a whole frame
    origins: dict[str, int] = {}
    for row in rows:
        origins.setdefault(row[0], row[6])
    began = rows[0][1]
    return [
        [
            kind,
            at - began,
            size,
            marker,
            int((kind, stamp) in keys),
            head,
            stamp - origins[kind] & 0xFFFFFFFF,
        ]
        for kind, at, size, marker, _, head, stamp in rows
    ]


def heaviest(rows: list[Row]) -> str:
    """The kind of picture that most bytes are of: of several layers the best, which comes last."""
    sizes: Counter[str] = Counter()
    for kind, _, size, *_ in rows:
        sizes[kind] += size * (kind != SOUND)
    return sizes.most_common(1)[0][0]

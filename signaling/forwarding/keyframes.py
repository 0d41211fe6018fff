"""Where a viewer may start: the first packet of a key frame, by codec."""

import struct
from typing import Final

H264_IDR: Final = 5  # NAL unit types, RFC 6184 §5.2
H264_SPS: Final = 7
H264_STAP_A: Final = 24
H264_FU_A: Final = 28


def starts_key_frame(codec: str, payload: bytes) -> bool:
    """Whether a decoder that knows nothing yet can begin with this payload."""
    match codec.lower():
        case "vp8":
            return _vp8_starts(payload)
        case "h264":
            return bool({H264_SPS, H264_IDR} & set(h264_units(payload)))
        case _:
            return True  # audio decodes from any packet


def _vp8_starts(payload: bytes) -> bool:
    """The descriptor says first packet of partition 0, the frame tag says key (RFC 7741 §4)."""
    size = _vp8_descriptor_size(payload)
    if size is None or size >= len(payload):
        return False
    first_packet = payload[0] & 0x10 and not payload[0] & 0x07
    return bool(first_packet) and not payload[size] & 0x01


def _vp8_descriptor_size(payload: bytes) -> int | None:
    if not payload:
        return None
    if not payload[0] & 0x80:
        return 1
    if len(payload) < 3:  # noqa: PLR2004  X octet and at least one byte more
        return None
    flags = payload[1]
    size = 2
    if flags & 0x80:
        size += 2 if payload[2] & 0x80 else 1  # a picture id of 15 or 7 bits
    size += 1 if flags & 0x40 else 0
    size += 1 if flags & 0x30 else 0
    return size


def h264_units(payload: bytes) -> tuple[int, ...]:
    """The types of the NAL units that begin in this payload."""
    if not payload:
        return ()
    kind = payload[0] & 0x1F
    if kind == H264_STAP_A:
        return _aggregated_units(payload)
    if kind == H264_FU_A:
        begins = len(payload) > 1 and payload[1] & 0x80
        return (payload[1] & 0x1F,) if begins else ()
    return (kind,)


def _aggregated_units(payload: bytes) -> tuple[int, ...]:
    kinds: list[int] = []
    position = 1
    while position + 2 < len(payload):
        (size,) = struct.unpack_from("!H", payload, position)
        kinds.append(payload[position + 2] & 0x1F)
        position += 2 + size
    return tuple(kinds)

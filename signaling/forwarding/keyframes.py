"""Where a viewer may start: the first packet of a key frame, by codec."""

import struct
from typing import Final

from signaling.forwarding import vp8

H264_IDR: Final = 5  # NAL unit types, RFC 6184 §5.2
H264_SPS: Final = 7
H264_STAP_A: Final = 24
H264_FU_A: Final = 28


def starts_key_frame(codec: str, payload: bytes) -> bool:
    """Whether a decoder that knows nothing yet can begin with this payload."""
    match codec.lower():
        case "vp8":
            descriptor = vp8.read(payload)
            return descriptor is not None and descriptor.is_key
        case "h264":
            return bool({H264_SPS, H264_IDR} & set(h264_units(payload)))
        case _:
            return True  # audio decodes from any packet


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

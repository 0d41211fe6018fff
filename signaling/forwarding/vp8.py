"""What a VP8 payload says about itself: descriptor (RFC 7741 §4.2), key frame, picture size."""

from typing import Final, NamedTuple

EXTENDED: Final = 0x80  # X in the first octet; I in the extension; M in the picture id
STARTS_PARTITION: Final = 0x10  # S
PARTITION: Final = 0x07  # PID
PICTURE, TL0, TEMPORAL, KEY_INDEX = 0x80, 0x40, 0x20, 0x10  # I, L, T, K
START_CODE: Final = b"\x9d\x01\x2a"  # RFC 6386 §9.1, follows the frame tag of a key frame
FRAME_TAG_SIZE: Final = 3
KEY_HEADER_SIZE: Final = 10
SHORT_ID, LONG_ID = 7, 15  # bits of a picture id


class Descriptor(NamedTuple):
    """The payload descriptor of one packet, and whether a key frame begins behind it."""

    size: int
    starts_frame: bool  # first packet of partition 0: S is set and PID is zero
    picture_at: int  # offset of the picture id in the payload, 0 when there is none
    picture_bits: int  # 7 or 15, 0 when there is none
    picture_id: int
    tl0_at: int  # offset of TL0PICIDX, 0 when there is none
    tl0: int
    temporal: int  # layer, 0 when there is none
    is_key: bool  # the first packet of a key frame; later packets of it say False


def read(payload: bytes) -> Descriptor | None:
    """The descriptor; None when the payload is empty or ends inside it. Never raises.

    A descriptor with nothing behind it is one (a viewer's picture ids have to count it), but it
    starts no key frame.
    """
    if not payload:
        return None
    first = payload[0]
    starts = first & STARTS_PARTITION != 0 and not first & PARTITION
    size = 1
    picture_at = picture_bits = picture_id = tl0_at = tl0 = temporal = 0
    if first & EXTENDED:
        try:
            flags = payload[1]
            size = 2
            if flags & PICTURE:
                picture_at, picture_id, size = 2, payload[2], 3
                picture_bits = SHORT_ID
                if picture_id & EXTENDED:
                    picture_id = (picture_id & 0x7F) << 8 | payload[3]
                    picture_bits, size = LONG_ID, 4
            if flags & TL0:
                tl0_at, tl0 = size, payload[size]
                size += 1
            if flags & (TEMPORAL | KEY_INDEX):
                temporal = payload[size] >> 6 if flags & TEMPORAL else 0
                size += 1
        except IndexError:
            return None
    if size > len(payload):
        return None
    is_key = starts and size < len(payload) and not payload[size] & 1
    return tuple.__new__(  # half the time of Descriptor(...): this runs for every video packet
        Descriptor,
        (size, starts, picture_at, picture_bits, picture_id, tl0_at, tl0, temporal, is_key),
    )


def size_of(payload: bytes) -> tuple[int, int] | None:
    """Width and height that a key frame's first packet names (RFC 6386 §9.1); None for others."""
    descriptor = read(payload)
    if descriptor is None or not descriptor.is_key:
        return None
    header = payload[descriptor.size : descriptor.size + KEY_HEADER_SIZE]
    if len(header) < KEY_HEADER_SIZE or header[FRAME_TAG_SIZE:6] != START_CODE:
        return None
    width = int.from_bytes(header[6:8], "little") & 0x3FFF  # the upper two bits are a scale
    height = int.from_bytes(header[8:10], "little") & 0x3FFF
    return (width, height) if width and height else None

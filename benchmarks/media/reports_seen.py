"""What is in an RTCP compound packet, as types and sizes."""

import struct


def compound(data: bytes) -> list[list[int]]:
    """For each packet in it: type, count or format, bytes (RFC 3550 §6.1)."""
    found, position = [], 0
    while position + 4 <= len(data):
        first, kind, words = struct.unpack_from("!BBH", data, position)
        size = 4 + 4 * words
        found.append([kind, first & 0x1F, size])
        position += size
    return found

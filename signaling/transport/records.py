"""DTLS records: a memory buffer joins what must leave as separate datagrams (RFC 6347 §4.1.1)."""

import struct
from typing import Final

LARGEST_DATAGRAM: Final = 1200  # bytes that pass every path that media passes
CLASSIC_HEADER: Final = 13
UNIFIED: Final = 0x20  # 001CSLEE, RFC 9147 §4
UNIFIED_MASK: Final = 0xE0
TWO_BYTE_NUMBER: Final = 0x08
HAS_LENGTH: Final = 0x04


def split_flight(flight: bytes) -> list[bytes]:
    """The records of a flight in as few datagrams as fit; a single larger record stays whole."""
    datagrams: list[bytes] = []
    while flight:
        size = min(_record_size(flight), len(flight))
        record, flight = flight[:size], flight[size:]
        if datagrams and len(datagrams[-1]) + size <= LARGEST_DATAGRAM:
            datagrams[-1] += record
        else:
            datagrams.append(record)
    return datagrams


def _record_size(flight: bytes) -> int:
    first = flight[0]
    if first & UNIFIED_MASK == UNIFIED:
        if not first & HAS_LENGTH:
            return len(flight)
        position = 1 + (2 if first & TWO_BYTE_NUMBER else 1)
    else:
        position = CLASSIC_HEADER - 2
    if len(flight) < position + 2:
        return len(flight)
    (length,) = struct.unpack_from("!H", flight, position)
    return position + 2 + int(length)

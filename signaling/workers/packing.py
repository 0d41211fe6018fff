"""A session's record on its way to the control plane: deflated, and short enough for a frame."""

import base64
import binascii
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from signaling.forwarding.flight import SPAN
from signaling.forwarding.record import FlightRecord, from_json, to_json

MOST: Final = 900_000  # bytes in base 64; well within a frame
LEVEL: Final = 1  # quick: the worker moves no packet meanwhile
LARGEST_READ: Final = 64 << 20  # bytes of JSON that we are ready to unfold
SHORTEST: Final = timedelta(seconds=2)


def packed(take: Callable[[timedelta], FlightRecord]) -> str:
    """The last minute; of a session with very many packets the last part of it that fits."""
    span = SPAN
    while True:
        text = to_json(take(span)).encode()
        packed_text = base64.b64encode(zlib.compress(text, LEVEL)).decode()
        if len(packed_text) <= MOST:
            return packed_text
        if span < SHORTEST:
            raise ValueError("a record that fits into no frame")
        span /= 2


def unpacked(text: str) -> FlightRecord:
    """The record in a message; raises ValueError when it is none."""
    try:
        inflate = zlib.decompressobj()
        read = inflate.decompress(base64.b64decode(text, validate=True), LARGEST_READ)
        return from_json(read)
    except (zlib.error, binascii.Error, KeyError, TypeError) as error:
        raise ValueError("not a record") from error

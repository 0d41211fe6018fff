"""Messages on a byte stream: four bytes of length in network order, then one JSON text."""

import asyncio
import struct
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError

from signaling.workers.messages import Command, Report

MAX_FRAME = 1 << 21  # bytes; the statistics of some 5,000 sessions
_LENGTH = struct.Struct("!I")
# pydantic keeps strings that it has read, up to 16,384; ours name sessions, and never come again
ONLY_KEYS: Final = ConfigDict(cache_strings="keys")
_REPORTS: TypeAdapter[Report] = TypeAdapter(Report, config=ONLY_KEYS)


class FrameError(Exception):
    """The other side does not speak our protocol; the link cannot be used any more."""


def encode(command: Command) -> bytes:
    """The frame of one command."""
    text = command.model_dump_json().encode()
    return _LENGTH.pack(len(text)) + text


async def read_report(reader: asyncio.StreamReader) -> Report | None:
    """The next report; None when the worker has closed its side between two frames.

    Raises:
        FrameError: the frame is too long, cut short, or not a report.
    """
    try:
        head = await reader.readexactly(_LENGTH.size)
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        if isinstance(error, asyncio.IncompleteReadError) and error.partial:
            raise FrameError("the length was cut short") from error
        return None
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME:
        raise FrameError(f"a frame of {length} bytes")
    try:
        return _REPORTS.validate_json(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise FrameError("a frame was cut short") from error
    except ValidationError as error:
        raise FrameError("a frame is not a report") from error

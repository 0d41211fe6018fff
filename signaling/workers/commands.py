"""The worker's end of the link: commands in, reports out, framed as in frames.py."""

import asyncio
import struct
from typing import Final

from pydantic import TypeAdapter, ValidationError

from signaling.workers.frames import MAX_FRAME, ONLY_KEYS, FrameError
from signaling.workers.messages import Command, Report

LENGTH: Final = struct.Struct("!I")
COMMANDS: Final[TypeAdapter[Command]] = TypeAdapter(Command, config=ONLY_KEYS)


def encode_report(report: Report) -> bytes:
    """The frame of one report."""
    text = report.model_dump_json().encode()
    return LENGTH.pack(len(text)) + text


async def read_command(reader: asyncio.StreamReader) -> Command | None:
    """The next command; None when the control plane has gone.

    Raises:
        FrameError: the frame is too long or no command; the link cannot be used any more.
    """
    try:
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        if length > MAX_FRAME:
            raise FrameError(f"a frame of {length} bytes")
        return COMMANDS.validate_json(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except ValidationError as error:
        raise FrameError("a frame is not a command") from error

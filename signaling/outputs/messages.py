"""What the control plane and the outputs process say to each other, a JSON text a frame."""

import asyncio
import struct
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from signaling.outputs.recorder import Kind, Reason

T = TypeVar("T")
LENGTH: Final = struct.Struct("!I")
LONGEST: Final = 1 << 16  # bytes; a message has some 300


class Value(BaseModel):
    """A frozen value; unknown fields are refused, so both sides must speak the same version."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BeginRecording(Value):
    """Write what will come for this output; answered by RecordingAwaits."""

    type: Literal["begin-recording"] = "begin-recording"
    recording: str  # hexadecimal digits: the names of the files begin with it
    part: int  # of the first file
    sections: tuple[tuple[str, Kind], ...]  # (mid, kind)
    size: int  # bytes that it may still take
    seconds: float  # that it may still last


class EndRecording(Value):
    """Write what is left and close the file; answered by RecordingEnded if it had not ended."""

    type: Literal["end-recording"] = "end-recording"
    recording: str
    reason: Literal["stopped", "publication-ended"]


Command = Annotated[BeginRecording | EndRecording, Field(discriminator="type")]


class OutputsReady(Value):
    """The first message: workers may connect."""

    type: Literal["outputs-ready"] = "outputs-ready"
    process: int


class RecordingAwaits(Value):
    """Packets may come now."""

    type: Literal["recording-awaits"] = "recording-awaits"
    recording: str


class PartStarted(Value):
    """A file has begun; its name is relative to the folder of recordings."""

    type: Literal["part-started"] = "part-started"
    recording: str
    part: int
    file: str


class PartGrown(Value):
    """The file is on disk so far, and would survive the end of this process."""

    type: Literal["part-grown"] = "part-grown"
    recording: str
    part: int
    size: int  # bytes
    seconds: float


class PartEnded(Value):
    """A part is over; `file` is None when nothing came for it."""

    type: Literal["part-ended"] = "part-ended"
    recording: str
    part: int
    file: str | None
    reason: Reason
    size: int  # bytes
    seconds: float
    lost: int  # packets that never came, in all parts so far
    dropped: int  # pictures that could not be used
    continues: bool  # another part follows


class FileRemoved(Value):
    """A file was kept long enough."""

    type: Literal["file-removed"] = "file-removed"
    file: str


Report = Annotated[
    OutputsReady | RecordingAwaits | PartStarted | PartGrown | PartEnded | FileRemoved,
    Field(discriminator="type"),
]
COMMANDS: Final[TypeAdapter[Command]] = TypeAdapter(Command)
REPORTS: Final[TypeAdapter[Report]] = TypeAdapter(Report)


def frame(message: Value) -> bytes:
    """The frame of one message."""
    text = message.model_dump_json().encode()
    return LENGTH.pack(len(text)) + text


async def read(reader: asyncio.StreamReader, kind: TypeAdapter[T]) -> T | None:
    """The next message; None when the other side has gone, or does not speak our protocol."""
    try:
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        if length > LONGEST:
            return None
        return kind.validate_json(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError, ValidationError):
        return None

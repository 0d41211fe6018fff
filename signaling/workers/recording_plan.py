"""How recordings are made, and what a recording is to the control plane."""

import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from signaling.outputs.recorder import Kind, Limits, Reason

DEFAULT_LIMITS: Final = Limits(size=8 << 30, duration=timedelta(hours=4))


@dataclass(frozen=True, slots=True)
class OutputsPlan:
    """What the outputs process needs to know."""

    folder: Path  # of recordings
    keep: timedelta  # how long a recording stays after it was last written to
    keep_free: int = 64 << 20  # bytes of the disk left to others: a database may lie on it too
    limits: Limits = DEFAULT_LIMITS  # where none are named
    command: tuple[str, ...] = (sys.executable, "-m", "signaling.outputs.process")
    start_within: timedelta = timedelta(seconds=20)  # imports on a busy machine; then it is killed
    grace: timedelta = timedelta(seconds=3)  # to complete its files, before it is killed

    def arguments(self, *, control: str, listen: str) -> tuple[str, ...]:
        """The command line of the process."""
        where = ("--socket", control, "--listen", listen, "--folder", str(self.folder.absolute()))
        keep = ("--keep", str(self.keep.total_seconds()), "--keep-free", str(self.keep_free))
        return (*self.command, *where, *keep)


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    """A file of a recording has begun; its name is relative to the folder of recordings."""

    recording: str
    room: str
    publication: str
    part: int  # 1, 2, …: a recording has more than one file when its format had to change
    file: str


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """A file of a recording is over, and unless it `continues`, the recording with it."""

    recording: str
    room: str
    publication: str
    part: int
    file: str | None  # None: nothing came
    reason: Reason
    size: int  # bytes
    duration: timedelta
    lost: int  # packets of all parts that never came
    dropped: int  # pictures of all parts that could not be used
    continues: bool


@dataclass(frozen=True, slots=True)
class RecordingRemoved:
    """A file had been kept long enough and is deleted."""

    file: str


RecordingEvent = RecordingStarted | RecordingEnded | RecordingRemoved


@dataclass(slots=True)
class Recording:
    """One recording that is wanted; the fields below `limits` follow what is reported."""

    id: str
    room: str
    publication: str
    sections: tuple[tuple[str, Kind], ...]  # (mid, kind)
    limits: Limits
    began: timedelta  # on the loop's clock
    worker: str = ""
    is_under_way: bool = False
    part: int = 1
    file: str | None = None
    size: int = 0  # bytes of this part
    seconds: float = 0.0
    earlier: int = 0  # bytes of the parts before
    lost: int = 0
    dropped: int = 0

    def started(self, part: int, file: str) -> RecordingStarted:
        """A file has begun."""
        self.part, self.file, self.size, self.seconds = part, file, 0, 0.0
        return RecordingStarted(self.id, self.room, self.publication, part, file)

    def ended(self, reason: Reason, *, continues: bool) -> RecordingEnded:
        """The file, as far as it is known, is over."""
        event = RecordingEnded(
            self.id,
            self.room,
            self.publication,
            self.part,
            self.file,
            reason,
            self.size,
            timedelta(seconds=self.seconds),
            self.lost,
            self.dropped,
            continues,
        )
        if continues:
            self.earlier += self.size
            self.part += self.file is not None
            self.file, self.size, self.seconds = None, 0, 0.0
        return event

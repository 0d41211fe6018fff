"""Runs a recorder over messages, keeping its files in memory or in a folder."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from signaling.outputs.packets import MediaPacket, Message, SenderClock
from signaling.outputs.recorder import (
    Append,
    ClosePart,
    Limits,
    OpenPart,
    Over,
    Recorder,
    Step,
    WantKeyFrame,
)
from tests.signaling.outputs.sources import START

SECTIONS = (("0", "audio"), ("1", "video"))
WIDE = Limits(size=1 << 30, duration=timedelta(hours=1))
TICK = timedelta(milliseconds=100)


class Files:
    """The files that a recorder asks for, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: list[Path] = []
        self.ends: list[Over] = []
        self.asked: list[str] = []
        self.duration = timedelta(0)

    def perform(self, steps: Iterable[Step]) -> None:
        for step in steps:
            match step:
                case OpenPart(suffix, data):
                    self.paths.append(self.folder / f"{len(self.paths) + 1}{suffix}")
                    self.paths[-1].write_bytes(data)
                case Append(data, duration):
                    self.duration = duration
                    with self.paths[-1].open("ab") as file:
                        file.write(data)
                case ClosePart(data, patches):
                    content = bytearray(self.paths[-1].read_bytes() + data)
                    for patch in patches:
                        end = patch.offset + len(patch.data)
                        assert end <= len(content)
                        content[patch.offset : end] = patch.data
                    self.paths[-1].write_bytes(content)
                case Over():
                    self.ends.append(step)
                case WantKeyFrame(mid):
                    self.asked.append(mid)


def record(
    folder: Path,
    messages: Iterable[Message],
    *,
    sections: tuple[tuple[str, str], ...] = SECTIONS,
    limits: Limits = WIDE,
    stop: bool = True,
) -> Files:
    """Feed a recorder with these, ticking it as time passes."""
    files = Files(folder)
    recorder = Recorder(sections, limits, START)  # type: ignore[arg-type]
    ticked = START
    for message in messages:
        while getattr(message, "arrived_at", ticked) > ticked + TICK:
            ticked += TICK
            files.perform(recorder.tick(ticked))
        if isinstance(message, MediaPacket):
            files.perform(recorder.packet(message))
        elif isinstance(message, SenderClock):
            recorder.clock(message)
    if stop:
        files.perform(recorder.end("stopped"))
    return files

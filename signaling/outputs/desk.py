"""All recordings of this process: packets to recorders, their steps to files, reports out."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final, assert_never

import structlog

from signaling.outputs import messages
from signaling.outputs.files import DiskFull, PartFile
from signaling.outputs.packets import MediaPacket, Message, SenderClock, SourceEnded
from signaling.outputs.recorder import (
    Append,
    ClosePart,
    Limits,
    OpenPart,
    Over,
    Reason,
    Recorder,
    Step,
    WantKeyFrame,
)
from signaling.outputs.retention import file_name
from signaling.outputs.samples import Patch

MOST_TRIES: Final = 100  # for a part number whose file is not there yet
_log = structlog.get_logger()


class Output:
    """One recording and the file that it is at."""

    def __init__(self, recording: str, part: int, recorder: Recorder) -> None:
        self.recording = recording
        self.part = part
        self.recorder = recorder
        self.file: PartFile | None = None
        self.duration = timedelta(0)
        self.source: int | None = None  # the connection of the worker that feeds it
        self.lag = timedelta(0)  # how old its last message was when we came to read it


class Desk:
    """Carries out commands and takes what workers send; a fault ends one recording only."""

    def __init__(
        self,
        folder: Path,
        *,
        keep_free: int,
        report: Callable[[messages.Report], None],
        ask: Callable[[int, str, str], None],
    ) -> None:
        """`ask(source, output, mid)` asks the worker at that connection for a key frame."""
        self._folder = folder
        self._keep_free = keep_free
        self._report = report
        self._ask = ask
        self._outputs: dict[str, Output] = {}

    @property
    def writing(self) -> set[str]:
        """The names of the files that are being written."""
        return {output.file.name for output in self._outputs.values() if output.file}

    def carry_out(self, command: messages.Command, now: timedelta) -> None:
        """Begin or end a recording."""
        match command:
            case messages.BeginRecording(recording=recording):
                limits = Limits(command.size, timedelta(seconds=command.seconds))
                recorder = Recorder(command.sections, limits, now)
                self._outputs[recording] = Output(recording, command.part, recorder)
                self._report(messages.RecordingAwaits(recording=recording))
            case messages.EndRecording(recording=recording, reason=reason):
                self._end(recording, reason)
            case _:
                assert_never(command)

    def receive(self, message: Message, source: int, now: timedelta) -> None:
        """Take what a worker sent; what is for nobody is left."""
        output = self._outputs.get(message.output)
        if output is None:
            return
        output.source = source
        if not isinstance(message, SourceEnded):
            output.lag = max(now - message.arrived_at, timedelta(0))
        match message:
            case MediaPacket():
                self._perform(output, output.recorder.packet(message))
            case SenderClock():
                output.recorder.clock(message)
            case SourceEnded():
                self._end(output.recording, "publication-ended")
            case _:
                assert_never(message)

    def lost(self, source: int) -> None:
        """The worker at that connection has gone, and with it the publications it fed."""
        for output in tuple(self._outputs.values()):
            if output.source == source:
                self._end(output.recording, "publication-ended")

    def tick(self, now: timedelta) -> None:
        """What time makes due.

        After a disk has stood still, what waits in the socket is not late: time is its time.
        """
        for output in tuple(self._outputs.values()):
            self._perform(output, output.recorder.tick(now - output.lag))

    def close(self) -> None:
        """End every recording."""
        for recording in tuple(self._outputs):
            self._end(recording, "stopped")

    def _end(self, recording: str, reason: Reason) -> None:
        output = self._outputs.get(recording)
        if output is not None:
            self._perform(output, output.recorder.end(reason))

    def _perform(self, output: Output, steps: Iterable[Step]) -> None:
        try:
            for step in steps:
                self._step(output, step)
        except DiskFull:
            self._give_up(output, "disk-full")
        except Exception as fault:  # noqa: BLE001  a bug costs one recording, not all
            _log.exception("recording-failed", recording=output.recording, fault=repr(fault))
            self._give_up(output, "failed")

    def _give_up(self, output: Output, reason: Reason) -> None:
        """The file stays as it is: playable up to its last fragment."""
        for step in output.recorder.fail(reason):
            self._step(output, step)

    def _step(self, output: Output, step: Step) -> None:
        match step:
            case OpenPart(suffix, data):
                self._open(output, suffix, data)
            case Append(data, duration):
                self._append(output, data, duration)
            case ClosePart(data, patches):
                self._close(output, data, patches)
            case Over():
                self._over(output, step)
            case WantKeyFrame(mid):
                if output.source is not None:
                    self._ask(output.source, output.recording, mid)
            case _:
                assert_never(step)

    def _open(self, output: Output, suffix: str, data: bytes) -> None:
        for _ in range(MOST_TRIES):
            try:
                name = file_name(output.recording, output.part, suffix)
                output.file = PartFile(self._folder, name, self._keep_free)
            except FileExistsError:  # of a life of this process that could not report it
                output.part += 1
            else:
                break
        if output.file is None:
            raise FileExistsError(output.recording)
        output.duration = timedelta(0)
        self._report(
            messages.PartStarted(
                recording=output.recording, part=output.part, file=output.file.name
            )
        )
        output.file.append(data)

    def _append(self, output: Output, data: bytes, duration: timedelta) -> None:
        if output.file is None:
            return
        output.file.append(data)
        output.duration = duration
        self._report(
            messages.PartGrown(
                recording=output.recording,
                part=output.part,
                size=output.file.size,
                seconds=duration.total_seconds(),
            )
        )

    def _close(self, output: Output, data: bytes, patches: tuple[Patch, ...]) -> None:
        if output.file is None:
            return
        try:
            output.file.append(data)
        except DiskFull:
            return  # it plays without
        output.file.patch(patches)

    def _over(self, output: Output, over: Over) -> None:
        file, output.file = output.file, None
        if file is not None:
            file.close()
            if not file.size:  # the disk was full before it began
                (self._folder / file.name).unlink()
                file = None
        self._report(
            messages.PartEnded(
                recording=output.recording,
                part=output.part,
                file=file.name if file else None,
                reason=over.reason,
                size=file.size if file else 0,
                seconds=output.duration.total_seconds(),
                lost=output.recorder.lost,
                dropped=output.recorder.dropped,
                continues=over.continues,
            )
        )
        if over.continues:
            output.part += 1
        else:
            del self._outputs[output.recording]

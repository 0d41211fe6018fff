"""Recordings: started on the worker that has the publication, kept going, told of as events."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Final, assert_never

from typing_extensions import override

from signaling.outputs import messages
from signaling.outputs.recorder import Kind, Limits
from signaling.refusals import Refusal
from signaling.workers.events import Events, WorkerLost
from signaling.workers.link import CommandFailedError, LinkError, WorkerLink
from signaling.workers.messages import StartOutput, StopOutput
from signaling.workers.outputs_process import OutputsListener, OutputsProcess
from signaling.workers.recording_plan import OutputsPlan, Recording, RecordingRemoved
from signaling.workers.recording_refusals import (
    PublicationUnknown,
    RecordingUnavailable,
    RecordingUnknown,
)

UP_WITHIN: Final = timedelta(seconds=5)  # the process is started with the service, or again
_ID_BYTES: Final = 16


class Recordings(OutputsListener):
    """Every recording of this control plane, by id."""

    def __init__(
        self,
        plan: OutputsPlan | None,
        origin: Callable[[str], WorkerLink | None],
        events: Events,
    ) -> None:
        """Without a plan there are no recordings; `origin` finds the worker of a publication."""
        self._plan = plan
        self._origin = origin
        self._events = events
        self._process = OutputsProcess(plan, self) if plan else None
        self._wanted: dict[str, Recording] = {}
        self._awaiting: dict[str, asyncio.Future[None]] = {}
        self._address = ""
        self._is_up = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Keep the outputs process going until `stop`."""
        if self._process is None:
            return
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            workers = tasks.create_task(self._follow_workers())
            try:
                await self._process.run()
            finally:
                self._tasks = None
                workers.cancel()

    def stop(self) -> None:
        """Complete every file and end the process; `run` returns."""
        if self._process is not None:
            self._process.stop()

    async def record(
        self,
        room: str,
        publication: str,
        sections: tuple[tuple[str, Kind], ...],
        limits: Limits | None = None,
    ) -> str:
        """Record the first section of sound and of picture; the id of the recording.

        Raises:
            PublicationUnknown: no worker has it (any more).
            RecordingUnavailable: recording is off, or its process is down.
        """
        if self._plan is None:
            raise RecordingUnavailable
        now = timedelta(seconds=asyncio.get_running_loop().time())
        recording = Recording(
            id=secrets.token_hex(_ID_BYTES),
            room=room,
            publication=publication,
            sections=sections,
            limits=limits or self._plan.limits,
            began=now,
        )
        self._wanted[recording.id] = recording
        try:
            await self._begin(recording)
        except BaseException:
            self._forget(recording)
            raise
        recording.is_under_way = True
        return recording.id

    async def end(self, recording: str) -> None:
        """Complete its file.

        Raises:
            RecordingUnknown: it has ended, or never began.
        """
        found = self._wanted.get(recording)
        if found is None or self._process is None:
            raise RecordingUnknown
        if self._is_up.is_set():
            self._process.send(messages.EndRecording(recording=recording, reason="stopped"))
        else:  # between two lives of the process: nothing is written
            self._forget(found)
            self._events.publish(found.ended("stopped", continues=False))

    async def _begin(self, recording: Recording) -> None:
        """Let it be written, then let a worker feed it."""
        await self._ready()
        rest = self._left(recording)
        begun = asyncio.get_running_loop().create_future()
        self._awaiting[recording.id] = begun
        self._send(
            messages.BeginRecording(
                recording=recording.id,
                part=recording.part,
                sections=recording.sections,
                size=rest.size,
                seconds=rest.duration.total_seconds(),
            )
        )
        try:
            async with asyncio.timeout(UP_WITHIN.total_seconds()):
                await begun
        except TimeoutError as error:
            raise RecordingUnavailable from error
        finally:
            self._awaiting.pop(recording.id, None)
        await self._feed(recording)

    async def _ready(self) -> None:
        try:
            async with asyncio.timeout(UP_WITHIN.total_seconds()):
                await self._is_up.wait()
        except TimeoutError as error:
            raise RecordingUnavailable from error

    def _left(self, recording: Recording) -> Limits:
        """What the limits leave after the parts before."""
        now = timedelta(seconds=asyncio.get_running_loop().time())
        limits = recording.limits
        lasts = limits.duration - (now - recording.began)
        return Limits(max(limits.size - recording.earlier, 0), max(lasts, timedelta(0)))

    async def _feed(self, recording: Recording) -> None:
        """Let the worker that has the publication hand it out."""
        try:
            link = self._origin(recording.publication)
            if link is None:
                raise PublicationUnknown
            recording.worker = link.hello.worker
            await self._start(link, recording)
        except Refusal:
            self._send(messages.EndRecording(recording=recording.id, reason="publication-ended"))
            raise

    async def _start(self, link: WorkerLink, recording: Recording) -> None:
        try:
            await link.ask(
                lambda number: StartOutput(
                    request=number,
                    output=recording.id,
                    publication=recording.publication,
                    mids=tuple(mid for mid, _ in recording.sections),
                    address=self._address,
                )
            )
        except LinkError as error:
            raise RecordingUnavailable from error
        except CommandFailedError as error:
            if error.code == "outputs-unreachable":
                raise RecordingUnavailable from error
            raise PublicationUnknown from error

    def _send(self, command: messages.Command) -> None:
        if self._process is not None:
            self._process.send(command)

    # What the outputs process says

    @override
    def outputs_up(self, address: str) -> None:
        self._address = address
        self._is_up.set()
        for recording in tuple(self._wanted.values()):
            if recording.is_under_way:
                self._later(self._resume(recording))

    @override
    def outputs_lost(self) -> None:
        if not self._is_up.is_set():
            return
        self._is_up.clear()
        for recording in tuple(self._wanted.values()):
            if recording.is_under_way:
                self._events.publish(recording.ended("outputs-lost", continues=True))

    @override
    def outputs_reported(self, report: messages.Report) -> None:
        match report:
            case messages.OutputsReady():
                pass  # told as `outputs_up`
            case messages.RecordingAwaits(recording=name):
                begun = self._awaiting.get(name)
                if begun is not None and not begun.done():
                    begun.set_result(None)
            case messages.FileRemoved(file=file):
                self._events.publish(RecordingRemoved(file))
            case messages.PartStarted() | messages.PartGrown() | messages.PartEnded():
                recording = self._wanted.get(report.recording)
                if recording is not None:
                    self._follow(recording, report)
            case _:
                assert_never(report)

    def _follow(
        self,
        recording: Recording,
        report: messages.PartStarted | messages.PartGrown | messages.PartEnded,
    ) -> None:
        match report:
            case messages.PartStarted(part=part, file=file):
                self._events.publish(recording.started(part, file))
            case messages.PartGrown(size=size, seconds=seconds):
                recording.size, recording.seconds = size, seconds
            case messages.PartEnded():
                recording.file, recording.size = report.file, report.size
                recording.seconds = report.seconds
                recording.lost, recording.dropped = report.lost, report.dropped
                self._events.publish(recording.ended(report.reason, continues=report.continues))
                if not report.continues:
                    self._forget(recording)
            case _:
                assert_never(report)

    def _forget(self, recording: Recording) -> None:
        """It is over: its worker need not feed it any more."""
        self._wanted.pop(recording.id, None)
        link = self._origin(recording.publication)
        if link is not None:
            self._later(_release(link, recording.id))

    async def _resume(self, recording: Recording) -> None:
        """The next part of a recording that was under way."""
        with contextlib.suppress(PublicationUnknown, RecordingUnavailable):
            await self._begin(recording)  # the process reports the end, or is started once more

    async def _follow_workers(self) -> None:
        queue = self._events.listen()
        try:
            while True:
                event = await queue.get()
                if isinstance(event, WorkerLost):
                    self._worker_lost(event.worker)
        finally:
            self._events.leave(queue)

    def _worker_lost(self, worker: str) -> None:
        """What it fed has no source any more; also what it had not begun to feed."""
        for recording in self._wanted.values():
            if recording.worker == worker:
                end = messages.EndRecording(recording=recording.id, reason="publication-ended")
                self._send(end)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        if self._tasks is None:
            work.close()  # the service ends
        else:
            self._tasks.create_task(work)


async def _release(link: WorkerLink, output: str) -> None:
    with contextlib.suppress(LinkError, CommandFailedError):
        await link.ask(lambda number: StopOutput(request=number, output=output))

"""A control plane for tests: speaks to a worker over a socket pair, keeps what it reports."""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from signaling.workers.frames import encode, read_report
from signaling.workers.messages import Command, Disconnected, Done, Failed, Hello, Statistics
from signaling.workers.worker import Worker, WorkerOptions

PATIENCE = 60.0  # seconds until a test gives up; never asserted on


async def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  the condition is not ours to signal
            await asyncio.sleep(0.01)


class Control:
    """One end of the link; `reports` are in order of arrival."""

    def __init__(
        self, worker: Worker, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.worker = worker
        self.reports: list[Any] = []
        self.ended = False  # the worker has hung up
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)

    async def listen(self) -> None:
        while (report := await read_report(self._reader)) is not None:
            self.reports.append(report)
        self.ended = True

    @property
    def hello(self) -> Hello:
        return next(report for report in self.reports if isinstance(report, Hello))

    async def ask(self, command: type[Any], **fields: Any) -> Done | Failed | Statistics:
        """Send a command and wait for its answer."""
        request = next(self._numbers)
        await self.write(command(request=request, **fields))
        await until(lambda: self._answer(request))
        answer: Done | Failed | Statistics = self._answer(request)
        return answer

    async def write(self, command: Command) -> None:
        self._writer.write(encode(command))
        await self._writer.drain()

    def send(self, data: bytes) -> None:
        """Send bytes that need not be a command."""
        self._writer.write(data)

    def _answer(self, request: int) -> Any:
        return next((r for r in self.reports if getattr(r, "request", None) == request), None)

    def told(self, report_type: type[Any], /, **fields: Any) -> bool:
        """Whether the worker has reported that."""
        return any(
            isinstance(report, report_type)
            and all(getattr(report, name) == value for name, value in fields.items())
            for report in self.reports
        )

    def reasons(self, session: str) -> list[str]:
        """Why a session ended."""
        return [
            r.reason for r in self.reports if isinstance(r, Disconnected) and r.session == session
        ]

    def hang_up(self) -> None:
        self._writer.close()


@asynccontextmanager
async def running_worker(**options: Any) -> AsyncIterator[Control]:
    """A worker in this loop and the control plane that it serves."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    worker = Worker(WorkerOptions(worker="worker-1", **options))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run(*await asyncio.open_connection(sock=theirs)))
        control = Control(worker, reader, writer)
        tasks.create_task(control.listen())
        await until(lambda: control.reports)
        try:
            yield control
        finally:
            control.hang_up()
            await writer.wait_closed()

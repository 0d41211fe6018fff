"""Starts the outputs process, listens to it, starts it again when it dies."""

import asyncio
import contextlib
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import structlog

from signaling.outputs import messages
from signaling.workers.plan import STEADY_AFTER, wait_before_start
from signaling.workers.recording_plan import OutputsPlan

_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_log = structlog.get_logger()


class OutputsListener(Protocol):
    """Who wants to know what the process says; called in order, must not block."""

    def outputs_up(self, address: str) -> None:
        """It is ready; workers may connect to this address."""
        ...

    def outputs_reported(self, report: messages.Report) -> None:
        """It said this."""
        ...

    def outputs_lost(self) -> None:
        """It is gone."""
        ...


class OutputsProcess:
    """One process at a time, at the other end of a Unix socket."""

    def __init__(self, plan: OutputsPlan, listener: OutputsListener) -> None:
        self._plan = plan
        self._listener = listener
        self._writer: asyncio.StreamWriter | None = None
        self._connections: asyncio.Queue[_Streams] = asyncio.Queue()
        self._is_stopping = asyncio.Event()
        self._lives = 0

    async def run(self) -> None:
        """Keep it running until `stop`; cancelling kills it."""
        with tempfile.TemporaryDirectory(prefix="dg-") as folder:  # made with mode 0700
            control = str(Path(folder, "control"))
            server = await asyncio.start_unix_server(self._accept, control)
            async with server:
                await self._keep(folder, control)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.put_nowait((reader, writer))

    async def _keep(self, folder: str, control: str) -> None:
        failures = 0
        clock = asyncio.get_running_loop().time
        while not await self._is_told_to_stop(wait_before_start(failures)):
            started = clock()
            self._lives += 1
            try:
                await self._live(control, str(Path(folder, f"media-{self._lives}")))
            except OSError as error:  # no more processes, or no memory: media flows without it
                _log.warning("outputs-not-started", fault=error.strerror)
            lived = timedelta(seconds=clock() - started)
            failures = 1 if lived > STEADY_AFTER else failures + 1

    async def _is_told_to_stop(self, within: timedelta) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                await self._is_stopping.wait()
        return self._is_stopping.is_set()

    async def _live(self, control: str, listen: str) -> None:
        """One life, from start to reaped."""
        while not self._connections.empty():  # of one that came up too late and was killed
            self._connections.get_nowait()[1].close()
        line = self._plan.arguments(control=control, listen=listen)
        process = await asyncio.create_subprocess_exec(*line, stdin=asyncio.subprocess.DEVNULL)
        try:
            streams = await self._connection(process)
            if streams is not None:
                await self._listen(*streams, listen)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._plan.grace.total_seconds()):
                        await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
            status = await process.wait()
            _log.info("outputs-ended", status=status)

    async def _connection(self, process: asyncio.subprocess.Process) -> _Streams | None:
        """The streams of a process that has just been started; None if it died or said nothing."""
        async with asyncio.TaskGroup() as group:
            connected = group.create_task(self._connections.get())
            death = group.create_task(process.wait())
            stop = group.create_task(self._is_stopping.wait())
            await asyncio.wait(
                (connected, death, stop),
                timeout=self._plan.start_within.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in (connected, death, stop):
                task.cancel()
        return None if connected.cancelled() else connected.result()

    async def _listen(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str
    ) -> None:
        self._writer = writer
        if self._is_stopping.is_set():
            self._hang_up()
        try:
            while (report := await messages.read(reader, messages.REPORTS)) is not None:
                if isinstance(report, messages.OutputsReady):
                    _log.info("outputs-up", process=report.process)
                    self._listener.outputs_up(address)
                else:
                    self._listener.outputs_reported(report)
        finally:
            self._writer = None
            writer.close()
            self._listener.outputs_lost()

    def send(self, command: messages.Command) -> None:
        """Tell it; nothing happens while it is not up."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(messages.frame(command))

    def stop(self) -> None:
        """Let it complete its files and end; `run` returns."""
        self._is_stopping.set()
        self._hang_up()

    def _hang_up(self) -> None:
        if self._writer is not None and self._writer.can_write_eof():
            self._writer.write_eof()

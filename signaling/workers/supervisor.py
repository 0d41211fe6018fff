"""Starts the worker processes, listens to them, starts them again when they die, drains them."""

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import structlog

from signaling.workers.link import CommandFailedError, Event, LinkError, WorkerLink, greet
from signaling.workers.messages import AskStatistics, Drain
from signaling.workers.plan import STEADY_AFTER, WorkerPlan, wait_before_start

_GREET_WITHIN = timedelta(seconds=5)
_log = structlog.get_logger()


class Listener(Protocol):
    """Who wants to know what happens to workers; called in order, must not block."""

    def happened(self, worker: str, event: Event) -> None:
        """A worker reported this."""
        ...

    def lost(self, worker: str) -> None:
        """A worker that was up is gone, with everything in it."""
        ...


class Supervisor:
    """Owns one Unix socket and the processes at its other end."""

    def __init__(self, plan: WorkerPlan, listener: Listener) -> None:
        self._plan = plan
        self._listener = listener
        self._links: dict[str, WorkerLink] = {}
        self._greetings: dict[str, asyncio.Future[WorkerLink]] = {}
        self._draining: dict[str, asyncio.Event] = {}  # set when the worker has ended
        self._is_stopping = asyncio.Event()
        self._has_grown = asyncio.Event()
        self._has_ended = asyncio.Event()
        self._is_running = False

    @property
    def links(self) -> Mapping[str, WorkerLink]:
        """The workers that are up, by id."""
        return MappingProxyType(self._links)

    @property
    def takers(self) -> tuple[str, ...]:
        """The workers that are up and take new sessions."""
        return tuple(worker for worker in self._links if worker not in self._draining)

    async def ready(self, workers: int = 1) -> None:
        """Return as soon as so many workers are up."""
        while len(self._links) < workers:
            self._has_grown.clear()
            await self._has_grown.wait()

    async def run(self) -> None:
        """Keep the planned workers running until `stop`; cancelling it kills them."""
        self._is_running = True
        try:
            with tempfile.TemporaryDirectory(prefix="dg-") as folder:  # made with mode 0700
                await self._serve(str(Path(folder, "s")))
        finally:
            self._is_running = False
            self._has_ended.set()

    async def _serve(self, socket: str) -> None:
        async with asyncio.TaskGroup() as group:

            def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                group.create_task(self._greet(reader, writer))

            server = await asyncio.start_unix_server(accept, socket)
            async with server, asyncio.TaskGroup() as keepers:
                for index in range(self._plan.count):
                    keepers.create_task(self._keep(index, socket))

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await greet(reader, within=_GREET_WITHIN)
        expected = self._greetings.pop(hello.worker, None) if hello else None
        if hello is None or expected is None or expected.done():
            writer.close()
            return
        expected.set_result(WorkerLink(hello, reader, writer))

    async def _keep(self, index: int, socket: str) -> None:
        failures, generation = 0, 0
        clock = asyncio.get_running_loop().time
        while not await self._is_told_to_stop(wait_before_start(failures)):
            generation += 1
            started = clock()
            await self._live(index, f"{index}.{generation}", socket)
            lived = timedelta(seconds=clock() - started)
            failures = 1 if lived > STEADY_AFTER else failures + 1

    async def _is_told_to_stop(self, within: timedelta) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                await self._is_stopping.wait()
        return self._is_stopping.is_set()

    async def _live(self, index: int, worker: str, socket: str) -> None:
        """One life of one worker process, from start to reaped."""
        greeting = asyncio.get_running_loop().create_future()
        self._greetings[worker] = greeting
        line = self._plan.arguments(index=index, worker=worker, socket=socket)
        process = await asyncio.create_subprocess_exec(*line, stdin=asyncio.subprocess.DEVNULL)
        try:
            link = await self._first_words(process, greeting)
            if link is not None:
                await self._listen(worker, link)
                await _wait(process, self._plan.grace)  # it ends when its link is closed
            await _end(process, self._plan.grace)
        finally:
            self._greetings.pop(worker, None)
            await _kill(process)
            _log.info("media-worker-ended", worker=worker, status=process.returncode)

    async def _first_words(
        self, process: asyncio.subprocess.Process, greeting: asyncio.Future[WorkerLink]
    ) -> WorkerLink | None:
        """The link of a worker that has just been started; None if it died or said nothing."""
        async with asyncio.TaskGroup() as group:
            death = group.create_task(process.wait())
            stop = group.create_task(self._is_stopping.wait())
            await asyncio.wait(
                (greeting, death, stop),
                timeout=self._plan.start_within.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
            death.cancel()
            stop.cancel()
        return greeting.result() if greeting.done() else None

    async def _listen(self, worker: str, link: WorkerLink) -> None:
        self._links[worker] = link
        self._has_grown.set()
        _log.info("media-worker-up", worker=worker, process=link.hello.process)
        try:
            async with asyncio.TaskGroup() as group:
                pulse = group.create_task(self._feel_pulse(link))
                async for event in link.events():
                    self._listener.happened(worker, event)
                pulse.cancel()
        finally:
            del self._links[worker]
            if (drained := self._draining.pop(worker, None)) is not None:
                drained.set()
            link.close()
            self._listener.lost(worker)

    async def _feel_pulse(self, link: WorkerLink) -> None:
        """Close the link of a worker that hangs, so that it is killed and started again."""
        while True:
            await asyncio.sleep(self._plan.pulse.total_seconds())
            try:
                await link.ask(
                    lambda number: AskStatistics(request=number), within=self._plan.patience
                )
            except CommandFailedError:
                continue  # a "no" is a sign of life
            except LinkError:
                _log.warning("media-worker-hangs", worker=link.hello.worker)
                link.close()
                return

    async def renew(self, *, within: timedelta) -> None:
        """Drain one worker after the other, at most so long each, and wait for its successor."""
        for worker, link in tuple(self._links.items()):
            if worker not in self._draining and worker in self._links:
                ended = self._draining[worker] = asyncio.Event()
                await _drain(link, within)
                await ended.wait()
                await self.ready(self._plan.count)

    async def stop(self, *, within: timedelta) -> None:
        """Drain all workers, at most so long, then end them; returns when `run` has ended."""
        self._is_stopping.set()
        if not self._is_running:
            return
        links = tuple(self._links.values())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                await asyncio.gather(*(_drain(link, within) for link in links))
                await self._has_ended.wait()
        for link in links:
            link.close()
        await self._has_ended.wait()


async def _drain(link: WorkerLink, within: timedelta) -> None:
    with contextlib.suppress(LinkError, CommandFailedError):
        await link.ask(lambda number: Drain(request=number, seconds=within.total_seconds()))


async def _wait(process: asyncio.subprocess.Process, within: timedelta) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within.total_seconds()):
            await process.wait()


async def _end(process: asyncio.subprocess.Process, grace: timedelta) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await _wait(process, grace)


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()

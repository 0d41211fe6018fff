"""`python -m signaling.outputs.process`: writes recordings, in a process of its own."""

import argparse
import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from signaling.outputs import messages
from signaling.outputs.desk import Desk
from signaling.outputs.packets import (
    LENGTH,
    LONGEST,
    KeyFrameWanted,
    LinkFault,
    Message,
    decode,
    encode,
)
from signaling.outputs.sweeper import sweep

TICK: Final = timedelta(milliseconds=100)
SWEEP: Final = timedelta(hours=1)
BAD_START: Final = 2
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OutputsOptions:
    """Where to listen, where to write, how long to keep."""

    control: Path  # the control plane's socket
    listen: Path  # where workers connect
    folder: Path
    keep: timedelta
    keep_free: int = 0  # bytes of the disk that recordings leave to others


def parse(arguments: Sequence[str]) -> OutputsOptions:
    """The options; exits with 2 when they make no sense."""
    parser = argparse.ArgumentParser(prog="python -m signaling.outputs.process")
    parser.add_argument("--socket", type=Path, required=True, help="the control plane's socket")
    parser.add_argument("--listen", type=Path, required=True, help="the socket for media workers")
    parser.add_argument("--folder", type=Path, required=True, help="where recordings are written")
    parser.add_argument("--keep", type=float, required=True, help="seconds to keep a recording")
    parser.add_argument("--keep-free", type=int, default=0, help="bytes of disk to leave to others")
    values = parser.parse_args(arguments)
    keep = timedelta(seconds=values.keep)
    return OutputsOptions(values.socket, values.listen, values.folder, keep, values.keep_free)


class Outputs:
    """Serves one control plane and the workers that connect, until the control plane has gone."""

    def __init__(self, options: OutputsOptions) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._workers: dict[int, asyncio.StreamWriter] = {}
        self._numbers = itertools.count(1)
        self._ended = asyncio.Event()
        self._desk = Desk(
            options.folder, keep_free=options.keep_free, report=self._report, ask=self._ask
        )

    def end(self) -> None:
        """Complete every file, then let `run` return."""
        self._ended.set()

    async def run(self) -> None:
        """Write recordings until the control plane goes away; raises OSError at the start."""
        self._options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        reader, self._control = await asyncio.open_unix_connection(self._options.control)
        server = await asyncio.start_unix_server(self._serve, self._options.listen)
        self._report(messages.OutputsReady(process=os.getpid()))
        async with server, asyncio.TaskGroup() as tasks:
            owned = [tasks.create_task(self._obey(reader)), tasks.create_task(self._tick())]
            await self._ended.wait()
            for task in owned:
                task.cancel()
            self._desk.close()
            for writer in self._workers.values():
                writer.close()
        self._control.close()

    def _now(self) -> timedelta:
        return timedelta(seconds=self._loop.time())

    def _report(self, report: messages.Report) -> None:
        if not self._control.is_closing():
            self._control.write(messages.frame(report))

    def _ask(self, source: int, output: str, mid: str) -> None:
        writer = self._workers.get(source)
        if writer is not None:
            writer.write(encode(KeyFrameWanted(output, mid)))

    async def _obey(self, reader: asyncio.StreamReader) -> None:
        while (command := await messages.read(reader, messages.COMMANDS)) is not None:
            self._desk.carry_out(command, self._now())
        self._ended.set()

    async def _tick(self) -> None:
        sweep_at = self._now()
        while True:
            now = self._now()
            self._desk.tick(now)
            if now >= sweep_at:
                sweep_at = now + SWEEP
                self._sweep()
            await asyncio.sleep(TICK.total_seconds())

    def _sweep(self) -> None:
        options = self._options
        try:
            for name in sweep(options.folder, keep=options.keep, writing=self._desk.writing):
                self._report(messages.FileRemoved(file=name))
        except OSError as error:  # the folder is not there: recordings say so themselves
            _log.warning("recordings-not-swept", fault=error.strerror)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        source = next(self._numbers)
        self._workers[source] = writer
        try:
            while (message := await read_media(reader)) is not None:
                self._desk.receive(message, source, self._now())
        finally:
            del self._workers[source]
            self._desk.lost(source)
            writer.close()


async def read_media(reader: asyncio.StreamReader) -> Message | None:
    """The next message of a worker; None when it has gone, or does not speak our protocol."""
    try:
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        if length > LONGEST:
            return None
        return decode(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError, LinkFault):
        return None


async def serve(options: OutputsOptions) -> None:
    """Work until the control plane goes away, or SIGTERM comes; raises OSError."""
    outputs = Outputs(options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, outputs.end)
    await outputs.run()


def main() -> None:
    """Run until the control plane goes away."""
    options = parse(sys.argv[1:])
    try:
        asyncio.run(serve(options))
    except OSError as error:
        sys.stderr.write(f"outputs: {error}\n")
        sys.exit(BAD_START)


if __name__ == "__main__":
    main()

"""A worker of the tests: it speaks the real protocol over a real Unix socket, as told."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import TypeAdapter

from signaling.workers.messages import Candidate, Command, Hello, Report

_COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)
HELLO = Hello(
    worker="0.1",
    process=1,
    fingerprint="AB:CD",
    candidates=(Candidate(address="192.0.2.1", port=7000),),
)


def frame(report: Report) -> bytes:
    text = report.model_dump_json().encode()
    return struct.pack("!I", len(text)) + text


class Peer:
    """The worker's end of a link."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def say(self, *reports: Report) -> None:
        self.writer.write(b"".join(map(frame, reports)))
        await self.writer.drain()

    async def hear(self) -> Command:
        (length,) = struct.unpack("!I", await self._reader.readexactly(4))
        return _COMMANDS.validate_json(await self._reader.readexactly(length))


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[tuple[Ends, Peer]]:
    """The control plane's end of a Unix socket, and the peer at the other."""
    ends: asyncio.Future[Ends] = asyncio.get_running_loop().create_future()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.set_result((reader, writer))

    server = await asyncio.start_unix_server(accept, folder / "s")
    peer = Peer(*await asyncio.open_unix_connection(folder / "s"))
    ours = await ends
    try:
        yield ours, peer
    finally:
        for writer in (ours[1], peer.writer):
            writer.close()
        server.close()

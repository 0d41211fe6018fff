"""The outputs process and both who talk to it: a control plane and a worker's link."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from signaling.outputs import messages
from signaling.outputs.packets import KeyFrameWanted, MediaPacket, Message, SenderClock
from signaling.workers.output_link import OutputLink
from tests.signaling.outputs.sources import START

PATIENCE = 60.0  # seconds until a test gives up; never asserted on
T = TypeVar("T")
RECORDING = "0123456789abcdef0123456789abcdef"


class House:
    """One outputs process; `reports` are in order of arrival."""

    def __init__(
        self,
        child: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        listen: Path,
    ) -> None:
        self.child = child
        self.reports: list[messages.Report] = []
        self.wanted: list[KeyFrameWanted] = []
        self.hung_up = False
        self._reader, self._writer = reader, writer
        self._news = asyncio.Event()
        self._listen = listen
        self._links: list[OutputLink] = []

    async def read(self) -> None:
        while (report := await messages.read(self._reader, messages.REPORTS)) is not None:
            self.reports.append(report)
            self._news.set()

    async def until(self, kind: type[T], **fields: Any) -> T:
        """The first report of that kind with these values."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for report in self.reports:
                    if isinstance(report, kind) and all(
                        getattr(report, name) == value for name, value in fields.items()
                    ):
                        return report
                self._news.clear()
                await self._news.wait()

    async def until_grown(self, seconds: float) -> messages.PartGrown:
        """The first report of so much on disk."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for report in self.reports:
                    if isinstance(report, messages.PartGrown) and report.seconds >= seconds:
                        return report
                self._news.clear()
                await self._news.wait()

    def tell(self, command: messages.Command) -> None:
        self._writer.write(messages.frame(command))

    def begin(self, recording: str = RECORDING, part: int = 1, **limits: Any) -> None:
        sections = (("0", "audio"), ("1", "video"))
        chosen = {"size": 1 << 30, "seconds": 3600.0, **limits}
        self.tell(
            messages.BeginRecording(recording=recording, part=part, sections=sections, **chosen)
        )

    def end(self, recording: str = RECORDING) -> None:
        self.tell(messages.EndRecording(recording=recording, reason="stopped"))

    def worker(self) -> OutputLink:
        """A worker's link."""

        def lost() -> None:
            self.hung_up = True

        link = OutputLink(str(self._listen), wanted=self.wanted.append, lost=lost)
        self._links.append(link)
        return link

    def hang_up(self) -> None:
        if self.child.returncode is None and not self._writer.is_closing():
            self._writer.write_eof()

    def close(self) -> None:
        self._writer.close()
        for link in self._links:
            link.close()


def shifted(sent: Iterable[Message], recording: str = RECORDING) -> list[Message]:
    """The same, with arrivals that end now."""
    listed = [m for m in sent if isinstance(m, MediaPacket | SenderClock)]
    now = asyncio.get_running_loop().time()
    latest = max(message.arrived_at for message in listed)
    by = type(START)(seconds=now) - latest
    return [m._replace(output=recording, arrived_at=m.arrived_at + by) for m in listed]


@asynccontextmanager
async def house(folder: Path, socket_folder: Path, *more: str) -> AsyncIterator[House]:
    """A process that writes into a folder; killed at the end if it still runs."""
    control, listen = socket_folder / "c", socket_folder / "m"
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_unix_server(lambda r, w: connections.put_nowait((r, w)), control)
    line = (sys.executable, "-m", "signaling.outputs.process", "--socket", str(control))
    where = ("--listen", str(listen), "--folder", str(folder), "--keep", "3600", *more)
    child = await asyncio.create_subprocess_exec(*line, *where)
    async with server, asyncio.timeout(3 * PATIENCE), asyncio.TaskGroup() as tasks:
        try:
            outputs = House(child, *await connections.get(), listen)
            reading = tasks.create_task(outputs.read())
            await outputs.until(messages.OutputsReady)
            yield outputs
            outputs.hang_up()  # it ends by itself
            await child.wait()
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()
        await reading
        outputs.close()

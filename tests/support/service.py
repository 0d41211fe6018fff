"""`daigang serve` as a process of its own, on free ports and an empty data folder."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.support.processes import unmeasured

ROOT = Path(__file__).resolve().parent.parent.parent
READY = re.compile(r"is ready: (http://\S+)")


@dataclass(slots=True)
class Service:
    """A running service."""

    url: str
    data: Path
    process: asyncio.subprocess.Process
    output: list[str]

    @property
    def port(self) -> int:
        """The TCP port that it listens on."""
        return int(self.url.rsplit(":", 1)[-1])

    async def stop(self) -> int:
        """Ask it to stop and return its exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


def clock_at(moment: datetime) -> str:
    """The setting CLOCK_OFFSET with which a service that starts now believes it is `moment`."""
    offset = moment - datetime.now(UTC)  # noqa: TID251  the machine's own clock
    seconds = int(offset.total_seconds())
    return f"{'-' if seconds < 0 else ''}PT{abs(seconds)}S"


async def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port


async def listening(port: int, *, within: float = 60) -> None:
    """Return as soon as a program takes connections at that port of loopback."""
    async with asyncio.timeout(within):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


@asynccontextmanager
async def serving(
    data: Path,
    settings: Mapping[str, str] | None = None,
    *,
    arguments: Sequence[str] = (),
    within: float = 60,
    measured: bool = True,
) -> AsyncIterator[Service]:
    """Start the service and wait until it says that it is ready; `settings` without prefix.

    One that is not `measured` tells no coverage: its start repeats what an earlier one has told.
    """
    port = await free_port()
    environment = {
        key: value
        for key, value in (os.environ if measured else unmeasured()).items()  # noqa: TID251  inherited
        if not key.startswith("DAIGANG_")
    }
    wanted = {"DATA": str(data), "PORT": str(port), **(settings or {})}
    environment |= {f"DAIGANG_{name}": value for name, value in wanted.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "web", "serve", *arguments, cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output: list[str] = []
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        reader = group.create_task(_read(process, output, ready))
        try:
            async with asyncio.timeout(within):
                url = await ready
            yield Service(url, data, process, output)
        except BaseException:
            print("\n".join(output))  # noqa: T201  pytest shows it beside the failure
            raise
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(30):
                    await process.wait()
            except TimeoutError:
                process.kill()
            await reader


async def _read(
    process: asyncio.subprocess.Process, output: list[str], ready: "asyncio.Future[str]"
) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        text = line.decode(errors="replace").rstrip()
        output.append(text)
        if (found := READY.search(text)) and not ready.done():
            ready.set_result(found[1])
    if not ready.done():
        ready.set_exception(AssertionError("the service ended:\n" + "\n".join(output)))

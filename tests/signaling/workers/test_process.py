"""The worker as a process of its own: how it starts, serves and ends."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from signaling.workers.frames import read_report
from signaling.workers.messages import Hello
from signaling.workers.process import parse

pytestmark = pytest.mark.services


@asynccontextmanager
async def process(
    folder: Path, *more: str
) -> AsyncIterator[
    tuple[
        asyncio.subprocess.Process, asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
    ]
]:
    """A worker process and the connections that it makes to its control plane."""
    links: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    path = folder / "control"
    server = await asyncio.start_unix_server(lambda r, w: links.put_nowait((r, w)), path)
    async with server:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "signaling.workers.process"),
            *("--socket", str(path), "--worker", "w-1", *more),
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield child, links
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()


async def ended(child: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(60):
        return await child.wait()


async def test_a_process_greets_and_ends_with_its_link(tmp_path: Path) -> None:
    async with process(tmp_path) as (child, links):
        reader, writer = await links.get()
        hello = await read_report(reader)
        assert isinstance(hello, Hello)
        assert (hello.worker, hello.process) == ("w-1", child.pid)
        assert hello.candidates[0].address == "127.0.0.1"
        writer.close()
        assert await ended(child) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_without_sessions_ends_when_told_to(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with process(tmp_path) as (child, links):
        reader, writer = await links.get()
        await read_report(reader)
        child.send_signal(number)
        assert await ended(child) == 0
        writer.close()


@pytest.fixture
def taken() -> Iterator[str]:
    """A TCP port that somebody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


@pytest.mark.parametrize("option", ["--host", "--tcp-port"])
async def test_a_process_that_cannot_listen_says_why_in_one_line(
    tmp_path: Path, taken: str, option: str
) -> None:
    value = taken if option == "--tcp-port" else "203.0.113.9"
    async with process(tmp_path, option, value) as (child, links):
        _, writer = await links.get()
        assert await ended(child) == 2
        assert child.stderr is not None
        lines = (await child.stderr.read()).decode().splitlines()
        assert len(lines) == 1
        assert lines[0].startswith("media worker w-1:")
        writer.close()


def test_the_command_line_is_read() -> None:
    line = "--socket /run/s --worker w-2 --host ::1 --port 4000 --tcp-port 4001 --sessions 9"
    path, options = parse([*line.split(), "--advertise", "198.51.100.1", "--advertise", "::1"])
    assert path == Path("/run/s")
    assert (options.worker, options.host) == ("w-2", "::1")
    assert (options.port, options.tcp_port) == (4000, 4001)
    assert options.advertise == ("198.51.100.1", "::1")
    assert options.most_sessions == 9


@pytest.mark.parametrize("option", ["--host", "--advertise"])
def test_a_name_is_no_address(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--socket", "/run/s", "--worker", "w", option, "localhost"])
    assert "localhost" in capsys.readouterr().err


def test_a_command_line_without_a_socket_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(["--worker", "w"])
    assert caught.value.code == 2
    assert "--socket" in capsys.readouterr().err

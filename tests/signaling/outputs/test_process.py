"""The outputs process as a process: killed, out of disk, left by its worker, told to end."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling.outputs import messages
from signaling.outputs.packets import KeyFrameWanted, SourceEnded
from signaling.outputs.process import parse
from tests.signaling.outputs.house import RECORDING, House, house, shifted
from tests.signaling.outputs.sources import RATE, Publisher
from tests.signaling.outputs.test_files import small_disk
from tests.signaling.outputs.watching import watch

pytestmark = pytest.mark.services
__all__ = ["small_disk"]


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder whose path is short enough for a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="dg-") as folder:
        yield Path(folder)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def fed(
    outputs: House, codec: str = "vp8", seconds: int = 5, recording: str = RECORDING
) -> None:
    """A recording has begun, and a worker has sent all of this."""
    outputs.begin(recording)
    await outputs.until(messages.RecordingAwaits, recording=recording)
    worker = outputs.worker()
    for message in shifted(Publisher(codec, seconds).messages(), recording):
        worker.send(message)
    worker.flush()


@pytest.mark.parametrize(("codec", "suffix"), [("vp8", "webm"), ("h264", "mp4")])
async def test_a_killed_process_leaves_a_file_that_plays(
    codec: str, suffix: str, tmp_path: Path, sockets: Path
):
    async with house(tmp_path, sockets) as outputs:
        await fed(outputs, codec)
        started = await outputs.until(messages.PartStarted)
        assert started.file == f"{RECORDING}-1.{suffix}"
        grown = await outputs.until_grown(3)
        outputs.child.send_signal(signal.SIGKILL)
        await outputs.child.wait()
        assert outputs.child.returncode == -signal.SIGKILL
    path = tmp_path / started.file
    assert path.stat().st_size >= grown.size
    seen = watch(path)
    assert len(seen.pictures) >= int(grown.seconds * RATE) - 2
    assert max(abs(offset) for offset in seen.offsets[:-1]) < 0.040


async def test_a_stopped_recording_is_reported_with_its_size(tmp_path: Path, sockets: Path):
    async with house(tmp_path, sockets) as outputs:
        await fed(outputs, "h264")
        await outputs.until(messages.PartStarted)
        outputs.end()
        ended = await outputs.until(messages.PartEnded)
        assert (ended.reason, ended.continues) == ("stopped", False)
        path = tmp_path / (ended.file or "")
        assert (path.stat().st_size, path.stat().st_mode & 0o777) == (ended.size, 0o600)
        assert watch(path).duration == pytest.approx(ended.seconds, abs=0.05)
        outputs.end()  # again: nothing happens
        outputs.begin("f" * 32)
        await outputs.until(messages.RecordingAwaits, recording="f" * 32)
        outputs.end("f" * 32)
        nothing = await outputs.until(messages.PartEnded, recording="f" * 32)
        assert (nothing.file, nothing.size) == (None, 0)


async def test_a_full_disk_ends_a_recording_and_the_file_plays(small_disk: Path, sockets: Path):
    async with house(small_disk, sockets) as outputs:
        (small_disk / "others").write_bytes(bytes(970_000))
        await fed(outputs, "h264", 6)
        ended = await outputs.until(messages.PartEnded)
        assert ended.reason == "disk-full"
        assert ended.file is not None
        (small_disk / "others").unlink()
        assert len(watch(small_disk / ended.file).pictures) > 0
        outputs.begin("f" * 32)  # the process goes on
        await outputs.until(messages.RecordingAwaits, recording="f" * 32)


async def test_a_disk_that_is_full_from_the_start_leaves_no_file(tmp_path: Path, sockets: Path):
    async with house(tmp_path, sockets, "--keep-free", str(1 << 60)) as outputs:
        await fed(outputs)
        ended = await outputs.until(messages.PartEnded)
        assert (ended.reason, ended.file) == ("disk-full", None)
        assert names(tmp_path) == []


async def test_a_fault_ends_its_recording_only(tmp_path: Path, sockets: Path):
    async with house(tmp_path / "gone", sockets) as outputs:
        (tmp_path / "gone").rmdir()
        await fed(outputs)
        assert (await outputs.until(messages.PartEnded)).reason == "failed"
        (tmp_path / "gone").mkdir()
        await fed(outputs, recording="f" * 32)
        await outputs.until(messages.PartStarted)


@pytest.mark.parametrize("how", ["said", "hung-up"])
async def test_without_a_source_a_recording_is_complete(how: str, tmp_path: Path, sockets: Path):
    async with house(tmp_path, sockets) as outputs:
        outputs.begin()
        await outputs.until(messages.RecordingAwaits)
        worker = outputs.worker()
        for message in shifted(Publisher("vp8", 3).messages()):
            worker.send(message)
        if how == "said":
            worker.send(SourceEnded(RECORDING))
        worker.flush()
        if how == "hung-up":
            await outputs.until(messages.PartStarted)
            worker.close()
        ended = await outputs.until(messages.PartEnded)
        assert ended.reason == "publication-ended"
        assert len(watch(tmp_path / (ended.file or "")).pictures) == 3 * RATE


async def test_a_key_frame_is_asked_of_the_worker_that_feeds_the_recording(
    tmp_path: Path, sockets: Path
):
    async with house(tmp_path, sockets) as outputs:
        outputs.begin()
        await outputs.until(messages.RecordingAwaits)
        worker = outputs.worker()
        for message in shifted(Publisher("vp8", 2).messages())[5:]:
            worker.send(message)
        worker.flush()
        await outputs.until(messages.PartStarted)
        outputs.end()
        await outputs.until(messages.PartEnded)
        outputs.begin(part=2)
        for message in shifted(Publisher("vp8", 1).messages())[20:]:
            worker.send(message)
        worker.flush()
        async with asyncio.timeout(60):
            while not outputs.wanted:  # noqa: ASYNC110  the condition is not ours to signal
                await asyncio.sleep(0.01)
        assert outputs.wanted[0] == KeyFrameWanted(RECORDING, "1")


async def test_a_part_whose_file_is_there_takes_the_next_number(tmp_path: Path, sockets: Path):
    (tmp_path / f"{RECORDING}-1.webm").write_bytes(b"of a life before")
    async with house(tmp_path, sockets) as outputs:
        await fed(outputs)
        started = await outputs.until(messages.PartStarted)
        assert (started.part, started.file) == (2, f"{RECORDING}-2.webm")


async def test_old_recordings_are_swept_at_the_start(tmp_path: Path, sockets: Path):
    name = "e" * 32 + "-1.mp4"
    (tmp_path / name).write_bytes(b"film")
    async with house(tmp_path, sockets, "--keep", "0") as outputs:
        assert (await outputs.until(messages.FileRemoved)).file == name
        assert names(tmp_path) == []


@pytest.mark.parametrize("how", ["hang-up", "signal"])
async def test_files_are_complete_when_the_process_ends(how: str, tmp_path: Path, sockets: Path):
    async with house(tmp_path, sockets) as outputs:
        await fed(outputs)
        started = await outputs.until(messages.PartStarted)
        if how == "hang-up":
            outputs.hang_up()
        else:
            outputs.child.send_signal(signal.SIGTERM)
        ended = await outputs.until(messages.PartEnded)
        assert ended.reason == "stopped"
        assert await outputs.child.wait() == 0
    assert watch(tmp_path / started.file).duration > 0


async def test_what_is_no_protocol_ends_the_link(tmp_path: Path, sockets: Path):
    async with house(tmp_path, sockets) as outputs:
        for nonsense in (b"\xff\xff\xff\xff", b"\0\0\0\1\x09"):
            reader, writer = await asyncio.open_unix_connection(sockets / "m")
            writer.write(nonsense)
            assert await reader.read() == b""
            writer.close()
        assert outputs.child.returncode is None


async def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path, sockets: Path):
    (tmp_path / "file").write_bytes(b"")
    server = await asyncio.start_unix_server(lambda _r, _w: None, sockets / "c")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "signaling.outputs.process"),
        *("--socket", str(sockets / "c"), "--listen", str(sockets / "m")),
        *("--folder", str(tmp_path / "file" / "recordings"), "--keep", "1"),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await child.communicate()
    assert (child.returncode, errors.decode().count("\n")) == (2, 1)
    server.close()


def test_the_command_line_is_read():
    line = "--socket /run/c --listen /run/m --folder /data --keep 60 --keep-free 5"
    options = parse(line.split())
    assert (options.folder, options.keep.total_seconds(), options.keep_free) == (
        Path("/data"),
        60,
        5,
    )

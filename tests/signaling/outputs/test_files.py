"""Files on a real disk, a small one too: whole fragments or nothing, for their owner only."""

import errno
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from signaling.outputs.files import DiskFull, PartFile
from signaling.outputs.samples import Patch
from tests.support.processes import unmeasured

MEGABYTE = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte; where none can be mounted, a limit on files of that size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0:  # noqa: S603
        yield folder
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607
        return
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE, before[1]))
    yield folder
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_is_its_owners_and_never_another_ones(tmp_path: Path):
    file = PartFile(tmp_path, "a-1.webm", 0)
    assert stat.S_IMODE((tmp_path / "a-1.webm").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        PartFile(tmp_path, "a-1.webm", 0)
    file.close()


def test_bytes_are_added_and_some_of_them_changed_at_the_end(tmp_path: Path):
    file = PartFile(tmp_path, "a-1.mp4", 0)
    file.append(b"head")
    file.append(b"body")
    file.patch([Patch(1, b"EA")])
    file.close()
    assert (tmp_path / "a-1.mp4").read_bytes() == b"hEAdbody"
    assert file.size == 8


def test_a_full_disk_leaves_the_file_as_it_was(small_disk: Path):
    file = PartFile(small_disk, "a-1.mp4", 0)
    fragment = bytes(300_000)
    file.append(fragment)
    with pytest.raises(DiskFull):
        add_often(file, fragment)
    file.close()
    assert (small_disk / "a-1.mp4").stat().st_size == file.size
    assert file.size % 300_000 == 0
    assert 0 < file.size <= MEGABYTE


def add_often(file: PartFile, fragment: bytes) -> None:
    for _ in range(9):
        file.append(fragment)


def test_room_is_left_to_others(tmp_path: Path):
    file = PartFile(tmp_path, "a-1.mp4", 1 << 60)
    with pytest.raises(DiskFull):
        file.append(b"x")
    file.close()
    assert (tmp_path / "a-1.mp4").stat().st_size == 0


def test_another_fault_is_not_taken_for_a_full_disk(tmp_path: Path):
    file = PartFile(tmp_path, "a-1.mp4", 0)
    file.close()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        file.append(b"x")


def test_a_limit_on_files_is_a_full_disk(tmp_path: Path):
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from signaling.outputs.files import DiskFull, PartFile\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "file = PartFile(Path(sys.argv[1]), 'a-1.mp4', 0)\n"
        "file.append(bytes(900))\n"
        "try:\n    file.append(bytes(200))\nexcept DiskFull:\n    print(file.size)\n"
    )
    line = [sys.executable, "-c", program, str(tmp_path)]
    # unmeasured: what it would tell of its coverage has no room in such a file
    done = subprocess.run(line, capture_output=True, check=True, text=True, env=unmeasured())  # noqa: S603
    assert done.stdout.strip() == "900"
    assert (tmp_path / "a-1.mp4").stat().st_size == 900

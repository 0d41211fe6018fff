"""Recordings that were kept long enough go; what is being written, or is not ours, stays."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from signaling.outputs.retention import Found, file_name, overdue
from signaling.outputs.sweeper import sweep

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEEP = timedelta(days=30)
OLD, NEW = "0" * 31 + "a", "0" * 31 + "b"


def test_what_is_old_enough_is_overdue():
    files = [
        Found(file_name(OLD, 1, ".mp4"), NOW - KEEP),
        Found(file_name(NEW, 2, ".webm"), NOW - KEEP + timedelta(seconds=1)),
    ]
    assert overdue(files, keep=KEEP, writing=(), now=NOW) == [f"{OLD}-1.mp4"]


def test_what_is_being_written_is_never_overdue():
    name = file_name(OLD, 1, ".mp4")
    files = [Found(name, NOW - 2 * KEEP)]
    assert overdue(files, keep=KEEP, writing={name}, now=NOW) == []


def test_what_is_not_ours_is_never_overdue():
    names = ["notes.txt", f"{OLD}-1.mp4.part", f"{OLD}.mp4", f"{OLD[1:]}-1.mp4", f"x{OLD}-1.mp4"]
    files = [Found(name, NOW - 2 * KEEP) for name in names]
    assert overdue(files, keep=KEEP, writing=(), now=NOW) == []


def test_a_sweep_deletes_files_and_says_which(tmp_path: Path):
    old, new = tmp_path / f"{OLD}-1.mp4", tmp_path / f"{NEW}-1.webm"
    link = tmp_path / f"{OLD}-2.mp4"
    for path in (old, new):
        path.write_bytes(b"film")
    link.symlink_to(new)
    long_ago = time.time() - 2 * KEEP.total_seconds()  # noqa: TID251  the clock of files
    os.utime(old, (long_ago, long_ago))
    assert list(sweep(tmp_path, keep=KEEP, writing=())) == [old.name]
    assert sorted(tmp_path.iterdir()) == sorted([new, link])


def test_what_cannot_be_deleted_stays_and_the_next_goes(tmp_path: Path):
    paths = [tmp_path / f"{OLD}-{n}.mp4" for n in (1, 2)]
    for path in paths:
        path.write_bytes(b"film")
    sweeping = sweep(tmp_path, keep=timedelta(0), writing=())
    first = next(sweeping)
    for path in paths:  # somebody else was faster
        path.unlink(missing_ok=True)
    assert first in {path.name for path in paths}
    assert list(sweeping) == []

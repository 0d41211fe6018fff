"""Deletes recordings that were kept long enough."""

import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from signaling.outputs.retention import Found, overdue

_log = structlog.get_logger()


def sweep(folder: Path, *, keep: timedelta, writing: Collection[str]) -> Iterator[str]:
    """Delete what is overdue and yield its names; what cannot be deleted is logged and stays."""
    now = datetime.now(UTC)  # noqa: TID251  by the clock that stamped the files
    for name in overdue(_files(folder), keep=keep, writing=writing, now=now):
        try:
            (folder / name).unlink()
        except OSError as error:
            _log.warning("recording-stays", file=name, fault=error.strerror)
        else:
            _log.info("recording-deleted", file=name)
            yield name


def _files(folder: Path) -> list[Found]:
    with os.scandir(folder) as entries:
        return [
            Found(entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC))
            for entry in entries
            if entry.is_file(follow_symlinks=False)
        ]

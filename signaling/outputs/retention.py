"""Which recordings have been kept long enough: a decision, no deed."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

NAME: Final = re.compile(r"[0-9a-f]{32}-[0-9]+\.(mp4|webm)")  # how recordings are called


class Found(NamedTuple):
    """One file in the folder of recordings."""

    name: str
    written_at: datetime  # the last time


def file_name(recording: str, part: int, suffix: str) -> str:
    """The name of a part's file: nothing in it comes from a client."""
    return f"{recording}-{part}{suffix}"


def overdue(
    files: Iterable[Found], *, keep: timedelta, writing: Collection[str], now: datetime
) -> list[str]:
    """The names of those to delete: ours, old enough, and not being written."""
    return [
        file.name
        for file in files
        if NAME.fullmatch(file.name) and file.name not in writing and now - file.written_at >= keep
    ]

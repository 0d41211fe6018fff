"""Where the notes about rooms are kept: one file a room, a line a note, in the data folder.

A line is with the kernel before anybody is told what it says: killing this process loses nothing.
A machine that loses power may lose the last lines; they are not worth a sync each.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, unquote

import structlog
from pydantic import ValidationError
from typing_extensions import override

from signaling.rooms.memory import NOTE, Memory, Note

SUFFIX = ".notes"
OWNER_ONLY = 0o600  # chat is private

_log = structlog.get_logger()


class Notebooks(Protocol):
    """Notes by room; nothing here raises, a disk that fails is reported by False."""

    def rooms(self) -> tuple[str, ...]:
        """The rooms of which there are notes."""
        ...

    def read(self, room: str) -> Memory:
        """All that the notes of a room say."""
        ...

    def add(self, room: str, notes: Iterable[Note]) -> bool:
        """Write these notes after the others."""
        ...

    def replace(self, room: str, notes: Iterable[Note]) -> bool:
        """Write these notes instead of the others."""
        ...

    def drop(self, room: str) -> None:
        """Forget a room."""
        ...


class NoNotebooks(Notebooks):
    """Nothing outlives the process."""

    @override
    def rooms(self) -> tuple[str, ...]:
        return ()

    @override
    def read(self, room: str) -> Memory:
        return Memory()

    @override
    def add(self, room: str, notes: Iterable[Note]) -> bool:
        return True

    @override
    def replace(self, room: str, notes: Iterable[Note]) -> bool:
        return True

    @override
    def drop(self, room: str) -> None:
        pass


class FileNotebooks(Notebooks):
    """Notes in a folder, made at the first note."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def rooms(self) -> tuple[str, ...]:
        return tuple(unquote(path.stem) for path in sorted(self._folder.glob(f"*{SUFFIX}")))

    @override
    def read(self, room: str) -> Memory:
        memory = Memory()
        try:
            text = self._path(room).read_bytes()
        except FileNotFoundError:
            return memory
        except OSError as error:
            _log.warning("room-notes-unreadable", room=room, fault=error.strerror)
            return memory
        for note in _notes(room, text):
            memory.take(note)
        return memory

    @override
    def add(self, room: str, notes: Iterable[Note]) -> bool:
        return self._write(self._path(room), notes, os.O_APPEND)

    @override
    def replace(self, room: str, notes: Iterable[Note]) -> bool:
        path = self._path(room)
        draft = path.with_suffix(".draft")
        if not self._write(draft, notes, os.O_TRUNC):
            return False
        draft.replace(path)  # whole, or not at all
        return True

    @override
    def drop(self, room: str) -> None:
        self._path(room).unlink(missing_ok=True)

    def _path(self, room: str) -> Path:
        return self._folder / f"{quote(room, safe='')}{SUFFIX}"

    def _write(self, path: Path, notes: Iterable[Note], how: int) -> bool:
        lines = b"".join(note.model_dump_json().encode() + b"\n" for note in notes)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | how, OWNER_ONLY)
            try:
                return os.write(handle, lines) == len(lines)
            finally:
                os.close(handle)
        except OSError as error:
            _log.warning("room-notes-not-kept", fault=error.strerror)
            return False


def _notes(room: str, text: bytes) -> Iterator[Note]:
    """The notes in a file; a line that was cut short, or is a newer version's, is passed over."""
    for line in text.splitlines():
        try:
            yield NOTE.validate_json(line)
        except ValidationError:
            _log.warning("room-note-passed-over", room=room)

"""One file of a recording on disk: written whole fragments at a time, never past a full disk."""

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from signaling.outputs.samples import Patch

OWNER_ONLY: Final = 0o600  # a recording is nobody else's business
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DiskFull(Exception):  # noqa: N818  an outcome, not a fault
    """There is no room for these bytes; the file is as it was before them."""


class PartFile:
    """A file that only grows until it is closed. Every verb but `close` may raise OSError."""

    def __init__(self, folder: Path, name: str, keep_free: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        self._file = os.open(folder / name, flags, OWNER_ONLY)
        self._keep_free = keep_free
        self.name = name
        self.size = 0  # bytes

    def append(self, data: bytes) -> None:
        """Add all of these bytes; raises DiskFull when not all of them fit."""
        try:
            self._require_space(len(data))
            self._write(data)
        except OSError as error:
            os.ftruncate(self._file, self.size)
            if error.errno in _FULL:
                raise DiskFull from error
            raise
        self.size += len(data)

    def _require_space(self, size: int) -> None:
        """Leave some room: other parts of the service write to the same disk."""
        disk = os.fstatvfs(self._file)
        if disk.f_bavail * disk.f_frsize < size + self._keep_free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.pwrite(self._file, view, self.size + len(data) - len(view)) :]

    def patch(self, patches: Iterable[Patch]) -> None:
        """Replace bytes that are there already."""
        for patch in patches:
            os.pwrite(self._file, patch.data, patch.offset)

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)

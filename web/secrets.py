"""Secret keys: made at first start, kept in one file that only its owner reads."""

import hashlib
import hmac
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes, token_hex
from typing import Self

LENGTH = 32  # bytes


@dataclass(frozen=True, slots=True)
class Secrets:
    """One master key; every use derives its own (HKDF-Expand, RFC 5869 §2.3, one block)."""

    master: bytes

    def key(self, name: str) -> bytes:
        """32 bytes that belong to this name alone."""
        return hmac.digest(self.master, name.encode() + b"\x01", hashlib.sha256)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `secret.key` in the data folder, making it (mode 0600) when it is missing.

        Raises:
            OSError: the folder cannot be written.
            BrokenKeyError: the file does not hold one of our keys.
        """
        path = folder / "secret.key"
        if not path.exists():
            _make(path)
        master = path.read_bytes()
        if len(master) != LENGTH:
            raise BrokenKeyError(path, len(master))
        return cls(master)


class BrokenKeyError(Exception):
    """The key's file was cut short or replaced."""

    def __init__(self, path: Path, length: int) -> None:
        super().__init__(f"{path} holds {length} bytes: expected {LENGTH}")


def _make(path: Path) -> None:
    """Put the file there whole, so that no other process reads half a key; the first one wins."""
    draft = path.with_name(f".{token_hex(8)}.key")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(token_bytes(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()

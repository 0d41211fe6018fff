"""Secret keys: made at first start, kept in one file that only its owner reads."""

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
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
        """
        path = folder / "secret.key"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(path.read_bytes())
        with os.fdopen(handle, "wb") as file:
            master = token_bytes(LENGTH)
            file.write(master)
        return cls(master)

"""What a session sends, protected by compiled code: GCM by OpenSSL itself, else by libsrtp."""

from functools import cache
from typing import Any, Final, Self

import numpy as np
from pylibsrtp import Session

from signaling.transport import openssl
from signaling.transport.kernels import kernels

LONGEST: Final = 1500  # bytes of a plain packet that we protect; longer ones fit no path
ROOM: Final = LONGEST + 36
KEY: Final = 16  # bytes of an AES-128 key
SALT: Final = 12  # bytes of GCM's (RFC 7714 §12.1)
SALT_LABEL: Final = 2  # RFC 3711 §4.3.2; the key's is 0
LABEL_AT: Final = 7  # byte of the 14 of a salt (RFC 3711 §4.3.1)
FIRST: Final = 1024  # streams there is memory for at first
NONE_YET: Final = -1

Array = np.ndarray[Any, Any]


class Indexes:
    """The highest packet index of each stream of all sessions, where compiled code finds it."""

    def __init__(self) -> None:
        self.highest: Array = np.full(FIRST, NONE_YET, np.int64)
        self._free = list(range(FIRST))

    def take(self) -> int:
        """A cell for a stream that nothing was sent of."""
        if not self._free:
            size = len(self.highest)
            self.highest = np.concatenate((self.highest, np.full(size, NONE_YET, np.int64)))
            self._free.extend(range(size, 2 * size))
        cell = self._free.pop()
        self.highest[cell] = NONE_YET
        return cell

    def give_back(self, cell: int) -> None:
        """The stream is no more."""
        self._free.append(cell)


@cache
def indexes() -> Indexes:
    """Those of this process."""
    return Indexes()


class Sealer:
    """The keys of what one session sends; `protect` takes one packet, compiled code takes many."""

    def __init__(self, owner: Any, salt: bytes | None) -> None:
        self.is_sealed = salt is not None  # else libsrtp protects, and counts
        self.context = openssl.address_of(owner)
        self.salt: Array = np.frombuffer(bytearray(salt or bytes(SALT)), np.uint8)
        self._owner = owner
        self._cells: dict[int, int] = {}
        self._packet = np.zeros(ROOM, np.uint8)
        self._bytes = self._packet.data.cast("B")
        self._length = np.zeros(1, np.int32)
        self._refused = np.zeros(1, np.uint8)

    @classmethod
    def gcm(cls, master: bytes) -> Self:
        """From the 28 bytes that DTLS gives for AES-128-GCM (RFC 7714 §11); raises CipherError."""
        key, salt = derive(master)
        return cls(openssl.context(b"AES-128-GCM", key), salt)

    @classmethod
    def libsrtp(cls, session: Session) -> Self:
        """For every other profile."""
        return cls(session._srtp[0], None)  # noqa: SLF001  pinned by a contract test

    def cell(self, ssrc: int) -> int:
        """Where the highest index of a stream is kept."""
        cell = self._cells.get(ssrc)
        if cell is None:
            cell = self._cells[ssrc] = indexes().take() if self.is_sealed else 0
        return cell

    def protect(self, packet: bytes) -> bytes | None:
        """The protected RTP packet; None when it is none, or of before its stream began."""
        size = len(packet)
        self._bytes[:size] = packet
        self._length[0] = size
        cell = self.cell(int.from_bytes(packet[8:12], "big"))
        if self.protect_rows(cell, self._packet, ROOM, self._length, self._refused):
            return None
        return bytes(self._bytes[: self._length[0]])

    def protect_rows(
        self, cell: int, packets: Array, width: int, lengths: Array, refused: Array
    ) -> int:
        """Protect packets of one stream, one every `width` bytes; how many were refused."""
        count = kernels().rows(
            self.is_sealed, self.context, self.salt, indexes().highest, cell,
            packets, width, lengths, refused,
        )  # fmt: skip
        return int(count)

    def __del__(self) -> None:
        if self.is_sealed:
            for cell in self._cells.values():
                indexes().give_back(cell)


def derive(master: bytes) -> tuple[bytes, bytes]:
    """Key and salt of packets, from master key and salt (RFC 3711 §4.3.1, RFC 7714 §11)."""
    key, salt = master[:KEY], master[KEY:]
    labelled = bytearray(salt.ljust(openssl.BLOCK, b"\0"))
    labelled[LABEL_AT] ^= SALT_LABEL
    derived = openssl.encrypt_blocks(key, salt.ljust(openssl.BLOCK, b"\0") + bytes(labelled))
    return derived[:KEY], derived[KEY : KEY + SALT]

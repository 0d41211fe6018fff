"""Datagrams on a stream: two bytes of length before each (RFC 4571 §2)."""

import struct
from collections.abc import Iterator
from typing import Final

LENGTH: Final = struct.Struct("!H")


class FrameTooLongError(ValueError):
    """The stream announces a datagram that nobody should send."""


def framed(datagram: bytes) -> bytes:
    """A datagram as it stands on a stream."""
    return LENGTH.pack(len(datagram)) + datagram


class EmptyFrameError(ValueError):
    """The stream announces a datagram of no bytes, which costs as much as one with some."""


class Deframer:
    """Cuts a stream back into datagrams; keeps less than one frame of `longest` bytes."""

    def __init__(self, longest: int) -> None:
        self.longest = longest  # bytes of a datagram; may be raised between two of them
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The datagrams that are complete now.

        Raises FrameTooLongError at one that is too long, EmptyFrameError at one of no bytes.
        """
        self._buffer += data
        while len(self._buffer) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._buffer)
            if length > self.longest:
                raise FrameTooLongError(length)
            if not length:
                raise EmptyFrameError
            end = LENGTH.size + length
            if len(self._buffer) < end:
                return
            datagram = bytes(self._buffer[LENGTH.size : end])
            del self._buffer[:end]
            yield datagram

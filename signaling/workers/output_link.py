"""The worker's end of the socket to the outputs process: bounded, and it never waits."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from signaling.outputs.packets import (
    LENGTH,
    LONGEST,
    KeyFrameWanted,
    LinkFault,
    Message,
    decode_wanted,
    encode,
)

MOST_WAITING: Final = 8 << 20  # bytes; a disk that stands still for seconds costs packets, not us
READ_SIZE: Final = 4096


class OutputLink:
    """Messages out, requests for key frames in. Raises OSError when nobody listens there."""

    def __init__(
        self,
        address: str,
        *,
        wanted: Callable[[KeyFrameWanted], None],
        lost: Callable[[], None],
    ) -> None:
        self.dropped = 0  # messages, because the other side was too slow
        self._wanted = wanted
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._queue: list[bytes] = []
        self._waiting = 0  # bytes in the queue and in the rest
        self._rest = memoryview(b"")  # what the socket did not take
        self._read = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect(address)
        except OSError:
            self._socket.close()
            raise
        self._loop.add_reader(self._socket, self._readable)

    def send(self, message: Message) -> None:
        """Queue a message; without room for it, or hung up, it is dropped and counted."""
        data = encode(message)
        if self._waiting + len(data) > MOST_WAITING or self._socket.fileno() < 0:
            self.dropped += 1
            return
        self._queue.append(data)
        self._waiting += len(data)

    def flush(self) -> None:
        """Give the socket what it takes now; the rest follows by itself."""
        if not self._rest and self._queue:
            self._write()

    def close(self) -> None:
        """Hang up; what the socket did not take yet is lost. Again: nothing happens."""
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()
        self._queue, self._rest, self._waiting = [], memoryview(b""), 0

    def _write(self) -> None:
        if not self._rest:
            self._rest = memoryview(b"".join(self._queue))
            self._queue = []
        try:
            sent = self._socket.send(self._rest)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._end()
            return
        self._rest = self._rest[sent:]
        self._waiting -= sent
        if self._rest or self._queue:
            self._loop.add_writer(self._socket, self._write)
        else:
            self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        self._read += data
        try:
            while (body := self._next()) is not None:
                self._wanted(decode_wanted(body))
        except LinkFault:
            self._end()

    def _next(self) -> bytes | None:
        if len(self._read) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._read)
        if length > LONGEST:
            raise LinkFault("a message is too long")
        end = LENGTH.size + int(length)
        if len(self._read) < end:
            return None
        body, self._read = self._read[LENGTH.size : end], self._read[end:]
        return body

    def _end(self) -> None:
        self.close()
        self._lost()

"""A hub with a UDP and a TCP port on loopback, and the lines on which a peer reaches it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

from signaling.transport.dtls import make_certificate
from signaling.transport.hub import Hub
from signaling.transport.peer import Arrived
from signaling.transport.port import UdpPort, bind
from signaling.transport.tcp import TcpPort, bind_tcp

Address = tuple[str, int]


class Station:
    """The hub of a worker, its ports, and what it heard."""

    def __init__(self, tasks: asyncio.TaskGroup, host: str) -> None:
        self.host = host
        self.connected_sessions: list[str] = []
        self.ended: list[tuple[str, str]] = []
        self.packets: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self.hub = Hub(make_certificate(), self, tasks, self.now)
        self.udp = UdpPort(bind(host, 0), self.hub.receive)
        self.hub.bind(self.udp.send)
        self.tcp = TcpPort(bind_tcp(host, 0), self.hub.receive, self.hub.lost)

    def now(self) -> timedelta:
        return timedelta(seconds=self._loop.time())

    def connected(self, session: str) -> None:
        self.connected_sessions.append(session)

    def disconnected(self, session: str, reason: str) -> None:
        self.ended.append((session, reason))

    def media(self, session: str, packets: Sequence[Arrived]) -> None:  # noqa: ARG002  the hub's
        self.packets.extend(packet for packet, _ in packets)

    def rest(self, session: str) -> timedelta:  # noqa: ARG002
        return timedelta(0)


@asynccontextmanager
async def station(host: str = "127.0.0.1") -> AsyncIterator[Station]:
    async with asyncio.TaskGroup() as tasks:
        opened = Station(tasks, host)
        await opened.tcp.listen()
        yield opened
        opened.hub.close_all("closed")
    opened.udp.close()
    opened.tcp.close()


class Line(Protocol):
    """How datagrams get to the station and back."""

    ours: Address

    def send(self, datagram: bytes) -> None: ...

    async def receive(self) -> bytes: ...

    def close(self) -> None: ...


class UdpLine:
    """A socket of our own."""

    def __init__(self, sock: socket.socket) -> None:
        self.ours = sock.getsockname()[:2]
        self._socket = sock

    @classmethod
    async def to(cls, place: Station) -> "UdpLine":
        sock = bind(place.host, 0)
        sock.connect((place.host, place.udp.number))
        return cls(sock)

    def send(self, datagram: bytes) -> None:
        self._socket.send(datagram)

    async def receive(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._socket, 2048)

    def close(self) -> None:
        self._socket.close()


class TcpLine:
    """A connection of our own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ours = writer.get_extra_info("sockname")[:2]
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, place: Station) -> "TcpLine":
        return cls(*await asyncio.open_connection(place.host, place.tcp.number))

    def send(self, datagram: bytes) -> None:
        self.write([len(datagram).to_bytes(2, "big"), datagram])

    def write(self, pieces: Iterable[bytes]) -> None:
        """Bytes that need not be a frame."""
        self._writer.writelines(pieces)

    async def receive(self) -> bytes:
        length = int.from_bytes(await self._reader.readexactly(2), "big")
        return await self._reader.readexactly(length)

    async def ended(self) -> None:
        """Return when the station has hung up."""
        try:
            while await self._reader.read(4096):
                pass
        except ConnectionResetError:
            pass

    def close(self) -> None:
        self._writer.close()

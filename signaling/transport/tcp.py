"""One TCP port for networks that block UDP: passive ICE candidates (RFC 6544), framed datagrams.

A connection is a stranger until its first valid check; strangers are few, brief and small.
Afterwards it belongs to that check's session and is a `StreamPath` like any address.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, cast

from typing_extensions import override

from signaling.ice.stun import Address, packed_address
from signaling.transport.demultiplex import Protocol, protocol_of
from signaling.transport.framing import Deframer, EmptyFrameError, FrameTooLongError, framed
from signaling.transport.intake import LARGEST, Received
from signaling.transport.paths import StreamPath
from signaling.transport.port import IPV4

MOST_STRANGERS: Final = 128  # connections without a valid check; the oldest makes room
MOST_FROM_ONE_HOST: Final = (
    32  # of those; a campus behind one address proves itself in a round trip
)
HOUSEHOLD: Final = 8  # bytes: one customer has a whole IPv6 /64 (RFC 6177 §2), or one IPv4 address
STRANGER_TIME: Final = timedelta(seconds=5)  # for the first valid check
STRANGER_FRAMES: Final = 16  # checks before one is valid
STRANGER_FRAME: Final = 548  # bytes; STUN fits into 576 with its headers (RFC 8489 §6.1)
HIGH_WATER: Final = 128 << 10  # bytes that wait for a slow peer: a second at 1 Mbit/s; then drop
LOW_WATER: Final = 64 << 10
UNSENT: Final = 32 << 10  # bytes that wait in the kernel, where nothing can be dropped any more
SLOW_TIME: Final = timedelta(seconds=5)  # how long a peer may take nothing worth mentioning
ACCEPT_BACKLOG: Final = 128


class TcpPort:
    """A bound socket on the running loop.

    `received` gets what its connections bring, `lost` hears of those that had a session.
    """

    def __init__(
        self,
        sock: socket.socket,
        received: Callable[[Sequence[Received]], None],
        lost: Callable[[StreamPath], None],
    ) -> None:
        self.drops: Counter[str] = Counter()
        self.number: int = sock.getsockname()[1]
        self.received = received
        self.lost = lost
        self._socket = sock
        self._server: asyncio.Server | None = None
        self._strangers: dict[TcpConnection, None] = {}  # in order of arrival
        self._known: set[TcpConnection] = set()

    async def listen(self) -> None:
        """Accept connections from now on."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: TcpConnection(self), sock=self._socket, backlog=ACCEPT_BACKLOG
        )

    @property
    def connections(self) -> tuple[int, int]:
        """How many strangers, and how many with a session."""
        return len(self._strangers), len(self._known)

    def welcome(self, connection: "TcpConnection") -> None:
        """Keep a new stranger for a while, at the cost of the oldest if there are too many."""
        self._strangers[connection] = None
        host = connection.household
        neighbours = [known for known in self._strangers if known.household == host]
        if len(neighbours) > MOST_FROM_ONE_HOST:
            self._send_away(neighbours[0])
        elif len(self._strangers) > MOST_STRANGERS:
            self._send_away(next(iter(self._strangers)))

    def _send_away(self, oldest: "TcpConnection") -> None:
        del self._strangers[oldest]
        oldest.refuse("tcp-too-many-strangers")

    def introduce(self, connection: "TcpConnection") -> None:
        """A stranger has proved to belong to a session."""
        del self._strangers[connection]
        self._known.add(connection)

    def forget(self, connection: "TcpConnection") -> None:
        """A connection has ended."""
        self._strangers.pop(connection, None)
        if connection in self._known:
            self._known.remove(connection)
            self.lost(connection)

    def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is None:
            self._socket.close()
        else:
            self._server.close()
        for connection in (*self._strangers, *self._known):
            connection.abort()


class TcpConnection(asyncio.Protocol, StreamPath):
    """One accepted connection."""

    def __init__(self, port: TcpPort) -> None:
        self.address: Address = ("", 0)
        self.household = b""  # with whom it shares the places of strangers
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._deframer = Deframer(STRANGER_FRAME)
        self._frames_left = STRANGER_FRAMES
        self._is_known = False
        self._is_slow = False
        self._deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        name = transport.get_extra_info("peername") or ("", 0)  # None: it has hung up already
        self.address = (name[0], name[1])
        self.household = household(name[0])
        self._transport.set_write_buffer_limits(HIGH_WATER, LOW_WATER)
        sock = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        self._end_within(STRANGER_TIME, "tcp-stranger-silent")
        self._port.welcome(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._port.forget(self)

    @override
    def data_received(self, data: bytes) -> None:
        at = timedelta(seconds=self._loop.time())
        batch: list[Received] = []
        try:
            for datagram in self._deframer.feed(data):
                if self._is_known:
                    batch.append(Received(datagram, self, at))
                elif not self._prove(Received(datagram, self, at)):
                    return
        except FrameTooLongError:
            self.refuse("tcp-frame-too-long")
        except EmptyFrameError:
            self.refuse("tcp-frame-empty")
        if batch:
            self._port.received(batch)

    def _prove(self, received: Received) -> bool:
        """Hand over one datagram of a stranger; False when that was the last one."""
        self._frames_left -= 1
        if self._frames_left < 0:
            self.refuse("tcp-too-many-checks")
        elif protocol_of(received.data) is not Protocol.STUN:
            self.refuse("tcp-not-a-check")
        else:
            self._port.received([received])
        return not self._transport.is_closing()

    @override
    def accept(self) -> None:
        if not self._is_known:
            self._is_known = True
            self._deframer.longest = LARGEST
            self._stop_waiting()
            self._port.introduce(self)

    @override
    def send(self, data: bytes) -> None:
        if self._transport.is_closing():
            self._port.drops["tcp-closed"] += 1
        elif self._is_slow:
            self._port.drops["tcp-send-full"] += 1
        else:
            self._transport.write(framed(data))

    @override
    def pause_writing(self) -> None:
        self._is_slow = True
        self._end_within(SLOW_TIME, "tcp-too-slow")

    @override
    def resume_writing(self) -> None:
        self._is_slow = False
        if not self._transport.is_closing():
            self._stop_waiting()

    @override
    def close(self) -> None:
        if not self._transport.is_closing():
            self._transport.close()
            self._end_within(SLOW_TIME, "tcp-too-slow")

    def abort(self) -> None:
        """Hang up at once."""
        self._transport.abort()

    def refuse(self, reason: str) -> None:
        """Hang up at once, and count why."""
        self._port.drops[reason] += 1
        self.abort()

    def _end_within(self, time: timedelta, reason: str) -> None:
        self._stop_waiting()
        self._deadline = self._loop.call_later(time.total_seconds(), self.refuse, reason)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def household(host: str) -> bytes:
    """Who is counted together: one IPv4 address, or one IPv6 /64."""
    return packed_address(host)[:HOUSEHOLD] if host else b""


def bind_tcp(host: str, port: int) -> socket.socket:
    """A socket bound to an address, not yet listening; `::` takes IPv4 too; raises OSError."""
    version = ipaddress.ip_address(host).version
    family = socket.AF_INET if version == IPV4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # TIME_WAIT of the last process
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock

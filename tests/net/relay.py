"""A poor link between browsers and a media worker: a UDP relay in userspace, on loopback.

It listens on an address of its own at the worker's port number, and the worker advertises that
address, so that all media of its peers passes through. Every client has a link of its own with its
own socket towards the worker, so the worker sees as many addresses as there are clients.
"""

import asyncio
import heapq
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Final

from tests.net.link import PERFECT, Conditions, Link

ADDRESS: Final = "127.0.0.2"  # all of 127/8 is loopback, and no worker listens here
BUFFER: Final = 1 << 21  # bytes in the kernel: the link loses datagrams, the machine does not
LARGEST: Final = 2048
BATCH: Final = 64
Address = tuple[str, int]


class Outlet:
    """Datagrams under way in one direction, each sent at its time and in order."""

    def __init__(self, link: Link, send: Callable[[bytes], object]) -> None:
        self.link = link
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._under_way: list[tuple[timedelta, int, bytes]] = []
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None

    def take(self, data: bytes) -> None:
        """Let the link decide what becomes of a datagram."""
        now = timedelta(seconds=self._loop.time())
        for at in self.link.departures(len(data), now):
            heapq.heappush(self._under_way, (at, next(self._numbers), data))
        self._let_go()

    def _let_go(self) -> None:
        now = timedelta(seconds=self._loop.time())
        while self._under_way and self._under_way[0][0] <= now:
            with suppress(OSError):  # a full buffer or a closed port: lost, as on any link
                self._send(heapq.heappop(self._under_way)[2])
        self.close()
        if self._under_way:
            at = self._under_way[0][0].total_seconds()
            self._timer = self._loop.call_at(at, self._let_go)

    def close(self) -> None:
        """Wake up no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Client:
    """One client of a relay: its two directions, and its socket towards the worker."""

    def __init__(self, seed: str, upstream: Address, answer: Callable[[bytes], object]) -> None:
        self._upstream = upstream
        self._loop = asyncio.get_running_loop()
        self._socket = self._open()
        self.up = Outlet(Link(f"{seed} up"), self._send_up)
        self.down = Outlet(Link(f"{seed} down"), answer)

    def _open(self) -> socket.socket:
        sock = _bound("127.0.0.1", 0)
        sock.connect(self._upstream)
        self._loop.add_reader(sock, self._read)
        return sock

    @property
    def port(self) -> int:
        """Which the worker sees, and tells."""
        port: int = self._socket.getsockname()[1]
        return port

    def _send_up(self, data: bytes) -> int:
        return self._socket.send(data)

    def rebind(self) -> None:
        """Go on from another port; what is sent to the old one is lost."""
        old, self._socket = self._socket, self._open()
        self._loop.remove_reader(old)
        old.close()

    def _read(self) -> None:
        for _ in range(BATCH):
            try:
                data = self._socket.recv(LARGEST)
            except BlockingIOError:
                return
            except OSError:  # nobody listens there (yet)
                continue
            self.down.take(data)

    def close(self) -> None:
        """Give the socket back; what is under way is lost."""
        self.up.close()
        self.down.close()
        self._loop.remove_reader(self._socket)
        self._socket.close()


class Relay:
    """Links for all clients of one address; `up` is towards the worker, `down` comes from it."""

    def __init__(self, seed: int, address: str = ADDRESS, port: int = 0) -> None:
        self.seed = seed
        self._socket = _bound(address, port)
        self.address: str = address
        self.port: int = self._socket.getsockname()[1]
        self._conditions = PERFECT, PERFECT
        self._clients: dict[Address, Client] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._read)

    def change(self, *, up: Conditions | None = None, down: Conditions | None = None) -> None:
        """Change what the links are like, for the clients of now and those to come."""
        self._conditions = up or self._conditions[0], down or self._conditions[1]
        for client in self._clients.values():
            client.up.link.conditions, client.down.link.conditions = self._conditions

    def change_one(self, port: int, conditions: Conditions) -> None:
        """Change both links of the one client that the worker sees at this port."""
        (client,) = (one for one in self._clients.values() if one.port == port)
        client.up.link.conditions = client.down.link.conditions = conditions

    def rebind(self) -> None:
        """Give every client another address at the worker, as a new network or a new NAT does."""
        for client in self._clients.values():
            client.rebind()

    @property
    def links(self) -> list[tuple[Link, Link]]:
        """The links of every client, up and down, with what they have counted."""
        return [(client.up.link, client.down.link) for client in self._clients.values()]

    def _read(self) -> None:
        for _ in range(BATCH):
            try:
                data, source = self._socket.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:  # an earlier client has closed its port
                continue
            self._client(source).up.take(data)

    def _client(self, source: Address) -> Client:
        if source not in self._clients:
            seed = f"{self.seed} {len(self._clients)}"
            client = Client(
                seed, ("127.0.0.1", self.port), lambda data: self._socket.sendto(data, source)
            )
            client.up.link.conditions, client.down.link.conditions = self._conditions
            self._clients[source] = client
        return self._clients[source]

    def close(self) -> None:
        """Give all sockets back."""
        for client in self._clients.values():
            client.close()
        self._loop.remove_reader(self._socket)
        self._socket.close()


@contextmanager
def relaying(seed: int | None = None, address: str = ADDRESS, port: int = 0) -> Iterator[Relay]:
    """A relay on the running loop to 127.0.0.1 at its own port number; prints its seed."""
    relay = Relay(secrets.randbits(32) if seed is None else seed, address, port)
    print(f"relay {relay.address}:{relay.port} with seed {relay.seed}")  # noqa: T201  to repeat it
    try:
        yield relay
    finally:
        relay.close()


def _bound(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    try:
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock

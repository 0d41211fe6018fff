"""One UDP port: datagrams in and out in batches, everything bounded and counted."""

import asyncio
import ipaddress
import socket
import struct
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from signaling.ice.stun import Address
from signaling.transport.beat import next_beat
from signaling.transport.mmsg import IS_AVAILABLE, Reader, socket_address
from signaling.transport.paths import Source
from signaling.transport.sieve import Sieve
from signaling.transport.tide import Tide

Datagram = tuple[bytes, Address]
Ancillary = list[tuple[int, int, bytes]]

IPV4: Final = 4
BATCH: Final = 64  # datagrams read at once
BATCHES: Final = 4  # read in one turn, so that a flood cannot starve the loop
LARGEST: Final = 2048  # bytes; what is longer than any MTU we meet fails authentication
BACKLOG: Final = 4096  # datagrams kept while the kernel's buffer is full; beyond, new ones drop
KERNEL_BUFFER: Final = 4 << 20  # bytes; a key frame to many viewers leaves in one burst
TIMESPEC: Final = struct.Struct("@ll")
# SO_TIMESTAMPNS, which Python does not name. Publishers measure their path by our arrival times,
# so the time at which this process got round to reading is not good enough.
KERNEL_TIME: Final = 35 if sys.platform == "linux" else None


DOCUMENTATION: Final = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


class Received(NamedTuple):
    """A datagram, where it came from, and when it arrived on the loop's clock."""

    data: bytes
    source: Source
    at: timedelta


class UdpPort:
    """A bound socket on the running loop; `received` gets every batch that was read."""

    def __init__(self, sock: socket.socket, received: Callable[[Sequence[Received]], None]) -> None:
        self.drops: Counter[str] = Counter()
        self._socket = sock
        self._received = received
        self._backlog: deque[Datagram] = deque()
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(BATCH, LARGEST)
        self._sieve: Sieve | None = None  # as long as nobody's reports are left unread
        self._tide = Tide()
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(sock, self._wake)

    @property
    def number(self) -> int:
        """The port number that it is bound to."""
        return int(self._socket.getsockname()[1])

    @property
    def descriptor(self) -> int:
        """The file descriptor of its socket."""
        return self._socket.fileno()

    @property
    def family(self) -> socket.AddressFamily:
        """IPv4, or IPv6 that takes both."""
        return socket.AddressFamily(self._socket.family)

    @property
    def backlog(self) -> int:
        """How many datagrams wait because the kernel took no more."""
        return len(self._backlog)

    @property
    def is_busy(self) -> bool:
        """Whether datagrams wait because the kernel took no more."""
        return bool(self._backlog)

    def _wake(self) -> None:
        """Something is there: read it; when much comes, look at every beat instead."""
        self._read()
        if self._tide.is_high:
            self._loop.remove_reader(self._socket)
            self._timer = self._loop.call_at(next_beat(self._loop.time()), self._look)

    def _look(self) -> None:
        self._timer = self._loop.call_at(
            next_beat(self._loop.time()), self._look
        )  # even after a fault of ours
        self._read()
        if not self._tide.is_high:
            self._timer.cancel()
            self._timer = None
            self._loop.add_reader(self._socket, self._wake)

    def _read(self) -> None:
        """Hand over what is there, a bounded part of a flood."""
        now = self._loop.time()
        clocks = now, time.clock_gettime(time.CLOCK_REALTIME)
        count = 0
        for _ in range(BATCHES):
            came, batch = self._many(clocks) if IS_AVAILABLE else self._one_by_one(clocks)
            count += came
            if batch:
                self._received(batch)
            if came < BATCH:
                break
        self._tide.came(count, now)

    def _many(self, clocks: tuple[float, float]) -> tuple[int, list[Received]]:
        """How many came, and those that somebody has to read."""
        reader = self._reader
        try:
            came = reader.fill(self._socket.fileno())
        except OSError:  # an ICMP error of an earlier send
            self.drops["receive-failed"] += 1
            return 0, []
        places = list(range(came))
        if self._sieve is not None:
            now = timedelta(seconds=clocks[0])
            places = self._sieve.sift(now, reader.cells[:came], reader.lengths, reader.names)
        return came, [
            Received(data, address, timedelta(seconds=_at(stamp, *clocks)))
            for data, address, stamp in reader.datagrams(places)
        ]

    def _one_by_one(self, clocks: tuple[float, float]) -> tuple[int, list[Received]]:
        batch: list[Received] = []
        for _ in range(BATCH):
            try:
                data, ancillary, _, address = self._socket.recvmsg(LARGEST, 64)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error of an earlier send
                self.drops["receive-failed"] += 1
                continue
            at = arrival(ancillary, *clocks)
            batch.append(Received(data, (address[0], address[1]), at))
        return len(batch), batch

    def let_rest(self, address: Address, until: timedelta, tag: int) -> None:
        """Leave reports from there unread that tell nothing but an estimate; see `Sieve`."""
        if self._sieve is None:
            self._sieve = Sieve()
        self._sieve.rest(socket_address(address, self.family), until, tag)

    def send(self, datagrams: Iterable[Datagram]) -> None:
        """Send in order; what the kernel does not take now waits, up to a bound."""
        if self._backlog:
            self._wait(datagrams)
            return
        rest = iter(datagrams)
        for datagram in rest:
            if not self._try(datagram):
                self._loop.add_writer(self._socket, self._flush)
                self._backlog.append(datagram)
                self._wait(rest)

    def _try(self, datagram: Datagram) -> bool:
        try:
            self._socket.sendto(*datagram)
        except BlockingIOError:
            return False
        except (OSError, OverflowError):  # unreachable, or a port that no peer can have
            self.drops["send-failed"] += 1
        return True

    def _wait(self, datagrams: Iterable[Datagram]) -> None:
        for datagram in datagrams:
            if len(self._backlog) < BACKLOG:
                self._backlog.append(datagram)
            else:
                self.drops["send-backlog-full"] += 1

    def _flush(self) -> None:
        while self._backlog and self._try(self._backlog[0]):
            self._backlog.popleft()
        if not self._backlog:
            self._loop.remove_writer(self._socket)

    def close(self) -> None:
        """Stop reading and give the port back."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()


def arrival(ancillary: Ancillary, now: float, wall_clock: float) -> timedelta:
    """When the kernel got a datagram, on the loop's clock; both clocks in seconds."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == KERNEL_TIME and len(data) == TIMESPEC.size:
            return timedelta(seconds=_at(TIMESPEC.unpack(data), now, wall_clock))
    return timedelta(seconds=now)


def _at(stamp: tuple[int, int] | None, now: float, wall_clock: float) -> float:
    if stamp is None:
        return now
    age = wall_clock - stamp[0] - stamp[1] / 1e9
    return now - age if abs(age) < 1 else now  # else the wall clock was set meanwhile


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address; `::` takes IPv4 as well; raises OSError."""
    version = ipaddress.ip_address(host).version
    family = socket.AF_INET if version == IPV4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
        if KERNEL_TIME is not None:
            sock.setsockopt(socket.SOL_SOCKET, KERNEL_TIME, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def reachable_addresses(host: str) -> tuple[str, ...]:
    """Where peers reach a socket bound to this address, when nobody advertised another.

    For a wildcard: the address that the default route would use, and the loopback one.
    """
    address = ipaddress.ip_address(host)
    if not address.is_unspecified:
        return (host,)
    families = (socket.AF_INET,) if address.version == IPV4 else (socket.AF_INET, socket.AF_INET6)
    routed = (_routed_address(family) for family in families)
    return tuple(dict.fromkeys([*(found for found in routed if found), "127.0.0.1"]))


def _routed_address(family: socket.AddressFamily) -> str | None:
    """Our address on the default route; asks the routing table and sends nothing."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((DOCUMENTATION[family], 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])

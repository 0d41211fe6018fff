"""One UDP port: datagrams in and out in batches, everything bounded and counted."""

import asyncio
import ipaddress
import socket
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

from signaling.ice.stun import Address
from signaling.transport.aside import prepare
from signaling.transport.intake import Intake, Received
from signaling.transport.mmsg import socket_address
from signaling.transport.sieve import Sieve

Datagram = tuple[bytes, Address]

IPV4: Final = 4
ASIDE: Final = 10  # beats that reports and checks may wait for when many come …
ASIDE_SOON: Final = 4  # … and while somebody is about to connect
BACKLOG: Final = 4096  # datagrams kept while the kernel's buffer is full; beyond, new ones drop


DOCUMENTATION: Final = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


class UdpPort:
    """A bound socket on the running loop; `received` gets every batch that was read.

    `aside` is a second one of the same port (`set_aside`), read sooner while `awaits()` somebody;
    for `expects_more` see `Intake`.
    """

    def __init__(
        self,
        sock: socket.socket,
        received: Callable[[Sequence[Received]], None],
        *,
        aside: socket.socket | None = None,
        awaits: Callable[[], bool] = bool,
        expects_more: Callable[[], bool] = bool,
    ) -> None:
        self.drops: Counter[str] = Counter()
        self._socket = sock
        self._aside = aside
        self._backlog: deque[Datagram] = deque()
        self._loop = asyncio.get_running_loop()
        self._intakes = [Intake(sock, received, self.drops, expects_more=expects_more)]
        if aside is not None:
            self._intakes.append(
                Intake(aside, received, self.drops, beats=lambda: ASIDE_SOON if awaits() else ASIDE)
            )

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

    def let_rest(self, address: Address, until: timedelta, tag: int) -> None:
        """Leave reports from there unread that tell nothing but an estimate; see `Sieve`."""
        intake = self._intakes[-1]
        if intake.sieve is None:
            intake.sieve = Sieve()
        intake.sieve.rest(socket_address(address, self.family), until, tag)

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
        for intake in self._intakes:
            intake.close()
        self._loop.remove_writer(self._socket)
        self._socket.close()
        if self._aside is not None:
            self._aside.close()


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to an address; `::` takes IPv4 as well; raises OSError."""
    version = ipaddress.ip_address(host).version
    family = socket.AF_INET if version == IPV4 else socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        prepare(sock)
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

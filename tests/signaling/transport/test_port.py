"""The UDP port: batches in and out, bounded, with real sockets on loopback."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta

import pytest

from signaling.transport import intake
from signaling.transport import port as ports
from signaling.transport.intake import Received, arrival
from signaling.transport.mmsg import MOST_ADDRESSES, Reader, address_of, socket_address
from signaling.transport.port import UdpPort, bind, reachable_addresses
from tests.signaling.workers.control import until


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    """A socket that stands for somebody on the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


@pytest.fixture
async def received() -> list[Received]:
    return []


@pytest.fixture
async def port(received: list[Received]) -> AsyncIterator[UdpPort]:
    opened = UdpPort(bind("127.0.0.1", 0), received.extend)
    yield opened
    opened.close()


async def test_datagrams_are_read_with_source_and_arrival(
    port: UdpPort, peer: socket.socket, received: list[Received]
) -> None:
    before = asyncio.get_running_loop().time()
    for number in range(100):
        peer.sendto(bytes((number,)), ("127.0.0.1", port.number))
    await until(lambda: len(received) == 100)
    after = asyncio.get_running_loop().time()
    assert [r.data[0] for r in received] == list(range(100))
    assert {r.source for r in received} == {peer.getsockname()}
    assert all(before - 0.01 <= r.at.total_seconds() <= after + 0.01 for r in received)
    assert [r.at for r in received] == sorted(r.at for r in received)


async def test_a_flood_is_read_in_batches(peer: socket.socket) -> None:
    sizes: list[int] = []

    def count(batch: Sequence[Received]) -> None:
        sizes.append(len(batch))

    opened = UdpPort(bind("127.0.0.1", 0), count)
    for _ in range(200):
        peer.sendto(b"x", ("127.0.0.1", opened.number))
    await until(lambda: sum(sizes) == 200)
    opened.close()
    assert max(sizes) <= intake.BATCH


async def test_a_batch_leaves_in_order(port: UdpPort, peer: socket.socket) -> None:
    port.send((bytes((number,)), peer.getsockname()) for number in range(20))
    assert [peer.recv(100)[0] for _ in range(20)] == list(range(20))


async def test_what_cannot_be_sent_is_counted(port: UdpPort, peer: socket.socket) -> None:
    port.send(
        [(bytes(70000), peer.getsockname()), (b"x", ("127.0.0.1", 0)), (b"ok", peer.getsockname())]
    )
    assert peer.recv(100) == b"ok"
    assert port.drops["send-failed"] == 2


class Reluctant(socket.socket):
    """A socket whose kernel buffer is full for a while."""

    full = True

    def sendto(self, *arguments: object) -> int:  # type: ignore[override]
        if self.full:
            raise BlockingIOError
        return super().sendto(*arguments)  # type: ignore[call-overload]


async def test_what_the_kernel_does_not_take_waits_up_to_a_bound(
    peer: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "BACKLOG", 3)
    sock = Reluctant(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind(("127.0.0.1", 0))
    opened = UdpPort(sock, lambda _: None)
    opened.send((bytes((number,)), peer.getsockname()) for number in range(2))
    opened.send((bytes((number,)), peer.getsockname()) for number in range(2, 5))
    assert opened.drops["send-backlog-full"] == 2
    sock.full = False
    await until(lambda: not opened._backlog)
    opened.close()
    assert [peer.recv(100)[0] for _ in range(3)] == [0, 1, 2]


def test_a_busy_port_is_an_error(peer: socket.socket) -> None:
    with pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", peer.getsockname()[1])


def test_a_port_of_both_families_takes_ipv4(peer: socket.socket) -> None:
    with bind("::", 0) as sock:
        peer.sendto(b"x", ("127.0.0.1", sock.getsockname()[1]))
        sock.setblocking(True)
        sock.settimeout(5)
        assert sock.recvfrom(10)[1][0] == "::ffff:127.0.0.1"


def test_the_listening_address_is_reachable_unless_it_is_a_wildcard() -> None:
    assert reachable_addresses("192.0.2.9") == ("192.0.2.9",)
    assert "127.0.0.1" in reachable_addresses("::")
    assert "127.0.0.1" in reachable_addresses("0.0.0.0")  # noqa: S104  it binds nothing


def test_the_kernels_time_is_believed_unless_the_wall_clock_was_set() -> None:
    def stamped(seconds: int) -> intake.Ancillary:
        data = struct.pack("@ll", seconds, 500_000_000)
        return [(socket.SOL_SOCKET, intake.KERNEL_TIME or 0, data)]

    assert arrival(stamped(1000), 50.0, 1000.75) == timedelta(seconds=49.75)
    assert arrival(stamped(10), 50.0, 1000.75) == timedelta(seconds=50)
    assert arrival([], 50.0, 1000.75) == timedelta(seconds=50)


async def test_a_fault_in_a_flood_does_not_make_the_port_deaf(peer: socket.socket) -> None:
    got: list[bytes] = []
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))

    def take(batch: Sequence[Received]) -> None:
        if any(received.data == b"bad" for received in batch):
            raise ValueError("a fault of ours")
        got.extend(received.data for received in batch)

    opened = UdpPort(bind("127.0.0.1", 0), take)

    def flood() -> bool:
        for _ in range(100):
            peer.sendto(b"x", ("127.0.0.1", opened.number))
        return opened._intakes[0]._timer is not None

    await until(flood)
    peer.sendto(b"bad", ("127.0.0.1", opened.number))
    await until(lambda: bool(faults))
    peer.sendto(b"good", ("127.0.0.1", opened.number))
    await until(lambda: b"good" in got)
    opened.close()


async def test_who_writes_from_the_local_link_is_answered_on_it(received: list[Received]) -> None:
    opened = UdpPort(bind("::", 0), received.extend)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as neighbour:
        neighbour.bind(("::1", 0))
        neighbour.settimeout(5)
        neighbour.sendto(b"hello", ("::1", opened.number))
        await until(lambda: received)
        assert received[0].source == ("::1", neighbour.getsockname()[1])
        opened.send([(b"welcome", ("::1", neighbour.getsockname()[1]))])
        assert neighbour.recv(10) == b"welcome"
    opened.close()
    near = struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", 5000, 0)
    near += socket.inet_pton(socket.AF_INET6, "fe80::7") + struct.pack("=I", 3)
    assert address_of(near) == ("fe80::7%3", 5000)
    assert socket_address(("fe80::7%3", 5000), socket.AF_INET6) == near


def test_of_those_who_come_and_go_a_bounded_number_is_remembered() -> None:
    reader = Reader(1, 64)
    for number in range(2 * MOST_ADDRESSES + 1):
        source = f"198.51.{number >> 8}.{number & 0xFF}", 5004
        name = socket_address(source, socket.AF_INET)
        reader.names.reshape(-1)[: len(name)] = memoryview(name)
        assert reader._source(0) == source
    assert len(reader._addresses) <= MOST_ADDRESSES
    assert socket_address.cache_info().currsize <= MOST_ADDRESSES

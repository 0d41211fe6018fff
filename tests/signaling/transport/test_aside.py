"""The second socket of a port: the kernel tells what can wait from what cannot."""

import asyncio
import errno
import socket
import sys
from collections.abc import Iterator, Sequence

import pytest

from signaling.transport.aside import set_aside
from signaling.transport.intake import Received
from signaling.transport.port import UdpPort, bind
from tests.signaling.workers.control import until

CAN_WAIT = [b"\x00\x01", b"\x03", b"\x80\xc9", b"\x81\xc9\x00\x07", b"\xbf\xc9"]
CANNOT = [b"", b"\x04\xc9", b"\x16\xfe\xfd", b"\x7f\xc9", b"\x80", b"\x80\x60", b"\x80\xc8"]
CANNOT += [b"\x81\xcd", b"\xc0\xc9"]  # a request for packets; a first byte that nobody uses


@pytest.fixture(params=["127.0.0.1", "::"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    with bind(request.param, 0) as first:
        second = set_aside(first)
        assert (second is not None) == (sys.platform == "linux")
        if second is None:
            pytest.skip("BPF is Linux's: elsewhere there is one socket")
        with second:
            yield first, second


def test_each_kind_comes_where_it_belongs(pair: tuple[socket.socket, socket.socket]) -> None:
    first, second = pair
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for data in (*CAN_WAIT, *CANNOT):
            peer.sendto(data, ("127.0.0.1", first.getsockname()[1]))
    assert [second.recv(10) for _ in CAN_WAIT] == CAN_WAIT
    assert [first.recv(10) for _ in CANNOT] == CANNOT


def test_a_port_that_is_taken_is_noticed_all_the_same(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    host, port = pair[0].getsockname()[:2]
    with pytest.raises(OSError, match="in use"):
        bind(host, port)


def test_where_the_kernel_cannot_there_is_no_second_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Old(socket.socket):
        def setsockopt(self, *arguments: object) -> None:  # type: ignore[override]
            if arguments[1] == socket.SO_REUSEPORT:
                raise OSError(errno.ENOPROTOOPT, "no such option")

    with Old(socket.AF_INET, socket.SOCK_DGRAM) as first:
        first.bind(("127.0.0.1", 0))
        assert set_aside(first) is None
    monkeypatch.setattr(sys, "platform", "darwin")
    with bind("127.0.0.1", 0) as first:
        assert set_aside(first) is None


async def test_both_sockets_are_read() -> None:
    sock = bind("127.0.0.1", 0)
    received: list[Received] = []
    port = UdpPort(sock, received.extend, aside=set_aside(sock))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for data in (*CAN_WAIT, *CANNOT):
            peer.sendto(data, ("127.0.0.1", port.number))
        await until(lambda: len(received) == len(CAN_WAIT) + len(CANNOT))
    assert {r.data for r in received} == {*CAN_WAIT, *CANNOT}
    port.close()


@pytest.mark.parametrize("somebody", [True, False], ids=["awaited", "nobody"])
async def test_of_a_flood_nothing_is_lost_between_two_looks(*, somebody: bool) -> None:
    sock = bind("127.0.0.1", 0)
    count = 0

    def take(batch: Sequence[Received]) -> None:
        nonlocal count
        count += len(batch)

    port = UdpPort(sock, take, aside=set_aside(sock), awaits=lambda: somebody)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for _ in range(10):
            before = count
            for _ in range(400):
                peer.sendto(b"\x80\xc9", ("127.0.0.1", port.number))
            await until(lambda wanted=before + 400: count == wanted)  # type: ignore[misc]
    port.close()


async def test_what_is_expected_is_waited_for() -> None:
    sock = bind("127.0.0.1", 0)
    batches: list[list[bytes]] = []
    waiting = asyncio.Event()

    def take(batch: object) -> None:
        assert isinstance(batch, list)
        batches.append([received.data for received in batch])
        waiting.set()

    port = UdpPort(sock, take, expects_more=lambda: batches[-1][-1] != b"last")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for data in (b"first", b"second", b"last", b"first", b"last"):
            peer.sendto(data, ("127.0.0.1", port.number))
            if data == b"first":
                waiting.clear()
                await asyncio.wait_for(waiting.wait(), 5)
        await until(lambda: sum(map(len, batches)) == 5)
    assert [data for batch in batches for data in batch].count(b"last") == 2
    port.close()

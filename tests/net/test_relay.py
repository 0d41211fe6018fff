"""The relay stands between several clients and one server, on real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.net.link import Conditions
from tests.net.relay import Relay, relaying
from tests.signaling.workers.control import until


class Echo:
    """A server at 127.0.0.1 that sends back what it gets, and knows who sent."""

    def __init__(self, port: int) -> None:
        self.sources: set[tuple[str, int]] = set()
        self._socket = _socket("127.0.0.1", port)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._answer)

    def _answer(self) -> None:
        data, source = self._socket.recvfrom(2048)
        self.sources.add(source)
        self._socket.sendto(data, source)

    def close(self) -> None:
        self._loop.remove_reader(self._socket)
        self._socket.close()


def _socket(address: str, port: int = 0) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind((address, port))
    return sock


@pytest_asyncio.fixture
async def relay() -> AsyncIterator[Relay]:
    with relaying(seed=3) as relay:
        yield relay


@pytest_asyncio.fixture
async def echo(relay: Relay) -> AsyncIterator[Echo]:
    echo = Echo(relay.port)
    yield echo
    echo.close()


async def exchange(relay: Relay, client: socket.socket, *texts: bytes) -> list[bytes]:
    """What comes back for these datagrams, as many as the links let through."""
    loop = asyncio.get_running_loop()
    for text in texts:
        await loop.sock_sendto(client, text, (relay.address, relay.port))
    async with asyncio.timeout(60):
        return [(await loop.sock_recvfrom(client, 2048))[0] for _ in texts]


async def test_every_client_gets_its_own_answers_and_its_own_socket(relay: Relay, echo: Echo):
    with _socket("127.0.0.1") as ann, _socket("127.0.0.1") as ben:
        assert await exchange(relay, ann, b"ann 1", b"ann 2") == [b"ann 1", b"ann 2"]
        assert await exchange(relay, ben, b"ben") == [b"ben"]
    assert len(echo.sources) == len(relay.links) == 2


async def test_a_client_that_is_bound_anew_has_another_address_at_the_server(
    relay: Relay, echo: Echo
):
    with _socket("127.0.0.1") as client:
        assert await exchange(relay, client, b"before") == [b"before"]
        (old,) = echo.sources
        relay.rebind()
        assert await exchange(relay, client, b"after") == [b"after"]
    assert len(echo.sources - {old}) == len(relay.links) == 1


@pytest.mark.usefixtures("echo")
async def test_what_is_lost_each_way_is_counted_and_conditions_change_while_it_runs(relay: Relay):
    with _socket("127.0.0.1") as client:
        relay.change(up=Conditions(loss=1.0))
        await asyncio.get_running_loop().sock_sendto(client, b"lost", (relay.address, relay.port))
        await until(lambda: relay.links and relay.links[0][0].lost)
        relay.change(up=Conditions(delay=Conditions().queue), down=Conditions(duplicate=1.0))
        assert await exchange(relay, client, b"twice", b"") == [b"twice", b"twice"]
        [(up, down)] = relay.links
        assert (up.lost, up.passed, down.passed) == (1, 2, 2)


async def test_a_server_that_is_not_there_yet_is_like_a_loss(relay: Relay):
    with _socket("127.0.0.1") as client:
        loop = asyncio.get_running_loop()
        for _ in range(3):
            await loop.sock_sendto(client, b"hello?", (relay.address, relay.port))
        await until(lambda: relay.links and relay.links[0][0].passed == 3)
        echo = Echo(relay.port)
        assert await exchange(relay, client, b"there") == [b"there"]
        echo.close()


async def test_the_seed_is_printed(capsys: pytest.CaptureFixture[str]):
    with relaying() as relay:
        assert f"with seed {relay.seed}" in capsys.readouterr().out

"""A relay that is reached by TLS: what the Link header names opens an allocation that carries.

The client is aioice's, which checks name and issuer of the certificate; the relay is a real coturn.
A browser on this way is in test_chromium_ways.py.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aioice.stun import TransactionFailed
from aioice.turn import TurnTransport, create_turn_endpoint
from typing_extensions import override

from signaling.turn import TurnPlan
from tests.signaling.endpoints.exchange import WHEP, bearer
from tests.signaling.endpoints.house import House, served
from tests.support.certificate import self_signed
from tests.support.coturn import SECRET, Coturn, coturn

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]
LONG = timedelta(days=3650)  # the house's clock stands still, coturn's does not and ends in 2038


class Heard(asyncio.DatagramProtocol):
    """Datagrams with where they came from."""

    def __init__(self) -> None:
        self.datagrams: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        self.is_over = asyncio.Event()

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.datagrams.put_nowait((data, addr))

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over.set()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def relay(
    certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Coturn]:
    async with coturn(tmp_path_factory.mktemp("coturn"), certificate) as relay:
        yield relay


async def credentials(house: House, relay: Coturn) -> tuple[str, str]:
    """Name and password that a viewer is told for the relay."""
    async with served(house, turn=TurnPlan((relay.tls_url,), SECRET, LONG)) as client:
        answer = await client.options(WHEP.path, headers=bearer(house.token("subscribe")))
        server = answer.links["ice-server"]
    assert str(server["url"]) == relay.tls_url
    return str(server["username"]), str(server["credential"])


async def allocation(
    relay: Coturn, certificate: Path, name: str, password: str
) -> tuple[TurnTransport, Heard]:
    tls = ssl.create_default_context(cafile=certificate)
    where = ("127.0.0.1", relay.tls_port)
    return await create_turn_endpoint(Heard, where, name, password, ssl=tls, transport="tcp")


async def test_what_the_link_header_names_relays_over_tls(
    house: House, relay: Coturn, certificate: Path
):
    name, password = await credentials(house, relay)
    loop = asyncio.get_running_loop()
    peer, heard = await loop.create_datagram_endpoint(Heard, local_addr=("127.0.0.1", 0))
    async with asyncio.timeout(60):
        transport, own = await allocation(relay, certificate, name, password)
        relayed = transport.get_extra_info("sockname")
        transport.sendto(b"up", peer.get_extra_info("sockname"))
        assert await heard.datagrams.get() == (b"up", relayed)
        peer.sendto(b"down", relayed)
        assert await own.datagrams.get() == (b"down", peer.get_extra_info("sockname"))
        transport.close()
        peer.close()
        await own.is_over.wait()  # the allocation has been given back
        await heard.is_over.wait()


async def test_a_password_that_was_not_handed_out_opens_nothing(
    house: House, relay: Coturn, certificate: Path
):
    name, _ = await credentials(house, relay)
    with pytest.raises(TransactionFailed, match="401"):
        await allocation(relay, certificate, name, "guessed")

"""The hub without a network: who a datagram belongs to, what is dropped, who is closed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from signaling.transport.dtls import DtlsPeer, make_certificate
from signaling.transport.hub import Hub
from signaling.transport.intake import Received
from signaling.transport.peer import Arrived
from signaling.transport.port import Datagram
from tests.signaling.forwarding.packets import rtp
from tests.signaling.ice.requests import HERE, NEXT, OURS, THERE, check
from tests.signaling.workers.control import until

PEER = DtlsPeer((("sha-256", ":".join(["00"] * 32)),), we_are_server=True)
CLIENT_HELLO = b"\x16\xfe\xfd" + bytes(8) + b"\x00\x01\x01"


class Street:
    """A hub, its listener and its network in one; time stands still until it is moved."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.now = timedelta(seconds=100)
        self.ended: list[tuple[str, str]] = []
        self.sent: list[Datagram] = []
        self.hub = Hub(make_certificate(), self, tasks, lambda: self.now)

    def connected(self, session: str) -> None:
        raise AssertionError(session)

    def disconnected(self, session: str, reason: str) -> None:
        self.ended.append((session, reason))

    def media(self, session: str, packets: Sequence[Arrived]) -> None:
        raise AssertionError(session, packets)

    def rest(self, session: str) -> timedelta:
        raise AssertionError(session)

    def receive(self, data: bytes, source: tuple[str, int] = HERE) -> None:
        self.hub.receive([Received(data, source, self.now)])


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    async with asyncio.TaskGroup() as tasks:
        street = Street(tasks)
        street.hub.bind(street.sent.extend)
        street.hub.open("first", OURS, PEER)
        street.hub.open("second", NEXT, PEER)
        yield street
        street.hub.close_all("closed")


async def test_a_living_peers_address_is_not_taken_by_another(street: Street) -> None:
    street.receive(check(OURS))
    street.receive(check(NEXT))
    assert street.hub.drops["address-taken"] == 1
    assert street.hub._by_address[HERE].session == "first"


async def test_nothing_is_sent_for_one_peer_to_where_another_lives(street: Street) -> None:
    street.receive(check(OURS, nominate=True))
    street.receive(check(NEXT, nominate=True), THERE)
    street.sent.clear()
    street.receive(check(NEXT, nominate=True), HERE)  # its source is forged
    second = street.hub._peers["second"].agent
    assert second.selected == THERE
    assert second.addresses == (THERE,)
    assert street.sent == []
    assert street.hub.drops == {"address-taken": 1}
    street.now += timedelta(seconds=6)
    street.receive(check(NEXT, nominate=True), HERE)
    assert second.selected == HERE


async def test_an_address_that_fell_silent_goes_to_who_proves_it(street: Street) -> None:
    street.receive(check(OURS))
    street.now += timedelta(seconds=6)
    street.receive(check(NEXT))
    assert street.hub._by_address[HERE].session == "second"
    street.hub.close("first", "closed")
    assert HERE in street.hub._by_address


async def test_the_addresses_of_a_restless_peer_are_forgotten(street: Street) -> None:
    for port in range(5000, 5040):
        street.receive(check(OURS), ("198.51.100.7", port))
    assert len(street.hub._by_address) == 16


async def test_nothing_is_sent_to_a_peer_without_keys(street: Street) -> None:
    street.hub.send([("first", rtp(1)), ("nobody", rtp(1))])
    assert street.hub.drops["not-connected"] == 2
    assert street.sent == []


async def test_the_inbox_of_a_handshake_is_bounded(street: Street) -> None:
    street.receive(check(OURS))
    for _ in range(70):
        street.receive(CLIENT_HELLO)
    assert street.hub.drops["dtls-inbox-full"] == 6


async def test_bytes_that_are_no_handshake_do_not_end_the_worker(street: Street) -> None:
    street.receive(check(OURS))
    for data in (CLIENT_HELLO, b"\x17\xfe\xfd" + bytes(40), b"\x20", b"\x3f" * 200):
        street.receive(data)
    street.receive(check(OURS), THERE)
    await asyncio.sleep(0)
    assert street.hub.has("second")


async def test_a_peer_without_consent_is_closed(street: Street) -> None:
    street.receive(check(OURS))
    street.now += timedelta(seconds=20)
    street.receive(check(NEXT), THERE)
    street.hub.tick(street.now + timedelta(seconds=11))
    assert street.ended == [("first", "consent-expired")]
    assert not street.hub.has("first")


async def test_a_session_is_closed_once(street: Street) -> None:
    street.hub.close("first", "closed")
    street.hub.close("first", "closed")
    assert street.ended == [("first", "closed")]


async def test_nobody_is_awaited_who_is_gone(street: Street) -> None:
    street.hub.close("first", "closed")
    assert street.hub.awaits()
    street.hub.close("second", "closed")
    assert not street.hub.awaits()


async def test_a_handshake_that_never_ends_is_given_up(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.transport.peer.HANDSHAKE_TIMEOUT", timedelta(milliseconds=10))
    street.receive(check(OURS))
    await until(lambda: street.ended == [("first", "dtls-failed")])


async def test_a_fault_in_one_handshake_ends_only_that_session(street: Street) -> None:
    peer = street.hub._peers["first"]
    peer._dtls._parameters.fingerprints.clear()  # aiortc asserts that there are some
    street.receive(check(OURS))
    await until(lambda: street.ended == [("first", "dtls-failed")])
    assert street.hub.has("second")


async def test_without_a_port_datagrams_are_counted() -> None:
    async with asyncio.TaskGroup() as tasks:
        street = Street(tasks)
        street.hub.send([])
        street.hub.open("first", OURS, PEER)
        street.receive(check(OURS))
        assert street.hub.drops["no-port"] == 1
        street.hub.close_all("closed")

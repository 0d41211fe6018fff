"""One hub calls another over loopback: ICE, DTLS and SRTP between two workers."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from signaling.ice.agent import Credentials
from signaling.transport.dialing import DialledPath
from signaling.transport.dtls import DtlsPeer, fingerprint, make_certificate
from signaling.transport.hub import Hub
from signaling.transport.peer import Arrived
from signaling.transport.port import UdpPort, bind
from tests.signaling.forwarding.packets import rtp
from tests.signaling.workers.control import until

SESSIONS = ("first", "second", "third")


class House:
    """A hub with a port of its own on loopback."""

    def __init__(self, tasks: asyncio.TaskGroup, host: str) -> None:
        self.up: set[str] = set()
        self.ended: dict[str, str] = {}
        self.heard: dict[str, list[bytes]] = {}
        self.skew = timedelta(0)
        self._loop = asyncio.get_running_loop()
        self._certificate = make_certificate()
        self.hub = Hub(self._certificate, self, tasks, self.now)
        self.port = UdpPort(bind(host, 0), self.hub.receive)
        self.hub.bind(self.port.send)

    def now(self) -> timedelta:
        return timedelta(seconds=self._loop.time()) + self.skew

    def is_known_as(self, *, server: bool) -> DtlsPeer:
        return DtlsPeer((("sha-256", fingerprint(self._certificate)),), we_are_server=server)

    def connected(self, session: str) -> None:
        self.up.add(session)

    def disconnected(self, session: str, reason: str) -> None:
        self.ended[session] = reason

    def media(self, session: str, packets: Sequence[Arrived]) -> None:
        self.heard.setdefault(session, []).extend(data for data, _ in packets)


@asynccontextmanager
async def two_houses(host: str = "127.0.0.1") -> AsyncIterator[tuple[House, House]]:
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        houses = House(tasks, host), House(tasks, host)
        try:
            yield houses
        finally:
            for house in houses:
                house.hub.close_all("closed")
    for house in houses:
        house.port.close()


def credentials(session: str) -> tuple[Credentials, Credentials]:
    """Of the called side and of the calling one."""
    called = Credentials(f"{session}-a", "a" * 22, f"{session}-b", "b" * 22)
    return called, Credentials(f"{session}-b", "b" * 22, f"{session}-a", "a" * 22)


def dial(called: House, caller: House, session: str, host: str = "127.0.0.1") -> None:
    theirs, ours = credentials(session)
    called.hub.open(session, theirs, caller.is_known_as(server=True))
    address = host, called.port.number
    caller.hub.dial(session, ours, called.is_known_as(server=False), address)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_several_sessions_between_two_workers_are_told_apart(host: str) -> None:
    async with two_houses(host) as (called, caller):
        for session in SESSIONS:
            dial(called, caller, session, host)
        await until(lambda: called.up == caller.up == set(SESSIONS))
        called.hub.send((session, rtp(n, session.encode())) for n, session in enumerate(SESSIONS))
        await until(lambda: len(caller.heard) == len(SESSIONS))
        for n, session in enumerate(SESSIONS):
            assert caller.heard[session] == [rtp(n, session.encode())]
        caller.hub.send([("second", rtp(7, b"back"))])
        await until(lambda: called.heard == {"second": [rtp(7, b"back")]})


async def test_consent_is_kept_while_the_call_lasts() -> None:
    async with two_houses() as (called, caller):
        dial(called, caller, "call")
        await until(lambda: called.up and caller.up)
        for _ in range(3):
            (before,) = (peer.agent._last_valid for peer in called.hub._peers.values())
            called.skew = caller.skew = called.skew + timedelta(seconds=20)
            caller.hub.tick(caller.now())
            await until(lambda before=before: called.hub._peers["call"].agent._last_valid > before)
            await until(
                lambda: caller.hub._peers["call"].agent.hears(path_of(caller), caller.now())
            )
            called.hub.tick(called.now())
        assert (called.ended, caller.ended) == ({}, {})


def path_of(house: House) -> DialledPath:
    (path,) = house.hub._peers["call"].agent.addresses
    assert isinstance(path, DialledPath)
    return path


async def test_a_call_that_is_hung_up_ends_at_the_other_side_too() -> None:
    async with two_houses() as (called, caller):
        dial(called, caller, "call")
        await until(lambda: called.up and caller.up)
        caller.hub.close("call", "closed")
        await until(lambda: called.ended == {"call": "dtls-closed"})
        assert caller.ended == {"call": "closed"}


async def test_a_call_that_nobody_takes_ends_after_half_a_minute() -> None:
    async with two_houses() as (called, caller):
        theirs, ours = credentials("call")
        del theirs
        address = "127.0.0.1", called.port.number
        caller.hub.dial("call", ours, called.is_known_as(server=False), address)
        await until(lambda: called.hub.drops["stun-unknown-session"])
        caller.skew += timedelta(seconds=31)
        caller.hub.tick(caller.now())
        assert caller.ended == {"call": "consent-expired"}


async def test_an_address_that_no_way_leads_to_is_an_error() -> None:
    async with two_houses() as (_, caller):
        nowhere = DtlsPeer((), we_are_server=False)
        with pytest.raises(OSError):
            caller.hub.dial("call", credentials("call")[1], nowhere, ("255.255.255.255", 9))
        assert not caller.hub.has("call")


async def test_a_way_that_was_hung_up_is_free_at_once() -> None:
    path = DialledPath(("127.0.0.1", 9), lambda _: None)
    known = weakref.ref(path)
    gc.collect()
    gc.disable()
    try:
        path.close()
        del path
        assert known() is None
    finally:
        gc.enable()

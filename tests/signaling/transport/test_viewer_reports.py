"""Receiver reports at the hub: they wait for each other, and not all of them are read."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import numpy as np
import pytest
from pylibsrtp import Policy, Session

from signaling.forwarding import rtcp_build
from signaling.forwarding.rtcp import ReportBlock
from signaling.ice.stun import Address
from signaling.transport import hub as hubs
from signaling.transport.dtls import DtlsPeer, make_certificate
from signaling.transport.hub import Hub
from signaling.transport.intake import Received
from signaling.transport.mmsg import socket_address
from signaling.transport.peer import Arrived
from signaling.transport.sieve import Sieve
from signaling.transport.srtp import SrtpSession
from tests.signaling.ice.requests import HERE, OURS, check

PEER = DtlsPeer((("sha-256", ":".join(["00"] * 32)),), we_are_server=True)
MS = timedelta(milliseconds=1)
REPORT = rtcp_build.receiver_report(1, [])
NACK = rtcp_build.nack(1, 2, [7])


def keys() -> SrtpSession:
    kinds = (Policy.SSRC_ANY_INBOUND, Policy.SSRC_ANY_OUTBOUND)
    profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    both = (Session(Policy(key=bytes(28), ssrc_type=k, srtp_profile=profile)) for k in kinds)
    return SrtpSession(*both)


class Desk:
    """A hub with one viewer, and what it was told by it."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.now = timedelta(seconds=100)
        self.heard: list[tuple[bytes, timedelta]] = []
        self.settled = False
        self.hub = Hub(make_certificate(), self, tasks, lambda: self.now)
        self._sieve = Sieve()
        self.hub.bind(lambda _: None, self._let_rest)
        self.hub.open("viewer", OURS, PEER)
        self.hub.receive([Received(check(OURS), HERE, self.now)])
        self.hub._peers["viewer"].srtp = keys()
        self._theirs = keys()

    def connected(self, session: str) -> None:
        raise AssertionError(session)

    def disconnected(self, session: str, reason: str) -> None:
        """Nobody waits for that."""

    def media(self, session: str, packets: Sequence[Arrived]) -> None:
        assert session == "viewer"
        self.heard += packets

    def rest(self, session: str) -> timedelta:
        assert session == "viewer"
        return timedelta(seconds=4) if self.settled else timedelta(0)

    def _let_rest(self, address: Address, until: timedelta, tag: int) -> None:
        self._sieve.rest(socket_address(address, socket.AF_INET), until, tag)

    def say(self, packet: bytes, source: tuple[str, int] = HERE) -> None:
        data = self._theirs.protect(packet)
        assert data is not None
        self.come(data, source)

    def come(self, data: bytes, source: tuple[str, int] = HERE) -> None:
        cells = np.frombuffer(data.ljust(2048), np.uint8)[np.newaxis].copy()
        name = np.frombuffer(bytearray(socket_address(source, socket.AF_INET)), np.uint8)
        if self._sieve.sift(self.now, cells, np.array([len(data)], np.uint32), name[np.newaxis]):
            self.hub.receive([Received(data, source, self.now)])

    def wait(self, milliseconds: int) -> None:
        for _ in range(milliseconds // 20):
            self.now += 20 * MS
            self.hub.tick(self.now)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with asyncio.TaskGroup() as tasks:
        desk = Desk(tasks)
        desk.wait(20)  # the first look
        yield desk
        desk.hub.close_all("closed")


async def test_reports_are_read_together_with_their_arrivals(desk: Desk) -> None:
    first = desk.now
    desk.say(REPORT)
    desk.wait(20)
    desk.say(REPORT)
    desk.wait(40)
    assert desk.heard == [(REPORT, first), (REPORT, first + 20 * MS)]


async def test_a_request_for_packets_does_not_wait(desk: Desk) -> None:
    desk.say(REPORT)
    desk.say(NACK)
    assert desk.heard == [(NACK, desk.now)]
    desk.wait(40)
    assert [packet for packet, _ in desk.heard] == [NACK, REPORT]


async def test_of_a_viewer_without_a_choice_one_in_four_seconds_is_read(desk: Desk) -> None:
    desk.settled = True
    for _ in range(22):
        desk.say(REPORT)
        desk.wait(200)
    assert len(desk.heard) == 2
    desk.settled = False
    for _ in range(22):
        desk.say(REPORT)
        desk.wait(200)
    assert len(desk.heard) == 2 + 4


async def test_who_asks_for_packets_is_heard_again(desk: Desk) -> None:
    desk.settled = True
    for packet in (REPORT, REPORT, NACK, REPORT, REPORT):
        desk.say(packet)
        desk.wait(60)
    assert [packet for packet, _ in desk.heard] == [REPORT, NACK, REPORT]


async def test_the_reports_of_others_are_read(desk: Desk) -> None:
    desk.settled = True
    desk.say(REPORT)
    desk.wait(40)
    desk.say(REPORT, ("198.51.100.7", 4))
    desk.wait(40)
    assert (len(desk.heard), desk.hub.drops["unknown-address"]) == (1, 1)


async def test_a_forged_report_spares_nobody(desk: Desk) -> None:
    desk.settled = True
    desk.come(REPORT + bytes(20))
    desk.wait(40)
    desk.say(REPORT)
    desk.wait(40)
    assert (desk.hub.drops["srtp-refused"], len(desk.heard)) == (1, 1)


async def test_of_a_report_with_a_request_behind_it_none_stays_unread(desk: Desk) -> None:
    desk.settled = True
    compound = REPORT + rtcp_build.source_description(1, "viewer") + NACK
    for _ in range(3):
        desk.say(compound)
        desk.wait(60)
    assert [packet for packet, _ in desk.heard] == [compound] * 3


@pytest.mark.parametrize("blocks", [0, 1, 2])
async def test_an_estimate_behind_a_report_is_no_request(desk: Desk, blocks: int) -> None:
    desk.settled = True
    block = ReportBlock(2, 0, 0, 7, 0, 0, 0)
    report = rtcp_build.receiver_report(1, [block] * blocks)
    for _ in range(3):
        desk.say(report + rtcp_build.receiver_estimate(1, 900_000, [2]))
        desk.wait(60)
    assert len(desk.heard) == 1


async def test_more_than_can_wait_are_read_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "MOST_REPORTS", 3)
    for _ in range(5):
        desk.say(REPORT)
    assert len(desk.heard) == 2


async def test_a_strangers_report_is_counted(desk: Desk) -> None:
    desk.say(REPORT, ("198.51.100.7", 4))
    desk.wait(40)
    assert (desk.heard, desk.hub.drops["unknown-address"]) == ([], 1)

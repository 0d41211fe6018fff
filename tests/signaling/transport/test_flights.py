"""The last flight of a handshake goes again, the very same, until it has been answered."""

import asyncio
from itertools import pairwise

import pytest

from signaling.transport.dtls import DtlsPeer, DtlsSession, fingerprint, make_certificate
from signaling.transport.flights import FIRST_WAIT, MOST, LastFlight
from tests.signaling.transport.hellos import firefox_hello
from tests.signaling.transport.test_handshake import Meeting

FLIGHT = [b"hello", b"done"]


def test_each_wait_is_twice_as_long_as_the_one_before() -> None:
    flight, now, moments = LastFlight(), 10.0, [10.0]
    flight.sent(FLIGHT, now)
    while (wait := flight.wait(now)) is not None:
        assert flight.again(now + wait / 2) == []
        now += wait
        assert flight.again(now) == FLIGHT
        moments.append(now)
    waits = [after - before for before, after in pairwise(moments)]
    assert waits == pytest.approx([FIRST_WAIT * 2**time for time in range(MOST)])


def test_what_was_answered_does_not_go_again() -> None:
    flight = LastFlight()
    assert flight.wait(10.0) is None
    flight.sent(FLIGHT, 10.0)
    flight.answered()
    assert flight.wait(10.0) is None
    assert flight.again(20.0) == []


def test_a_new_flight_takes_the_place_of_the_last_one() -> None:
    flight = LastFlight()
    flight.sent(FLIGHT, 10.0)
    assert flight.again(10.0 + FIRST_WAIT) == FLIGHT
    flight.sent([b"finished"], 11.0)
    assert flight.wait(11.0) == pytest.approx(FIRST_WAIT)
    assert flight.again(11.0 + FIRST_WAIT) == [b"finished"]


async def test_the_same_datagrams_go_again_to_whoever_does_not_answer() -> None:
    meeting = Meeting(make_certificate(), make_certificate())
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        handshake = tasks.create_task(meeting.server.handshake())
        for datagram in firefox_hello(1100):
            meeting.server.pipe.deliver(datagram)
        sent = list[bytes]()
        while len(set(sent)) == len(sent):  # on a starved machine OpenSSL may repeat in between
            sent.append(await meeting.sent.get())
        handshake.cancel()
    await meeting.server.shut()


async def test_a_client_that_loses_the_end_of_the_handshake_gets_it_without_asking() -> None:
    certificate = make_certificate()
    meeting = Meeting(certificate, certificate)
    meeting.client.inbox = asyncio.Queue()
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        keys = tasks.create_task(meeting.server.handshake())
        client = tasks.create_task(meeting.client.shake_hands())
        lost = list[bytes]()
        while not client.done():
            datagram = await meeting.sent.get()
            if keys.done() and len(lost) < 2:  # both, as they go out twice
                lost.append(datagram)
            else:
                meeting.client.inbox.put_nowait(datagram)
            await asyncio.sleep(0)
        assert lost[0] == lost[1]
        assert len(meeting.client.flights) == 2, "it has asked for nothing again"
    await meeting.server.shut()


async def test_a_client_has_nothing_to_repeat_once_the_server_has_spoken_last() -> None:
    ours, theirs = make_certificate(), make_certificate()
    ends: list[DtlsSession] = []
    for mine, other, is_server in ((ours, theirs, True), (theirs, ours, False)):
        peer = DtlsPeer((("sha-256", fingerprint(other)),), we_are_server=is_server)
        place = len(ends)
        ends.append(DtlsSession(mine, peer, lambda data, to=1 - place: ends[to].pipe.deliver(data)))
    async with asyncio.timeout(60):
        assert None not in await asyncio.gather(*(end.handshake() for end in ends))
    now = asyncio.get_running_loop().time()
    server, client = ends
    assert client.last_flight.wait(now) is None
    assert server.last_flight.wait(now) is not None, "it does not know yet that it was heard"
    for end in ends:
        await end.shut()

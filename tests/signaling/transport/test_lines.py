"""A peer meets the hub by UDP and by TCP, IPv4 and IPv6: check, handshake, media, end."""

import asyncio
from contextlib import closing, suppress

import pytest
from aioice import stun as aioice_stun

from signaling.transport.dtls import DtlsPeer, fingerprint, make_certificate
from signaling.transport.srtp import MOST_STREAMS
from tests.signaling.forwarding.packets import rtp
from tests.signaling.ice.requests import NEXT, OURS, check
from tests.signaling.transport.lines import Line, TcpLine, UdpLine, station
from tests.signaling.transport.openssl_client import Client
from tests.signaling.workers.control import until


async def pump(line: Line, inbox: asyncio.Queue[bytes]) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionResetError):
        while True:
            inbox.put_nowait(await line.receive())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("way", [UdpLine, TcpLine])
async def test_a_peer_is_heard_and_answered_on_every_line(
    way: type[UdpLine | TcpLine], host: str
) -> None:
    certificate = make_certificate()
    expected = DtlsPeer((("sha-256", fingerprint(certificate)),), we_are_server=True)
    async with asyncio.timeout(60), station(host) as place, asyncio.TaskGroup() as tasks:
        place.hub.open("s", OURS, expected)
        line = await way.to(place)
        line.send(check(OURS, nominate=True))
        answer = aioice_stun.parse_message(await line.receive())
        assert answer.attributes["XOR-MAPPED-ADDRESS"] == line.ours
        client = Client(certificate, line.send)
        pumping = tasks.create_task(pump(line, client.inbox))
        await client.shake_hands()
        await until(lambda: place.connected_sessions == ["s"])
        receiving, sending = client.keys()
        line.send(sending.protect(rtp(7)))
        await until(lambda: place.packets == [rtp(7)])
        place.hub.send([("s", rtp(8))])
        assert receiving.unprotect(await next_media(client.inbox)) == rtp(8)
        place.hub.restart("s", NEXT)
        line.send(check(NEXT, nominate=True))
        line.send(sending.protect(rtp(9)))
        await until(lambda: place.packets == [rtp(7), rtp(9)])
        pumping.cancel()
        place.hub.close("s", "closed")
        line.close()


@pytest.mark.parametrize("is_missed", [True, False])
async def test_who_connects_changes_only_the_plans_that_were_made_without_it(
    *, is_missed: bool
) -> None:
    certificate = make_certificate()
    expected = DtlsPeer((("sha-256", fingerprint(certificate)),), we_are_server=True)
    async with asyncio.timeout(60), station() as place, asyncio.TaskGroup() as tasks:
        place.hub.open("s", OURS, expected)
        line = await UdpLine.to(place)
        line.send(check(OURS, nominate=True))
        await line.receive()
        before = place.hub.generation
        if is_missed:
            assert place.hub.connected("s") is None
        client = Client(certificate, line.send)
        pumping = tasks.create_task(pump(line, client.inbox))
        await client.shake_hands()
        await until(lambda: place.connected_sessions == ["s"])
        assert (place.hub.generation > before) == is_missed
        assert place.hub.connected("s") is not None
        pumping.cancel()
        place.hub.close("s", "closed")
        line.close()


async def test_a_peer_with_ever_new_streams_is_heard_in_the_first_ones_only() -> None:
    certificate = make_certificate()
    expected = DtlsPeer((("sha-256", fingerprint(certificate)),), we_are_server=True)
    async with asyncio.timeout(60), station() as place, asyncio.TaskGroup() as tasks:
        place.hub.open("s", OURS, expected)
        line = await TcpLine.to(place)
        line.send(check(OURS, nominate=True))
        await line.receive()
        client = Client(certificate, line.send)
        pumping = tasks.create_task(pump(line, client.inbox))
        await client.shake_hands()
        await until(lambda: place.connected_sessions == ["s"])
        _, sending = client.keys()
        for ssrc in range(MOST_STREAMS + 5):
            line.send(sending.protect(rtp(1, ssrc=ssrc)))
        line.send(sending.protect(rtp(2, ssrc=0)))
        line.send(rtp(3, bytes(40), ssrc=0))
        await until(lambda: place.packets[MOST_STREAMS:] == [rtp(2, ssrc=0)])
        await until(lambda: place.hub.drops == {"srtp-too-many-streams": 5, "srtp-refused": 1})
        pumping.cancel()
        place.hub.close("s", "closed")
        line.close()


async def next_media(inbox: asyncio.Queue[bytes]) -> bytes:
    """What remains of the handshake may come before."""
    while (datagram := await inbox.get())[0] < 128:
        pass
    return datagram


async def test_a_session_outlives_its_stream_and_is_found_on_another_one() -> None:
    async with asyncio.timeout(60), station() as place:
        place.hub.open("s", OURS, DtlsPeer((("sha-256", "00"),), we_are_server=True))
        for _ in range(2):
            with closing(await TcpLine.to(place)) as line:
                line.send(check(OURS, nominate=True))
                await line.receive()
                assert place.tcp.connections == (0, 1)
            await until(lambda: place.tcp.connections == (0, 0))
            assert place.hub._peers["s"].agent.selected is None
        assert place.hub.has("s")


async def test_the_stream_of_a_closed_session_is_closed() -> None:
    async with asyncio.timeout(60), station() as place:
        place.hub.open("s", OURS, DtlsPeer((("sha-256", "00"),), we_are_server=True))
        with closing(await TcpLine.to(place)) as line:
            line.send(check(OURS))
            await line.receive()
            place.hub.close("s", "closed")
            await line.ended()
        await until(lambda: place.tcp.connections == (0, 0))


async def test_a_stream_belongs_to_the_session_of_its_first_check() -> None:
    async with asyncio.timeout(60), station() as place:
        peer = DtlsPeer((("sha-256", "00"),), we_are_server=True)
        place.hub.open("first", OURS, peer)
        place.hub.open("second", NEXT, peer)
        with closing(await TcpLine.to(place)) as line:
            line.send(check(OURS))
            line.send(check(NEXT, nominate=True))
            await until(lambda: place.hub.drops["stun-other-session"] == 1)
            assert place.hub._peers["second"].agent.selected is None

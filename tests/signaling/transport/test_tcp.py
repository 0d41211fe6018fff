"""The TCP port: frames, strangers that are few, brief and small, and peers that read too slowly."""

import asyncio
import socket
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.transport import tcp
from signaling.transport.dtls import DtlsPeer
from signaling.transport.framing import Deframer, EmptyFrameError, FrameTooLongError, framed
from signaling.transport.paths import StreamPath
from signaling.transport.tcp import bind_tcp, household
from tests.signaling.ice.requests import NEXT, OURS, check
from tests.signaling.transport.lines import Station, TcpLine, station
from tests.signaling.workers.control import until

PEER = DtlsPeer((("sha-256", "00"),), we_are_server=True)
BLINK = timedelta(milliseconds=20)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=12), st.lists(st.integers(1, 400)))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(
    datagrams: list[bytes], cuts: list[int]
) -> None:
    stream, deframer, found = b"".join(map(framed, datagrams)), Deframer(300), []
    for cut in [*cuts, len(stream)]:
        piece, stream = stream[:cut], stream[cut:]
        found += list(deframer.feed(piece))
    found += list(deframer.feed(stream))
    assert found == datagrams


@given(st.binary(max_size=2000))
def test_no_stream_makes_the_deframer_keep_more_than_a_frame(stream: bytes) -> None:
    deframer = Deframer(100)
    try:
        for _ in deframer.feed(stream):
            pass
    except (FrameTooLongError, EmptyFrameError):
        return
    assert len(deframer._buffer) < 102


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"\xff\xff", "tcp-frame-too-long"),
        (framed(b""), "tcp-frame-empty"),
        (framed(b"GET / HTTP/1.1\r\n\r\n"), "tcp-not-a-check"),
        (framed(b"\x16\xfe\xfd" + bytes(40)), "tcp-not-a-check"),
        (framed(check(NEXT)) * 17, "tcp-too-many-checks"),
    ],
)
async def test_a_stranger_that_sends_anything_but_a_few_checks_is_dropped(
    stream: bytes, reason: str
) -> None:
    async with asyncio.timeout(60), station() as place:
        place.hub.open("s", OURS, PEER)
        with closing(await TcpLine.to(place)) as line:
            line.write([stream])
            await line.ended()
        assert place.tcp.drops == {reason: 1}
        await until(lambda: place.tcp.connections == (0, 0))
        assert place.hub.has("s")


async def test_a_stranger_that_says_nothing_is_dropped_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp, "STRANGER_TIME", BLINK)
    async with asyncio.timeout(60), station() as place:
        with closing(await TcpLine.to(place)) as line:
            line.write([check()[:3]])
            await line.ended()
        assert place.tcp.drops == {"tcp-stranger-silent": 1}


def test_strangers_of_one_household_are_counted_together() -> None:
    assert household("2001:db8:1:2::3") == household("2001:db8:1:2:ffff::9")
    assert household("2001:db8:1:2::3") != household("2001:db8:1:3::3")
    assert household("203.0.113.7") == household("::ffff:203.0.113.7")


async def test_strangers_by_ipv4_are_of_several_households_at_a_socket_of_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp, "MOST_FROM_ONE_HOST", 1)
    async with asyncio.timeout(60), station("::") as place:
        homes = [(f"127.0.0.{last}", 0) for last in (2, 3, 4)]
        number = place.tcp.number
        strangers = [
            await asyncio.open_connection("127.0.0.1", number, local_addr=home) for home in homes
        ]
        await until(lambda: place.tcp.connections == (3, 0))
        assert not place.tcp.drops
        for _, writer in strangers:
            writer.close()


async def test_a_known_peer_that_sends_frames_of_no_bytes_is_dropped_at_the_first() -> None:
    async with asyncio.timeout(60), station() as place:
        place.hub.open("s", OURS, PEER)
        with closing(await known(place)) as line:
            line.write([framed(b"") * 30_000])
            await line.ended()
        assert place.tcp.drops == {"tcp-frame-empty": 1}
        assert place.hub.drops["unknown-protocol"] == 0
        assert place.hub.has("s")


@pytest.mark.parametrize("bound", ["MOST_STRANGERS", "MOST_FROM_ONE_HOST"])
async def test_the_oldest_stranger_makes_room(monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    monkeypatch.setattr(tcp, bound, 3)
    async with asyncio.timeout(60), station() as place:
        place.hub.open("s", OURS, PEER)
        proven = await known(place)
        strangers = [await TcpLine.to(place) for _ in range(4)]
        await strangers[0].ended()
        await until(lambda: place.tcp.connections == (3, 1))
        assert place.tcp.drops == {"tcp-too-many-strangers": 1}
        for line in (proven, *strangers):
            line.close()


async def known(place: Station) -> TcpLine:
    """A line that has proved to be of session "s"."""
    line = await TcpLine.to(place)
    line.send(check())
    await line.receive()
    return line


async def test_a_peer_that_reads_nothing_loses_packets_and_then_its_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tcp, "SLOW_TIME", timedelta(milliseconds=200))
    async with asyncio.timeout(60), station() as place:
        place.hub.open("s", OURS, PEER)
        with socket.create_connection((place.host, place.tcp.number)) as deaf:
            deaf.sendall(framed(check()))
            await until(lambda: place.tcp.connections == (0, 1))
            path = place.hub._peers["s"].agent.selected
            assert isinstance(path, StreamPath)
            while not place.tcp.drops["tcp-send-full"]:
                path.send(bytes(1200))
            assert path._transport.get_write_buffer_size() < tcp.HIGH_WATER + 2048  # type: ignore[attr-defined]
            await until(lambda: place.tcp.drops["tcp-too-slow"] == 1)
            await until(lambda: place.tcp.connections == (0, 0))
            path.send(bytes(1200))
            assert place.tcp.drops["tcp-closed"] == 1


async def test_a_peer_that_reads_again_in_time_is_served_again() -> None:
    async with asyncio.timeout(60), station() as place:
        place.hub.open("s", OURS, PEER)
        line = await known(place)
        path = place.hub._peers["s"].agent.selected
        assert isinstance(path, StreamPath)
        count = 0
        while not place.tcp.drops["tcp-send-full"]:
            path.send(count.to_bytes(4, "big") * 300)
            count += 1
        received = [await line.receive() for _ in range(count - 1)]
        assert [int.from_bytes(data[:4], "big") for data in received] == list(range(count - 1))
        path.send(b"again")
        assert await line.receive() == b"again"
        line.close()


def test_a_busy_port_is_an_error() -> None:
    with bind_tcp("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(OSError, match="in use"):
            bind_tcp("127.0.0.1", first.getsockname()[1])

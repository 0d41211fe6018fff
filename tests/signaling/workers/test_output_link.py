"""The worker's end of the socket to the outputs process never waits, whatever happens there."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from signaling.outputs.packets import KeyFrameWanted, MediaPacket, SourceEnded, encode
from signaling.outputs.process import read_media
from signaling.workers.output_link import MOST_WAITING, OutputLink
from tests.signaling.workers.control import until

pytestmark = pytest.mark.services
PACKET = MediaPacket("out", "1", "vp8", timedelta(0), 0, 1, 2, True, bytes(1200))
Peers = asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]


class Outputs:
    """Who listens at the other end, and what the link told."""

    def __init__(self, address: str, peers: Peers) -> None:
        self.address = address
        self.peers = peers
        self.wanted: list[KeyFrameWanted] = []
        self.losses = 0

    def link(self) -> OutputLink:
        def lost() -> None:
            self.losses += 1

        return OutputLink(self.address, wanted=self.wanted.append, lost=lost)


@pytest.fixture
async def outputs() -> AsyncIterator[Outputs]:
    with tempfile.TemporaryDirectory(prefix="dg-") as folder:
        address, peers = str(Path(folder, "m")), Peers()
        server = await asyncio.start_unix_server(lambda r, w: peers.put_nowait((r, w)), address)
        async with server, asyncio.timeout(60):
            yield Outputs(address, peers)


async def test_messages_arrive_in_order(outputs: Outputs):
    link = outputs.link()
    for number in range(500):
        link.send(PACKET._replace(number=number))
    link.flush()
    reader, writer = await outputs.peers.get()
    for number in range(500):
        assert await read_media(reader) == PACKET._replace(number=number)
    link.close()
    link.close()  # again: nothing happens
    assert await read_media(reader) is None
    writer.close()


async def test_who_does_not_read_costs_messages_and_no_time(outputs: Outputs):
    link = outputs.link()
    reader, writer = await outputs.peers.get()
    most = MOST_WAITING // len(encode(PACKET))
    for number in range(most + 5000):
        link.send(PACKET._replace(number=number))
        link.flush()
    assert link.dropped > 0
    kept = most + 5000 - link.dropped
    numbers = []
    while len(numbers) < kept:
        message = await read_media(reader)
        assert isinstance(message, MediaPacket)
        numbers.append(message.number)
    assert numbers[:most] == list(range(most))
    dropped = link.dropped
    link.send(SourceEnded("out"))
    link.flush()
    assert await read_media(reader) == SourceEnded("out")
    assert link.dropped == dropped
    link.close()
    writer.close()


async def test_a_wish_for_a_key_frame_comes_back(outputs: Outputs):
    link = outputs.link()
    _, writer = await outputs.peers.get()
    wish = encode(KeyFrameWanted("out", "1"))
    writer.write(wish + wish[:3])
    await until(lambda: len(outputs.wanted) == 1)
    writer.write(wish[3:6])
    writer.write(wish[6:])
    await until(lambda: len(outputs.wanted) == 2)
    assert outputs.wanted == [KeyFrameWanted("out", "1")] * 2
    link.close()
    writer.close()


@pytest.mark.parametrize("nonsense", [b"\xff\xff\xff\xff", b"\0\0\0\1\x09", b""])
async def test_a_link_that_breaks_is_told_once(outputs: Outputs, nonsense: bytes):
    link = outputs.link()
    _, writer = await outputs.peers.get()
    writer.write(nonsense)
    if not nonsense:
        writer.close()
    await until(lambda: outputs.losses == 1)
    link.send(PACKET)
    link.flush()
    link.close()
    writer.close()
    assert outputs.losses == 1


async def test_where_nobody_listens_there_is_no_link(outputs: Outputs):
    with pytest.raises(OSError, match="No such file"):
        OutputLink(outputs.address + "x", wanted=outputs.wanted.append, lost=outputs.link)

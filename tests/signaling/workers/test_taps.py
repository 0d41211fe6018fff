"""What a worker hands to the outputs process: packets and clocks of what it was told to tap."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from signaling.forwarding.actions import Action, Tapped, TappedClock
from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.forwarder import Forwarder, UnknownPublication
from signaling.forwarding.negotiated import Codec, InboundSection, Kind
from signaling.outputs.packets import (
    KeyFrameWanted,
    MediaPacket,
    SenderClock,
    SourceEnded,
    encode,
)
from signaling.outputs.process import read_media
from signaling.workers.admission import OutputsUnreachable
from signaling.workers.messages import StartOutput
from signaling.workers.taps import Taps
from tests.signaling.workers.control import until

pytestmark = pytest.mark.services
VP8 = Codec(96, "VP8", 90000, feedback=("nack pli",))
SECTION = InboundSection("1", Kind.VIDEO, (VP8,), ssrcs=(7,))
NOW = timedelta(seconds=3)
PACKET = StoredPacket(7, 5, 900, True, VP8, True, b"", (), b"payload")


class Bench:
    """Taps of a worker with one publication, and the far end of their socket."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.forwarder = Forwarder(lambda below: below - 1)
        self.forwarder.open_publication("session", "camera", (SECTION,))
        self.performed: list[Action] = []
        self.taps = Taps(self.forwarder, lambda: NOW, self._perform)
        self.peers: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
        self.peers = asyncio.Queue()

    def _perform(self, actions: Iterable[Action]) -> None:
        self.performed.extend(actions)

    def start(self, output: str = "out", publication: str = "camera") -> None:
        self.taps.start(
            StartOutput(
                request=1,
                output=output,
                publication=publication,
                mids=("1",),
                address=self.address,
            )
        )

    def send(self) -> None:
        self.taps.packet(Tapped("out", "1", PACKET))
        self.taps.flush()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="dg-") as folder:
        bench = Bench(str(Path(folder, "m")))
        accept = bench.peers.put_nowait
        server = await asyncio.start_unix_server(lambda r, w: accept((r, w)), bench.address)
        async with server, asyncio.timeout(60):
            yield bench
            bench.taps.close()
        while not bench.peers.empty():
            bench.peers.get_nowait()[1].close()


async def test_packets_and_clocks_are_passed_on_until_the_publication_ends(bench: Bench):
    bench.start()
    bench.taps.clock(TappedClock("out", "1", 7, 1 << 40, 900))
    bench.send()
    bench.taps.session_closed()  # of somebody else
    bench.forwarder.close("session")
    bench.taps.session_closed()
    bench.send()  # nobody is told any more
    reader, writer = await bench.peers.get()
    assert await read_media(reader) == SenderClock("out", "1", 7, NOW, 1 << 40, 900)
    packet = MediaPacket("out", "1", "vp8", NOW, 5, 7, 900, True, b"payload")
    assert await read_media(reader) == packet
    assert await read_media(reader) == SourceEnded("out")
    bench.taps.close()
    assert await reader.read() == b""
    writer.close()


async def test_what_is_stopped_is_passed_on_no_longer(bench: Bench):
    bench.start()
    bench.taps.stop("out")
    bench.taps.stop("out")  # again: nothing happens
    bench.send()
    bench.start("other")
    bench.taps.clock(TappedClock("other", "1", 7, 1, 2))
    bench.taps.flush()
    reader, writer = await bench.peers.get()
    assert await read_media(reader) == SenderClock("other", "1", 7, NOW, 1, 2)
    writer.close()


async def test_a_wish_for_a_key_frame_reaches_the_core(bench: Bench):
    bench.start()
    _, writer = await bench.peers.get()
    tapped: list[str] = []
    tap = bench.forwarder.tap

    def listen(
        output: str, name: str, mids: tuple[str, ...] | None, now: timedelta
    ) -> list[Action]:
        tapped.append(f"{output} {name} {mids}")
        return tap(output, name, mids, now)

    bench.forwarder.tap = listen  # type: ignore[method-assign]
    writer.write(encode(KeyFrameWanted("unknown", "1")) + encode(KeyFrameWanted("out", "1")))
    await until(lambda: tapped)
    assert tapped == ["out camera ('1',)"]
    writer.close()


async def test_a_lost_outputs_process_ends_every_tap_and_what_it_lost_stays_counted(bench: Bench):
    bench.start()
    _, writer = await bench.peers.get()
    for _ in range(9000):
        bench.taps.packet(Tapped("out", "1", PACKET._replace(payload=bytes(1200))))
    dropped = bench.taps.drops["outputs-full"]
    assert dropped > 0
    writer.close()
    await until(lambda: not bench.taps._taps)
    bench.send()
    assert bench.taps.drops == Counter({"outputs-full": dropped})
    bench.start()  # a new process at the same place
    assert (await bench.peers.get())[1].close() is None


async def test_what_cannot_be_tapped_is_refused(bench: Bench):
    assert bench.taps.drops == Counter()
    with pytest.raises(UnknownPublication):
        bench.start(publication="screen")
    bench.address += "x"
    with pytest.raises(OutputsUnreachable):
        bench.start()

"""Two people in a room, with everything real but the browser: engine, HTTP, worker, aiortc."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aioice.ice
import pytest
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)

from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.signaling.engine.pages import PATIENCE, House, Page, running_house
from tests.signaling.workers.browsers import MovingPicture, Tone, bar_position, loudness
from tests.support.clock import FakeClock

pytestmark = pytest.mark.services

# Only with a transport for each section does aiortc keep the candidates of the first one.
ALONE = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT)


@dataclass
class Peer:
    """A device with microphone and camera that follows its page's grants."""

    house: House
    page: Page
    up: RTCPeerConnection = field(default_factory=lambda: RTCPeerConnection(ALONE))
    down: RTCPeerConnection = field(default_factory=lambda: RTCPeerConnection(ALONE))
    incoming: dict[str, MediaStreamTrack] = field(default_factory=dict)
    session: dict[str, str] = field(default_factory=dict)

    async def publish(self, endpoint: dict[str, str]) -> None:
        self.up.addTrack(Tone())
        self.up.addTrack(MovingPicture())
        await self._exchange(self.up, endpoint)

    async def subscribe(self, endpoint: dict[str, str]) -> None:
        for kind in ("audio", "audio", "audio", "video", "video", "video"):
            self.down.addTransceiver(kind, direction="recvonly")
        await self._exchange(self.down, endpoint)
        for transceiver in self.down.getTransceivers():
            self.incoming[transceiver.mid] = transceiver.receiver.track

    async def _exchange(self, connection: RTCPeerConnection, endpoint: dict[str, str]) -> None:
        await connection.setLocalDescription(await connection.createOffer())
        headers = {
            "Content-Type": "application/sdp",
            "Authorization": f"Bearer {endpoint['token']}",
        }
        offer = connection.localDescription.sdp
        answer = await self.house.client.post(endpoint["url"], data=offer, headers=headers)
        text = await answer.text()
        assert answer.status == 201, text
        self.session = {"url": answer.headers["Location"], "token": endpoint["token"]}
        await connection.setRemoteDescription(RTCSessionDescription(text, "answer"))

    async def flowing(self, kind: str, participant: str) -> MediaStreamTrack:
        """The track that the map says carries this participant."""
        while True:
            sections = next(
                (m["sections"] for m in reversed(self.page.heard) if m["type"] == "map"), []
            )
            for section in sections:
                if (section["kind"], section["participant"]) == (kind, participant):
                    return self.incoming[section["mid"]]
            await self.page.hear("map")

    async def close(self) -> None:
        await self.up.close()
        await self.down.close()


@pytest.fixture
async def real_house(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """aioice leaves 127.0.0.1 out, which may be all that this machine has."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])
    media = MediaControl(WorkerPlan(host="127.0.0.1"))
    async with running_house(FakeClock(), media=media) as house:
        yield house


@pytest.fixture
async def make_peer(real_house: House) -> AsyncIterator[Callable[[Page], Peer]]:
    peers: list[Peer] = []

    def make(page: Page) -> Peer:
        peers.append(Peer(real_house, page))
        return peers[-1]

    yield make
    for peer in peers:
        await peer.close()


def newest(page: Page) -> dict[str, Any]:
    return next(m for m in reversed(page.heard) if m["type"] == "grants")


async def until(read: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await read():
            pass


async def test_both_see_and_hear_each_other_through_the_whole_path(
    real_house: House, make_peer: Callable[[Page], Peer]
):
    pages = await real_house.two_in_the_room()
    li, chen = peers = [make_peer(page) for page in pages]
    for peer in peers:
        grants = newest(peer.page)
        await peer.subscribe(grants["subscribe"])
        await peer.publish(grants["publish"])
    for peer, other in ((li, "chen"), (chen, "li")):
        sound = await peer.flowing("audio", other)
        await until(lambda sound=sound: heard(sound))
        picture = await peer.flowing("video", other)
        await until(lambda picture=picture: seen(picture))
    while not (await pages[0].hear("presence"))["person"]["media"]:
        pass


async def test_one_who_published_before_is_heard_by_one_who_comes_later_and_lost_media_is_told(
    real_house: House, make_peer: Callable[[Page], Peer]
):
    pages = await real_house.two_in_the_room()
    li, chen = (make_peer(page) for page in pages)
    await chen.publish(newest(chen.page)["publish"])
    await li.subscribe(newest(li.page)["subscribe"])
    sound = await li.flowing("audio", "chen")
    await until(lambda: heard(sound))
    await chen.up.close()
    lost = await chen.page.hear("media-lost")
    assert lost["direction"] == "publish"
    while (await li.page.hear("map"))["sections"]:
        pass


async def heard(track: MediaStreamTrack) -> bool:
    return loudness(await track.recv()) > 3000


async def seen(track: MediaStreamTrack) -> bool:
    return bar_position(await track.recv()) >= 0

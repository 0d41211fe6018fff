"""Media that really flows: aiortc publishes by WHIP, another aiortc watches by WHEP."""

import asyncio

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from signaling.workers.control import MediaControl
from signaling.workers.messages import Connected, Disconnected, MediaStarted
from tests.signaling.endpoints.exchange import bearer, code, negotiated
from tests.signaling.endpoints.house import Client, House

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]


async def test_w01_w25_and_e01_frames_reach_a_viewer_until_the_publisher_leaves(
    client: Client, house: House, media: MediaControl
):
    events = media.events.listen()
    token = house.token("publish")
    publication = house.verify(token).id
    publisher = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    publisher.addTrack(AudioStreamTrack())
    publisher.addTrack(VideoStreamTrack())
    tracks = [viewer.addTransceiver(kind, direction="recvonly") for kind in ("audio", "video")]
    async with asyncio.timeout(60):
        publishing = await negotiated(client, "/whip/room", token, publisher)
        started = set()
        while started != {"0", "1"}:
            event = await events.get()
            if isinstance(event, MediaStarted):
                started.add(event.mid)
        location = await negotiated(client, "/whep/room", house.token("subscribe"), viewer)
        session = location.rpartition("/")[2]
        while not isinstance(await events.get(), Connected):
            pass
        for mid in ("0", "1"):
            await media.attach(session, mid, publication, mid)
        sound = await tracks[0].receiver.track.recv()
        picture = await tracks[1].receiver.track.recv()
        assert (sound.sample_rate, picture.width, picture.height) == (48000, 640, 480)
        await publisher.close()  # says close_notify (W25)
        ended = Disconnected(session=publishing.rpartition("/")[2], reason="dtls-closed")
        while await events.get() != ended:
            pass
        gone = await client.delete(publishing, headers=bearer(token))
        assert await code(gone) == (404, "session-unknown")
        await viewer.close()

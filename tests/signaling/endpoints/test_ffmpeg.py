"""FFmpeg's WHIP muxer as the publisher: setup:passive, no header extensions, only a=ssrc lines."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiortc import RTCConfiguration, RTCPeerConnection
from playwright.async_api import Page

from signaling.workers.control import MediaControl
from tests.signaling.endpoints.exchange import negotiated
from tests.signaling.endpoints.ffmpeg import PUBLISHER, make_identity
from tests.signaling.endpoints.house import Client, House, both_started
from tests.signaling.endpoints.test_chromium import client, page
from tests.signaling.workers.browsers import bar_position, loudness

__all__ = ["client", "page"]
pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module")
async def publisher(
    client: Client, house: House, tmp_path: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """FFmpeg, which publishes until its standard input ends."""
    url, token = str(client.make_url("/whip/room")), house.token("publish")
    line = (PUBLISHER, url, token, *make_identity(tmp_path))
    child = await asyncio.create_subprocess_exec(sys.executable, *line, stdin=subprocess.PIPE)
    yield child
    if child.returncode is None:
        child.kill()
        await child.wait()


async def test_w10_sound_and_picture_of_ffmpeg_are_seen_and_heard(
    page: Page,
    client: Client,
    house: House,
    media: MediaControl,
    publisher: asyncio.subprocess.Process,
):
    events = media.events.listen()
    viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks = [viewer.addTransceiver(kind, direction="recvonly") for kind in ("audio", "video")]
    async with asyncio.timeout(90):
        publication = await both_started(events)
        locations = (
            await negotiated(client, "/whep/room", house.token("subscribe"), viewer),
            await page.evaluate(
                "token => watch('/whep/room', token, 1, 1)", house.token("subscribe")
            ),
        )
        assert publication in {one.publication for one in media.open_sessions()}
        await page.evaluate("play(viewer)")
        for location, mid in itertools.product(locations, ("0", "1")):
            await media.attach(location.rpartition("/")[2], mid, publication, mid)
        sound, picture = (one.receiver.track for one in tracks)
        places = {bar_position(await picture.recv()) for _ in range(60)}
        assert len(places - {-1}) > 30, "the bar moves"
        while loudness(await sound.recv()) < 3000:
            pass
        frames = (await page.evaluate("framesBeyond(20)"))["framesDecoded"]
        await page.evaluate("n => framesBeyond(n)", frames + 60)
        heard = await page.evaluate("energyBeyond(0)")
        await page.evaluate("energy => energyBeyond(energy)", heard + 0.01)
        codecs = await page.evaluate("payloadTypes(viewer)")
        assert set(codecs) >= {"video/H264", "audio/opus"}
        publisher.stdin.close()
        assert await publisher.wait() == 0
        left = {one.publication for one in media.open_sessions()}
        assert publication not in left, "it says goodbye"
    await viewer.close()

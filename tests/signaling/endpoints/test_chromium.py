"""A real Chromium publishes by WHIP, watches by WHEP, and restarts ICE while media flows."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection
from playwright.async_api import Page, async_playwright

from signaling.sdp.policy import CAPTURE_TIME
from signaling.workers.control import MediaControl
from tests.signaling.endpoints.exchange import negotiated
from tests.signaling.endpoints.house import Client, House, both_started, served
from tests.support.browser import launch

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]
CAPTURE = {"extension": CAPTURE_TIME}
DECODE_GAP = 1000  # ms; W15: media goes on while ICE restarts
SCRIPT = (Path(__file__).parent / "browser.js").read_text()


async def empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>test</title>", content_type="text/html")


@pytest_asyncio.fixture(loop_scope="module")
async def client(house: House) -> AsyncIterator[Client]:
    async with served(house, pages=[web.get("/", empty_page)]) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="module")
async def page(client: Client) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page()
        await page.goto(f"http://localhost:{client.port}/")
        await page.add_script_tag(content=SCRIPT)
        yield page
        await browser.close()


@pytest.mark.live  # a gap is judged
async def test_w15_chromium_sees_and_hears_chromium_and_survives_an_ice_restart(
    page: Page, house: House, media: MediaControl
):
    events = media.events.listen()
    async with asyncio.timeout(90):
        await page.evaluate("token => publish('/whip/room', token)", house.token("publish"))
        publication = await both_started(events)
        location = await page.evaluate(
            "token => watch('/whep/room', token, 2, 3)", house.token("subscribe")
        )
        session = location.rpartition("/")[2]
        await media.attach(session, "1", publication, "0")
        await media.attach(session, "3", publication, "1")
        await page.evaluate("framesBeyond(60)")
        before = await page.evaluate("numbers(viewer)")
        for peer in ("viewer", "publisher"):
            told = await page.evaluate(f"restartIceUnderWatch({peer})")
            assert told["isNew"]
            assert told["gap"] <= DECODE_GAP, peer
        after = await page.evaluate("n => framesBeyond(n)", before["framesDecoded"] + 60)
        assert after["sounds"] > before["sounds"] > 0
        assert after["state"] == "connected"


async def test_e07_two_viewers_with_other_numbers_decode_the_same_publication(
    page: Page, client: Client, house: House, media: MediaControl
):
    events = media.events.listen()
    viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks = [viewer.addTransceiver(kind, direction="recvonly") for kind in ("audio", "video")]
    async with asyncio.timeout(60):
        up, down = [[house.token(way), CAPTURE] for way in ("publish", "subscribe")]
        await page.evaluate("([token, more]) => publish('/whip/room', token, more)", up)
        publication = await both_started(events)
        locations = (
            await negotiated(client, "/whep/room", house.token("subscribe"), viewer),
            await page.evaluate("([token, more]) => watch('/whep/room', token, 1, 1, more)", down),
        )
        for location, mid in itertools.product(locations, ("0", "1")):
            await media.attach(location.rpartition("/")[2], mid, publication, mid)
        sound = await tracks[0].receiver.track.recv()
        picture = await tracks[1].receiver.track.recv()
        assert (await page.evaluate("framesBeyond(20)"))["sounds"] > 0
        captured = await page.evaluate("lastOfPicture()")
        assert captured["captureTimestamp"] > 0
        assert captured.get("senderCaptureTimeOffset") is None, "it is of another hop"
        for peer in ("publisher", "window.viewer"):
            numbers = await page.evaluate(f"payloadTypes({peer})")
            assert numbers["video/VP8"] != payload_type(viewer, "VP8/90000")
            assert numbers["audio/opus"] != payload_type(viewer, "opus/48000/2")
        assert (sound.sample_rate, picture.width / picture.height) == (48000, 4 / 3)
        await viewer.close()


def payload_type(peer: RTCPeerConnection, name: str) -> int:
    """The number under which this peer offered a codec."""
    found = re.search(rf"a=rtpmap:(\d+) {name}", peer.localDescription.sdp)
    assert found
    return int(found[1])

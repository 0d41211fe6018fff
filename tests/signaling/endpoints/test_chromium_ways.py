"""A real Chromium on other ways than UDP over IPv4: ICE-TCP, IPv6, coturn by UDP and by TLS."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, async_playwright

from signaling.turn import TurnPlan
from signaling.workers.control import MediaControl
from signaling.workers.messages import MediaStarted
from signaling.workers.plan import WorkerPlan
from tests.signaling.endpoints.house import House, running, served
from tests.support.browser import launch, trusting
from tests.support.certificate import self_signed
from tests.support.coturn import SECRET, Coturn, coturn

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]
SCRIPT = (Path(__file__).parent / "browser.js").read_text()
FRAMES = 60
BOTH = WorkerPlan(host="::", tcp_port=0, advertise=("::1", "127.0.0.1"))
LONG = timedelta(days=3650)  # the house's clock stands still, coturn's does not and ends in 2038


async def empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>test</title>", content_type="text/html")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def media() -> AsyncIterator[MediaControl]:
    async with running(MediaControl(WorkerPlan(host="127.0.0.1", tcp_port=0))) as media:
        yield media


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def relay(
    certificate: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Coturn]:
    async with coturn(tmp_path_factory.mktemp("coturn"), certificate) as relay:
        yield relay


@pytest_asyncio.fixture(loop_scope="module")
async def page(house: House, relay: Coturn, certificate: Path) -> AsyncIterator[Page]:
    turn = TurnPlan((relay.url, relay.tls_url), SECRET, LONG)
    async with (
        served(house, pages=[web.get("/", empty_page)], turn=turn) as client,
        async_playwright() as playwright,
    ):
        browser = await launch(playwright, trusting(certificate))
        page = await browser.new_page()
        await page.goto(f"http://localhost:{client.port}/")
        await page.add_script_tag(content=SCRIPT)
        yield page
        await browser.close()


async def meet(page: Page, house: House, options: dict[str, Any], frames: int = FRAMES) -> None:
    """The page publishes, and watches itself with the same kind of connection."""
    events = house.media.events.listen()
    up = [house.token("publish"), options]
    await page.evaluate("([token, options]) => publish('/whip/room', token, options)", up)
    started: dict[str, str] = {}
    while len(started) < 2:
        event = await events.get()
        if isinstance(event, MediaStarted):
            started[event.mid] = event.publication
    down = [house.token("subscribe"), options]
    location = await page.evaluate(
        "([token, options]) => watch('/whep/room', token, 1, 1, options)", down
    )
    for mid, publication in started.items():
        await house.media.attach(location.rpartition("/")[2], mid, publication, mid)
    numbers = await page.evaluate(f"framesBeyond({frames})")
    assert numbers["sounds"] > 0


async def test_chromium_publishes_and_plays_by_tcp_alone(page: Page, house: House):
    async with asyncio.timeout(60):
        await meet(page, house, {"transport": "tcp"})
        for peer in ("publisher", "viewer"):
            pair = await page.evaluate(f"pairInUse({peer})")
            assert pair["remote"]["protocol"] == pair["local"]["protocol"] == "tcp"
        assert await page.evaluate("restartIce(viewer)")
        assert await page.evaluate(f"framesBeyond({2 * FRAMES})")


async def test_chromium_publishes_and_plays_by_ipv6_and_by_ipv4_at_one_port(
    page: Page, house: House
):
    async with asyncio.timeout(90), running(MediaControl(BOTH)) as house.media:
        for transport, address in (("udp", "::1"), ("tcp", "::1"), ("udp", "127.0.0.1")):
            await meet(page, house, {"transport": transport, "address": address}, frames=10)
            for peer in ("publisher", "viewer"):
                remote = (await page.evaluate(f"pairInUse({peer})"))["remote"]
                assert (remote["protocol"], remote["address"]) == (transport, address)


async def test_chromium_publishes_and_plays_through_a_relay_alone_by_udp_and_by_tls(
    page: Page, house: House, relay: Coturn
):
    async with asyncio.timeout(60):
        servers = await page.evaluate(
            "token => iceServers('/whip/room', token)", house.token("publish")
        )
        ways = [(server["urls"], server) for server in servers]
        assert [url for url, _ in ways] == [relay.url, relay.tls_url]
        for (url, server), protocol in zip(ways, ("udp", "tls"), strict=True):
            await meet(page, house, {"iceServers": [server], "iceTransportPolicy": "relay"})
            for peer in ("publisher", "viewer"):
                local = (await page.evaluate(f"pairInUse({peer})"))["local"]
                assert (local["candidateType"], local["relayProtocol"]) == ("relay", protocol)
                assert local["url"] == url

"""A real browser that publishes and watches itself, by way of a worker and a poor link."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web
from playwright.async_api import Page, async_playwright

from signaling.forwarding.rtcp import ReceiverEstimate, parse_rtcp
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.net.looks import Look, Watched
from tests.net.relay import Relay, relaying
from tests.signaling.endpoints.house import House, both_started, running, served
from tests.support.browser import launch

DIRECT: Final = "127.0.0.1"
SCRIPT: Final = Path(__file__).parent / "lossy.js"
LAYERS: Final = [  # as our pages have them, for a smaller camera
    {"rid": "q", "scaleResolutionDownBy": 4, "maxBitrate": 150_000},
    {"rid": "h", "scaleResolutionDownBy": 2, "maxBitrate": 500_000},
    {"rid": "f", "maxBitrate": 1_200_000},
]
SOUND, PICTURE = "0", "1"  # the sections of both ends


class Theatre:
    """A page that publishes, and may watch itself."""

    def __init__(self, page: Page, house: House, relay: Relay) -> None:
        self.relay = relay
        self._page = page
        self._house = house
        self._media = house.media
        self._session = ""

    async def publish(self, address: str, codec: str = "video/VP8") -> str:
        """Send by that address of the server; the publication, when both have come up."""
        events = self._media.events.listen()
        arguments = [self._house.token("publish"), address, LAYERS, codec]
        await self._page.evaluate("([t, a, l, c]) => publish('/whip/room', t, a, l, c)", arguments)
        return await both_started(events)

    async def watch(self, publication: str, address: str) -> None:
        """Receive by that address of the server."""
        arguments = [self._house.token("subscribe"), address]
        location = await self._page.evaluate("([t, a]) => watch('/whep/room', t, a)", arguments)
        self._session = location.rpartition("/")[2]
        for mid in (SOUND, PICTURE):
            await self._media.attach(self._session, mid, publication, mid)

    async def limit(self, height: int | None) -> None:
        """Let the picture be at most that high."""
        await self._media.set_limit(self._session, PICTURE, height)

    async def estimates(self) -> list[int]:
        """The bits per second of every REMB that the viewer sent, as the server noted them."""
        record = await self._media.flight(self._session)
        reports = [str(event.facts["data"]) for event in record.events if event.what == "rtcp"]
        packets = [packet for data in reports for packet in parse_rtcp(bytes.fromhex(data))]
        return [packet.bitrate for packet in packets if isinstance(packet, ReceiverEstimate)]

    async def observe(self, seconds: float, until: int | None = None) -> Watched:
        """Look for so long, or until a picture of that width is there."""
        looks = await self._page.evaluate("([s, w]) => observe(s, w)", [seconds, until])
        watched = Watched([Look.of(look) for look in looks])
        print(watched, end="\n\n")  # noqa: T201  pytest shows it with a failure
        return watched

    async def codec(self) -> str:
        """What the picture comes in."""
        return str(await self._page.evaluate("codecSeen()"))


async def empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>test</title>", content_type="text/html")


@asynccontextmanager
async def opened(camera: Path, seed: int) -> AsyncIterator[Theatre]:
    """A theatre whose page has that camera, behind a relay with that seed."""
    with relaying(seed) as relay:
        plan = WorkerPlan(host=DIRECT, port=relay.port, advertise=(DIRECT, relay.address))
        async with running(MediaControl(plan)) as media, async_playwright() as playwright:
            house = House(media)
            async with served(house, pages=[web.get("/", empty_page)]) as client:
                browser = await launch(playwright, f"--use-file-for-fake-video-capture={camera}")
                page = await browser.new_page()
                await page.goto(f"http://localhost:{client.port}/")
                await page.add_script_tag(content=SCRIPT.read_text())
                yield Theatre(page, house, relay)
                await browser.close()

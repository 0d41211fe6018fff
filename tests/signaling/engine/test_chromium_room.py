"""Two real Chromiums in a room with our own client: reload, an ICE restart, a dead worker."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, Page, async_playwright

from signaling.engine import Engine
from signaling.turn import NO_SERVERS, TurnPlan
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.signaling.engine.pages import KEY, PLAN, ROLES
from tests.support.browser import launch
from tests.support.clock import FakeClock
from tests.support.coturn import SECRET, coturn
from tests.support.waiting import until

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[3]
LONG = timedelta(days=3650)  # the house's clock stands still, coturn's does not and ends in 2038
ONLY_RELAYS = """globalThis.connect = (configuration) =>
  new RTCPeerConnection({ ...configuration, iceTransportPolicy: "relay" });"""
HELPERS = (Path(__file__).parent / "browser_room.js").read_text()


@dataclass
class Meeting:
    engine: Engine
    media: MediaControl
    address: str
    client: str  # the bundled JavaScript of web/frontend/room

    async def enter(self, page: Page, who: str) -> None:
        """Load the page and come in, as a reload does too."""
        name, role = ROLES[who]
        token = self.engine.grant(
            room="r1", participant=who, name=name, role=role, lifetime=timedelta(hours=1)
        )
        await page.goto(self.address)
        await page.add_script_tag(content=self.client)
        await page.add_script_tag(content=HELPERS)
        await page.evaluate("([t, d]) => enter(t, d)", [token, f"device-of-{who}"])

    async def has_relayed_layers(self) -> bool:
        """Whether sound and layers of the picture go from worker to worker."""
        return {"", "q"} <= {hop.stretch.rid for hop in self.media._relays._hops()}

    def kill_worker_of(self, who: str) -> None:
        """One of the two: the one through which this person sees and hears."""
        host = self.engine._registry.get("r1")
        assert host is not None
        subscriptions = host.room.state.media.subscriptions.values()
        session = next(s.session for s in subscriptions if s.participant == who)
        worker = self.media._sessions.require(session).worker
        os.kill(self.media._supervisor.links[worker].hello.process, signal.SIGKILL)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The client library as one script."""
    script = tmp_path_factory.mktemp("client") / "room.js"
    entry = ROOT / "web" / "frontend" / "room" / "session.ts"
    command = [sys.executable, "scripts/node.py", "npx", "rolldown", str(entry)]
    command += ["--format", "iife", "--name", "Room", "--file", str(script)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603  our own
    return script.read_text()


async def empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>room</title>", content_type="text/html")


@asynccontextmanager
async def meeting_of(client: str, turn: TurnPlan = NO_SERVERS) -> AsyncIterator[Meeting]:
    media = MediaControl(WorkerPlan(host="127.0.0.1", count=2, enough=1))
    engine = Engine(media, KEY, FakeClock().now, turn=turn)
    await engine.start()
    await media.ready(2)
    engine.open_room(PLAN)
    app = web.Application()
    app.add_routes([*engine.routes(), web.get("/", empty_page)])
    async with TestClient(TestServer(app)) as http:
        yield Meeting(engine, media, f"http://localhost:{http.port}/", client)
        await engine.aclose(timedelta(seconds=1))


async def page_of(browser: Browser) -> Page:
    context = await browser.new_context()
    return await context.new_page()


async def test_two_browsers_meet_and_come_back_after_reload_ice_restart_and_dead_worker(
    client: str,
):
    async with (
        asyncio.timeout(90),
        meeting_of(client) as meeting,
        async_playwright() as playwright,
    ):
        browser = await launch(playwright)
        li, chen = [await page_of(browser) for _ in range(2)]
        await meeting.enter(li, "li")
        await meeting.enter(chen, "chen")
        await li.wait_for_function("messages.includes('knock')")
        await li.evaluate("session.socket.say({type: 'admit', participant: 'chen'})")
        assert [await page.evaluate("flows()") for page in (li, chen)] == [True, True]
        await until(meeting.has_relayed_layers)

        await meeting.enter(chen, "chen")
        assert [await page.evaluate("flows()") for page in (chen, li)] == [True, True]
        assert await chen.evaluate("session.view.me.presence") == "in-room"

        # only told to be online again: its address stays
        before = await chen.evaluate("received()")
        await chen.evaluate("dispatchEvent(new Event('online'))")
        await chen.wait_for_function("links().every((state) => state === 'connected')")
        after = await chen.evaluate("flows().then(received)")
        assert after["frames"] > before["frames"], "the same connection went on"

        meeting.kill_worker_of("chen")
        since = time.monotonic()
        await chen.wait_for_function("messages.includes('media-lost')")
        assert [await page.evaluate("flows()") for page in (li, chen)] == [True, True]
        sys.stderr.write(f"a killed worker: both are back after {time.monotonic() - since:.2f} s\n")

        await li.evaluate("session.socket.say({type: 'end', outcome: 'done'})")
        await chen.wait_for_function("session.view.outcome === 'done'")
        await chen.wait_for_function("links().every((state) => state === 'closed')")
        await browser.close()


async def test_a_page_that_only_reaches_the_relay_meets_the_others_and_restarts(
    client: str, tmp_path: Path
):
    async with (
        asyncio.timeout(60),
        coturn(tmp_path) as relay,
        meeting_of(client, TurnPlan((relay.url,), SECRET, LONG)) as meeting,
        async_playwright() as playwright,
    ):
        browser = await launch(playwright)
        li, chen = [await page_of(browser) for _ in range(2)]
        await chen.add_init_script(ONLY_RELAYS)
        await meeting.enter(li, "li")
        await meeting.enter(chen, "chen")
        await li.wait_for_function("messages.includes('knock')")
        await li.evaluate("session.socket.say({type: 'admit', participant: 'chen'})")
        assert [await page.evaluate("flows()") for page in (li, chen)] == [True, True]
        assert await chen.evaluate("ways()") == ["relay", "relay"]
        before = await chen.evaluate("received()")
        await chen.evaluate("dispatchEvent(new Event('online'))")
        await chen.wait_for_function("links().every((state) => state === 'connected')")
        after = await chen.evaluate("flows().then(received)")
        assert after["frames"] > before["frames"], "the same connection went on"
        assert await chen.evaluate("ways()") == ["relay", "relay"]
        await browser.close()

"""Pages of a real browser with our own client in a room of an engine with real media workers."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import Browser, Page

from signaling.engine import Engine
from signaling.turn import NO_SERVERS, TurnPlan
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.signaling.engine.pages import KEY, PLAN, ROLES
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[3]
HELPERS = (Path(__file__).parent / "browser_room.js").read_text()
TWO = WorkerPlan(host="127.0.0.1", count=2, enough=1)


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

    @property
    def sessions(self) -> set[str]:
        """Of everybody, up and down."""
        host = self.engine._registry.get("r1")
        assert host is not None
        media = host.room.state.media
        return {
            one.session for one in (*media.publications.values(), *media.subscriptions.values())
        }

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


def bundled(folder: Path) -> str:
    """The client library as one script."""
    script = folder / "room.js"
    entry = ROOT / "web" / "frontend" / "room" / "session.ts"
    command = [sys.executable, "scripts/node.py", "npx", "rolldown", str(entry)]
    command += ["--format", "iife", "--name", "Room", "--file", str(script)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603  our own
    return script.read_text()


async def empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>room</title>", content_type="text/html")


@asynccontextmanager
async def meeting_of(
    client: str, turn: TurnPlan = NO_SERVERS, plan: WorkerPlan = TWO
) -> AsyncIterator[Meeting]:
    media = MediaControl(plan)
    engine = Engine(media, KEY, FakeClock().now, turn=turn)
    await engine.start()
    await media.ready(plan.count)
    engine.open_room(PLAN)
    app = web.Application()
    app.add_routes([*engine.routes(), web.get("/", empty_page)])
    async with TestClient(TestServer(app)) as http:
        yield Meeting(engine, media, f"http://localhost:{http.port}/", client)
        await engine.aclose(timedelta(seconds=1))


async def page_of(browser: Browser) -> Page:
    context = await browser.new_context()
    return await context.new_page()

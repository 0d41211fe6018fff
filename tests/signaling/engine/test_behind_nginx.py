"""Media endpoints behind nginx as it is deployed: two stock clients, and what nginx adds."""

import asyncio
import re
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, web
from aiohttp.test_utils import TestServer
from playwright.async_api import async_playwright

from signaling.endpoints.answers import PROBLEM
from signaling.engine import Engine
from signaling.rooms.messages.parts import SUBPROTOCOL
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.signaling.endpoints.exchange import CORS, code
from tests.signaling.engine.pages import KEY, PLAN, ROLES, Page
from tests.signaling.sdp.offers import offer
from tests.support.browser import launch
from tests.support.clock import FakeClock
from tests.support.nginx import Nginx, nginx
from tests.support.service import free_port
from web.app import household_of
from web.keys import SETTINGS
from web.settings import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]
ROOT = Path(__file__).parents[3]
ALLOWED = "Authorization, Content-Type, If-Match"


@dataclass
class Site:
    """An engine with real workers behind a real nginx."""

    engine: Engine
    front: Nginx

    @property
    def address(self) -> str:
        return f"https://localhost:{self.front.https}"

    def token(self, who: str) -> str:
        name, role = ROLES[who]
        hour = timedelta(hours=1)
        return self.engine.grant(room="r1", participant=who, name=name, role=role, lifetime=hour)


def trusting() -> ssl.SSLContext:
    """Of nginx's own certificate, which nobody signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@asynccontextmanager
async def visitor(site: Site, *, at: str = "127.0.0.1") -> AsyncIterator[ClientSession]:
    """Somebody whose own address this is."""
    connector = TCPConnector(ssl=trusting(), local_addr=(at, 0), family=0)
    async with ClientSession(site.address, connector=connector) as session:
        yield session


async def empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>test</title>", content_type="text/html")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    https = await free_port()
    origins = frozenset({f"https://localhost:{https}"})
    media = MediaControl(WorkerPlan(host="127.0.0.1"))
    engine = Engine(media, KEY, FakeClock().now, allowed_origins=origins)
    await engine.start()
    await engine.ready()
    engine.open_room(PLAN)
    app = web.Application()
    app[SETTINGS] = Settings(trusted_proxies=(ip_network("127.0.0.1"), ip_network("::1")))
    app.add_routes([*engine.routes(household_of)])
    folder = tmp_path_factory.mktemp("nginx")
    async with (
        TestServer(app) as server,
        nginx(folder, https=https, upstream=server.port or 0) as front,
    ):
        yield Site(engine, front)
        await engine.aclose(timedelta(seconds=1))


@pytest_asyncio.fixture(loop_scope="module")
async def elsewhere() -> AsyncIterator[str]:
    """A page of another origin, which asks before each request to the site (CORS)."""
    app = web.Application()
    app.add_routes([web.get("/", empty_page)])
    async with TestServer(app) as server:
        yield f"http://localhost:{server.port}/"


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Both clients as one script."""
    script = tmp_path_factory.mktemp("clients") / "clients.js"
    entry = Path(__file__).parent / "stock_clients.js"
    command = [sys.executable, "scripts/node.py", "npx", "rolldown", str(entry)]
    command += ["--format", "iife", "--name", "Stock", "--file", str(script)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603  our own
    return script.read_text()


async def entered(site: Site, session: ClientSession, who: str) -> Page:
    """This person's page, which has come through the room socket."""
    socket: ClientWebSocketResponse = await session.ws_connect(
        "/socket/r1", protocols=[SUBPROTOCOL], origin=site.address
    )
    page = Page(who, socket)
    await page.say("hello", token=site.token(who), device=f"device-of-{who}")
    return page


async def test_w05_stock_clients_of_another_origin_publish_and_play_what_they_name(
    site: Site, clients: str, elsewhere: str
):
    async with asyncio.timeout(60), visitor(site) as session, async_playwright() as playwright:
        li, chen = [await entered(site, session, who) for who in ("li", "chen")]
        subscribe = (await li.hear("grants"))["subscribe"]
        await li.hear("knock")
        await li.say("admit", participant="chen")
        while not (publish := (await chen.hear("grants"))["publish"]):
            pass
        browser = await launch(playwright, "--ignore-certificate-errors")
        page = await browser.new_page()
        await page.goto(elsewhere)
        await page.add_script_tag(content=clients)
        up = [site.address + publish["url"], publish["token"]]
        location = await page.evaluate("([url, token]) => Stock.publish(url, token)", up)
        assert location.startswith(f"{site.address}/whip/r1/")
        down = [f"{site.address}{subscribe['url']}?publication=chen:camera", subscribe["token"]]
        shape = await page.evaluate("([url, token]) => Stock.play(url, token)", down)
        assert shape == pytest.approx(4 / 3, abs=0.02)
        await page.evaluate("Stock.stop()")
        assert site.engine.counters()["media_order_failures"] == 0
        asked = set(re.findall(r'"([A-Z]+) (/wh[ie]p/r1)\S* HTTP/2.0" 20[01]', site.front.log()))
        for path in ("/whip/r1", "/whep/r1"):
            assert asked >= {(method, path) for method in ("OPTIONS", "POST", "DELETE")}
        await browser.close()
        for one in (li, chen):
            await one.say("leave")
            await one.closed()


async def test_bodies_are_bounded_by_the_service_first_and_by_nginx_at_last(site: Site):
    token = site.engine.grant(
        room="r1", participant="li", name="Li", role="panel",
        lifetime=timedelta(minutes=1), action="publish",
    )  # fmt: skip
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
    async with visitor(site) as session:
        ours = await session.post("/whip/r1", data=BytesIO(bytes(300 << 10)), headers=headers)
        assert await code(ours) == (413, "body-too-large")
        whole = await session.post("/whip/r1", data=offer("chromium_whep"), headers=headers)
        assert await code(whole) == (403, "not-admitted")
        theirs = await session.post("/whip/r1", data=BytesIO(bytes(2 << 20)), headers=headers)
        assert (theirs.status, await theirs.json()) == (413, await ours.json())
        assert (theirs.content_type, theirs.headers.items() >= CORS.items()) == (PROBLEM, True)


async def test_while_the_service_is_away_a_client_is_told_when_to_come_back(tmp_path: Path):
    nobody, https = await free_port(), await free_port()
    async with (
        nginx(tmp_path, https=https, upstream=nobody) as front,
        ClientSession(connector=TCPConnector(ssl=trusting())) as session,
    ):
        address = f"https://localhost:{front.https}"
        for method, path in (
            ("POST", "/whip/r1"),
            ("PATCH", "/whep/r1/x"),
            ("DELETE", "/whip/r1/x"),
        ):
            away = await session.request(method, address + path)
            assert await code(away) == (503, "service-away")
            assert away.headers["Retry-After"] == "5"
        asked = {"Origin": "https://studio.example", "Access-Control-Request-Method": "POST"}
        preflight = await session.options(f"{address}/whip/r1", headers=asked)
        assert preflight.status == 200
        assert preflight.headers["Access-Control-Allow-Headers"] == ALLOWED
        assert (await session.get(address)).content_type == "text/html"


async def test_each_visitor_has_a_throttle_of_their_own_and_cannot_forge_another(site: Site):
    async def ask(session: ClientSession, **headers: str) -> int:
        async with session.delete("/whip/r1/nothing", headers=headers) as response:
            return response.status

    async with visitor(site, at="127.0.0.3") as rude, visitor(site, at="127.0.0.4") as polite:
        while await ask(rude) != 429:
            pass
        assert await ask(rude, **{"X-Forwarded-For": "127.0.0.4"}) == 429
        assert await ask(polite) == 401


async def test_w21_nginx_sends_plain_http_away_with_307_and_keeps_metrics_to_the_inside(site: Site):
    async with visitor(site) as session:
        for path, status in (("/whip/r1", 307), ("/whep/r1?publication=a:b", 307), ("/jobs", 301)):
            plain = f"http://localhost:{site.front.http}{path}"
            away = await session.post(plain, data="v=0", allow_redirects=False)
            assert (away.status, away.headers["Location"]) == (status, f"https://localhost{path}")
        assert (await session.get("/metrics")).status == 403

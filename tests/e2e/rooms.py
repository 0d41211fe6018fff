"""An interview room of the demo, served from a copy of a data folder that was made once."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, StorageState

from interviews.identity.models import Role
from tests.e2e import pages
from tests.e2e.letters import letter, signed_link
from tests.support.service import Service, clock_at, serving
from web.commands.data import KNOWN
from web.demo.people import DEMO_EMAILS

EARLY = timedelta(minutes=5)  # before the interview: both sides may enter
EARS = 20  # times one and a half seconds, until a test gives up
NOTES = shutil.ignore_patterns("rooms")  # written later than the tests' clocks say it is
BRISK = {"DRAIN_TIMEOUT": "PT1S"}  # who is still in the room at the end of a test sees nothing
WATCHED = """
(() => {
  const [Plain, Socket] = [RTCPeerConnection, WebSocket];
  window.peers = []; window.sockets = [];
  window.RTCPeerConnection = class extends Plain {
    constructor(...values) { super(...values); window.peers.push(this); }
  };
  window.WebSocket = class extends Socket {
    constructor(...values) { super(...values); window.sockets.push(this); }
  };
})();
"""
MOVES = """
() => {
  const video = document.querySelector("#tiles video");
  return video !== null && video.srcObject.getVideoTracks().length > 0
    && video.getVideoPlaybackQuality().totalVideoFrames > (window.seenFrames ?? 0) + 5;
}
"""
MARK = """
() => {
  const video = document.querySelector("#tiles video");
  window.seenFrames = video?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
}
"""
LOUDEST = """
async () => {
  const sound = document.querySelector("#tiles video")?.srcObject.getAudioTracks() ?? [];
  if (sound.length === 0) return 0;
  window.ear ??= new AudioContext();
  await window.ear.resume();
  const analyser = window.ear.createAnalyser();
  window.ear.createMediaStreamSource(new MediaStream(sound)).connect(analyser);
  const wave = new Float32Array(analyser.fftSize);
  let loudest = 0;
  for (let step = 0; step < 30; step += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    analyser.getFloatTimeDomainData(wave);
    loudest = Math.max(loudest, ...wave.map(Math.abs));
  }
  return loudest;
}
"""
BYTES_IN = """
async () => {
  let total = 0;
  for (const peer of window.peers)
    (await peer.getStats()).forEach((one) => {
      if (one.type === "inbound-rtp") total += one.bytesReceived;
    });
  return total;
}
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data folder with two interviews, and who may open them."""

    folder: Path
    starts_at: datetime  # of the demo's own interview
    room: str  # its page
    linked_at: datetime  # start of the interview that was booked just now
    linked_room: str  # its page for those with accounts
    token: str  # of the signed link to its room, out of the graduate's mail
    cookies: dict[Role, StorageState]


async def prepare(browser: Browser, folder: Path) -> Prepared:
    """Load the demo, sign in both sides, in English, and book one interview more."""
    async with serving(folder, {"LOG_LEVEL": "error"}) as service:
        cookies = {
            role: await signed_in(browser, service, role)
            for role in (Role.GRADUATE, Role.RECRUITER)
        }
        context = await browser.new_context(storage_state=cookies[Role.GRADUATE])
        page = await context.new_page()
        await page.goto(f"{service.url}/me/interviews")
        links = page.locator("main a[href$='/room']")
        demo = str(await links.first.get_attribute("href"))
        starts_at = await _start(page, f"{service.url}{demo}")
        await page.goto(f"{service.url}/jobs/1/slots")
        async with page.expect_navigation():
            await page.locator("button[formaction$='/hold']").first.click()
        async with page.expect_navigation():
            await page.click("main form[action$='/booking'] button:not([formaction])")
        linked = page.url.removeprefix(service.url) + "/room"
        linked_at = await _start(page, f"{service.url}{linked}")
        mail = await letter(service, DEMO_EMAILS[Role.GRADUATE], "/i/")
        await context.close()
    token = signed_link(mail, "room")
    return Prepared(folder, starts_at, demo, linked_at, linked, token, cookies)


async def signed_in(browser: Browser, service: Service, role: Role) -> StorageState:
    """What a profile holds after somebody of that role has signed in and chosen English."""
    context = await browser.new_context()
    page = await context.new_page()
    await pages.sign_in(page, service.url, DEMO_EMAILS[role], KNOWN)
    async with page.expect_navigation():
        await page.click("form[action='/language'] button[value=en]")
    state = await context.storage_state()
    await context.close()
    return state


async def _start(page: Page, room: str) -> datetime:
    await page.goto(room)
    said = await page.get_attribute(".stage-when time", "datetime")
    return datetime.fromisoformat(str(said)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """A running service around one interview."""

    service: Service
    prepared: Prepared
    room: str

    async def visit(self, browser: Browser, role: Role, **more: Any) -> Page:
        """A new browser profile of one side, on the room's page."""
        page = await self.profile(browser, role, **more)
        await page.goto(f"{self.service.url}{self.room}")
        return page

    async def profile(self, browser: Browser, role: Role | None, **more: Any) -> Page:
        """An empty page in a new profile; None is somebody without an account."""
        wanted = {"locale": "en-GB", "permissions": ["camera", "microphone"], **more}
        cookies = self.prepared.cookies[role] if role is not None else None
        context = await browser.new_context(storage_state=cookies, **wanted)
        await context.add_init_script(WATCHED)
        return await context.new_page()


@asynccontextmanager
async def open_house(
    prepared: Prepared,
    folder: Path,
    *,
    early: timedelta = EARLY,
    is_linked: bool = False,
    **settings: str,
) -> AsyncIterator[House]:
    """A service on a fresh copy of the data, so long before the interview starts."""
    data = folder / "data"
    if not await asyncio.to_thread(data.exists):
        await asyncio.to_thread(shutil.copytree, prepared.folder, data, ignore=NOTES)
    starts_at = prepared.linked_at if is_linked else prepared.starts_at
    clock = clock_at(starts_at - early)
    wanted = {"LOG_LEVEL": "error", "CLOCK_OFFSET": clock, **BRISK, **settings}
    async with serving(data, wanted) as service:
        yield House(service, prepared, prepared.linked_room if is_linked else prepared.room)


async def turn_on(page: Page) -> None:
    """Let the page use camera and microphone."""
    await page.click("#devices-on")
    await page.wait_for_selector("#device-choice:not([hidden])")


async def enter(panel: Page) -> None:
    """Go past the panel's waiting room."""
    await panel.click("#enter")
    await panel.wait_for_selector("#call:not([hidden])")


async def admit(panel: Page) -> None:
    """Let in who knocks."""
    await panel.click(".knock .btn-primary")


async def meet(graduate: Page, panel: Page) -> None:
    """Both turn on their devices and come into the room."""
    await turn_on(graduate)
    await turn_on(panel)
    await enter(panel)
    await admit(panel)
    await moves(graduate)
    await moves(panel)


async def moves(page: Page) -> None:
    """Wait until new pictures of the other side are shown."""
    await page.wait_for_function(MOVES)


async def moves_again(*some: Page) -> None:
    """Wait until every page shows pictures that it has not shown before now."""
    for page in some:
        await page.evaluate(MARK)
    for page in some:
        await moves(page)


async def hears(page: Page) -> bool:
    """Whether the other side becomes louder than silence; it beeps once a second."""
    for _ in range(EARS):
        if float(await page.evaluate(LOUDEST)) > 0.01:
            return True
    return False


async def bytes_in(page: Page) -> int:
    """What all media sessions of this page have received so far."""
    return int(await page.evaluate(BYTES_IN))


async def timed(waiting: Callable[[], Any], what: str) -> None:
    """Wait, and print how long it took: an aim of 5 s that no test insists on."""
    clock = asyncio.get_running_loop().time
    start = clock()
    await waiting()
    print(json.dumps({"what": what, "seconds": round(clock() - start, 2)}))  # noqa: T201  a measurement

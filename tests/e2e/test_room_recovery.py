"""A room comes back by itself: reload, lost socket, killed worker, restarted or killed service."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from interviews.identity.models import Role
from tests.e2e.rooms import (
    House,
    Prepared,
    meet,
    moves,
    moves_again,
    open_house,
    signed_in,
    timed,
)
from tests.net.link import PERFECT, Conditions
from tests.net.relay import Relay, relaying
from tests.support.service import Service, free_port
from tests.support.wire import wire_to

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
LISTEN = """
() => {
  const banner = document.getElementById("banner");
  window.told = [];
  new MutationObserver(() => window.told.push(banner.textContent))
    .observe(banner, { childList: true });
}
"""
STANDS = """
(seconds) => {
  const { totalVideoFrames } = document.querySelector("#tiles video").getVideoPlaybackQuality();
  if (totalVideoFrames !== window.lastFrames)
    [window.lastFrames, window.standsSince] = [totalVideoFrames, performance.now()];
  return performance.now() - window.standsSince > seconds * 1000;
}
"""
PORT = """
async (direction) => {
  for (const peer of window.peers) {
    const report = await peer.getStats();
    const entries = [...report.values()];
    if (peer.connectionState !== "connected") continue;
    if (!entries.some((one) => one.type === direction && one.kind === "video")) continue;
    const { selectedCandidatePairId } = entries.find((one) => one.type === "transport");
    return report.get(report.get(selectedCandidatePairId).localCandidateId).port;
  }
}
"""
FROZEN = (
    3.0  # seconds without a picture: it is a freeze to every browser, and nobody is asked to leave
)
DEAD = Conditions(loss=1.0)
TOLD = "(words) => window.told.some((text) => text.includes(words))"  # a banner may be brief


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two people who see each other."""

    house: House
    graduate: Page
    panel: Page


@pytest_asyncio.fixture(loop_scope="session")
async def meeting(prepared: Prepared, tmp_path: Path, browser: Browser) -> AsyncIterator[Meeting]:
    async with open_house(prepared, tmp_path) as house:
        graduate = await house.visit(browser, Role.GRADUATE)
        panel = await house.visit(browser, Role.RECRUITER)
        await meet(graduate, panel)
        yield Meeting(house, graduate, panel)


async def test_whoever_reloads_comes_back_with_the_seat(meeting: Meeting) -> None:
    graduate, panel = meeting.graduate, meeting.panel
    for side, here, other in (("graduate", graduate, panel), ("panel", panel, graduate)):
        await here.reload()
        await timed(partial(moves, here), f"{side} reloads")
        await moves_again(here, other)
        await expect(panel.locator(".knock")).to_have_count(0)


async def test_who_loses_the_network_keeps_the_seat_and_comes_back(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    async with open_house(prepared, tmp_path) as house, wire_to(house.service.port) as wire:
        graduate = await house.profile(browser, Role.GRADUATE)
        await graduate.goto(f"{wire.url}{house.room}")
        panel = await house.visit(browser, Role.RECRUITER)
        await meet(graduate, panel)
        await graduate.evaluate(LISTEN)
        wire.cut()
        await graduate.wait_for_function(TOLD, arg="Your seat is kept")
        await expect(graduate.locator("#banner")).to_be_hidden()
        await timed(partial(moves_again, graduate, panel), "the network was lost")
        await expect(panel.locator(".knock")).to_have_count(0)


async def test_both_see_each_other_again_after_the_media_worker_was_killed(
    meeting: Meeting,
) -> None:
    workers = _workers(meeting.house.service.process.pid)
    assert len(workers) == 1
    for page in (meeting.graduate, meeting.panel):
        await page.evaluate(LISTEN)
    os.kill(workers[0], signal.SIGKILL)
    for page in (meeting.graduate, meeting.panel):
        await page.wait_for_function(TOLD, arg="interrupted")
    await timed(partial(_both_anew, meeting), "the media worker was killed")
    assert _workers(meeting.house.service.process.pid) != workers


async def test_administrators_read_why_a_picture_froze(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    with relaying() as relay:
        way = {"MEDIA__ADVERTISE": relay.address, "MEDIA__PORT": str(relay.port)}
        async with open_house(prepared, tmp_path, MEDIA__TCP="off", **way) as house:
            graduate = await house.visit(browser, Role.GRADUATE)
            panel = await house.visit(browser, Role.RECRUITER)
            await meet(graduate, panel)
            account = await signed_in(browser, house.service, Role.ADMINISTRATOR)
            context = await browser.new_context(storage_state=account)
            admin = Admin(await context.new_page(), house.service)
            viewers = await admin.viewers()
            assert len(viewers) == 2

            await _frozen(graduate, relay, int(await graduate.evaluate(PORT, "inbound-rtp")))
            (session,) = await admin.told("Nothing was heard of the viewer for", viewers)
            assert not await admin.told("The publisher sent nothing for", viewers)
            await admin.waits_for("browser counted freezes", session)
            assert await admin.freezes() > 0

            await _frozen(graduate, relay, int(await panel.evaluate(PORT, "outbound-rtp")))
            assert await admin.told("The publisher sent nothing for", viewers) == [session]


async def _frozen(viewer: Page, relay: Relay, port: int) -> None:
    """Let nothing through from and to this port until a picture has frozen; then let it go on."""
    relay.change_one(port, DEAD)
    await viewer.wait_for_function(STANDS, arg=FROZEN)
    relay.change_one(port, PERFECT)
    await moves_again(viewer)


@dataclass(frozen=True, slots=True)
class Admin:
    """An administrator, who reads the pages about media."""

    page: Page
    service: Service

    async def viewers(self) -> list[str]:
        """The pages of all sessions that receive."""
        await self.page.goto(f"{self.service.url}/admin/media")
        links = self.page.locator("main h3 a", has_text="Viewer")
        return [str(await link.get_attribute("href")) for link in await links.all()]

    async def told(self, words: str, sessions: list[str]) -> list[str]:
        """Of which of these sessions that is said as a cause."""
        found = []
        for session in sessions:
            await self.page.goto(f"{self.service.url}{session}")
            if await self.page.locator("main li strong", has_text=words).count():
                found.append(session)
        return found

    async def waits_for(self, words: str, session: str) -> None:
        """Return as soon as that is said; pages tell of freezes every few seconds."""
        async with asyncio.timeout(60):
            while not await self.told(words, [session]):
                await self.page.wait_for_timeout(500)

    async def freezes(self) -> float:
        """What Prometheus is told."""
        answer = await self.page.request.get(f"{self.service.url}/metrics")
        told = re.search(r"^daigang_media_freezes_total (\S+)", await answer.text(), re.MULTILINE)
        assert told
        return float(told[1])


async def _both_anew(meeting: Meeting) -> None:
    await asyncio.gather(moves_again(meeting.graduate), moves_again(meeting.panel))


def _workers(service: int) -> list[int]:
    """The media processes of the service (Linux keeps the list of children in /proc)."""
    children = Path(f"/proc/{service}/task/{service}/children").read_text().split()
    return [
        int(child)
        for child in children
        if "signaling.workers" in Path(f"/proc/{child}/cmdline").read_text()
    ]


async def test_pages_wait_for_a_restarted_service_and_go_on(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    port = str(await free_port())
    async with open_house(prepared, tmp_path, PORT=port) as house:
        graduate = await house.visit(browser, Role.GRADUATE)
        panel = await house.visit(browser, Role.RECRUITER)
        await meet(graduate, panel)
        assert await house.service.stop() == 0
        for page in (graduate, panel):
            await expect(page.locator("#banner")).to_contain_text("The server restarts.")
    async with open_house(prepared, tmp_path, PORT=port):
        await timed(partial(moves_again, graduate, panel), "the service was restarted")
        for page in (graduate, panel):
            await expect(page.locator("#banner")).to_be_hidden()
        await expect(panel.locator(".knock")).to_have_count(0)


async def test_a_killed_service_goes_on_with_everybody_and_all_that_was_said(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    port = str(await free_port())
    async with open_house(prepared, tmp_path, PORT=port) as house:
        graduate = await house.visit(browser, Role.GRADUATE)
        panel = await house.visit(browser, Role.RECRUITER)
        await meet(graduate, panel)
        await panel.click("#chat-toggle")
        await panel.fill("#chat-text", "before the crash")
        await panel.press("#chat-text", "Enter")
        await expect(graduate.locator(".chat-line")).to_contain_text("before the crash")
        house.service.process.kill()
        for page in (graduate, panel):
            await expect(page.locator("#banner")).to_contain_text("Your seat is kept")
    async with open_house(prepared, tmp_path, PORT=port) as house:
        await timed(partial(moves_again, graduate, panel), "the service was killed")
        await expect(panel.locator(".knock")).to_have_count(0)
        for page in (graduate, panel):
            await expect(page.locator(".chat-line")).to_contain_text("before the crash")
        await panel.click("#end")
        await panel.click("[data-outcome=done]")
        await expect(graduate.locator("#ending-title")).to_have_text("The interview is over.")
        house.service.process.kill()
    async with open_house(prepared, tmp_path, PORT=port):
        await graduate.reload()
        await expect(graduate.locator("main")).to_contain_text("over")

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
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, expect

from interviews.identity.models import Role
from tests.e2e.rooms import (
    House,
    Prepared,
    meet,
    moves,
    moves_again,
    open_house,
    timed,
)
from tests.support.service import free_port
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
() => {
  const { totalVideoFrames } = document.querySelector("#tiles video").getVideoPlaybackQuality();
  if (totalVideoFrames !== window.lastFrames)
    [window.lastFrames, window.standsSince] = [totalVideoFrames, performance.now()];
  return performance.now() - window.standsSince > 1000;
}
"""
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


@pytest.mark.parametrize("side", ["graduate", "panel"])
async def test_a_reload_comes_back_with_its_seat(meeting: Meeting, side: str) -> None:
    here = meeting.graduate if side == "graduate" else meeting.panel
    other = meeting.panel if side == "graduate" else meeting.graduate
    await here.reload()
    await timed(partial(moves, here), f"{side} reloads")
    await moves_again(here, other)
    await expect(meeting.panel.locator(".knock")).to_have_count(0)


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


async def test_administrators_read_of_a_freeze_that_a_browser_counted(meeting: Meeting) -> None:
    (worker,) = _workers(meeting.house.service.process.pid)
    os.kill(worker, signal.SIGSTOP)
    try:
        await meeting.graduate.wait_for_function(STANDS)
    finally:
        os.kill(worker, signal.SIGCONT)
    await moves_again(meeting.graduate)
    async with ClientSession(meeting.house.service.url) as client, asyncio.timeout(60):
        while True:
            async with client.get("/metrics") as answer:
                told = re.search(
                    r"^daigang_media_freezes_total (\S+)", await answer.text(), re.MULTILINE
                )
            if told is not None and float(told[1]) > 0:
                break
            await meeting.graduate.wait_for_timeout(500)


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

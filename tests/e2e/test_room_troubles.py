"""What can go wrong before and at the door of a room, and the way out that the page shows."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from interviews.identity.models import Role
from tests.e2e.rooms import (
    House,
    Prepared,
    admit,
    bytes_in,
    enter,
    hears,
    meet,
    moves,
    open_house,
    turn_on,
)
from tests.support.browser import FLAGS, executable

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]
SECOND_TRY = 45_000  # ms; a declined graduate waits half a minute
GRACE_IS_OVER = timedelta(minutes=11)  # after the start: who has not come may be noted so
OPENING = timedelta(minutes=15)  # before the start: when the graduate's door opens
LOBBY = re.compile(r"It opens in \d|You are in the waiting room")
LEADS = (15, 45, 135)  # seconds before that; a service may need more than some of them to start


@asynccontextmanager
async def browser_with(*flags: str, without: tuple[str, ...] = ()) -> AsyncIterator[Browser]:
    """A browser of its own, with some flags changed."""
    kept = [flag for flag in FLAGS if not flag.startswith(without)]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable(), headless=True, args=["--headless=new", *kept, *flags]
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def house(prepared: Prepared, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(prepared, tmp_path) as opened:
        yield opened


async def test_denied_devices_bring_advice_and_another_try(house: House) -> None:
    async with browser_with(without=("--use-fake-ui",)) as browser:
        page = await house.visit(browser, Role.GRADUATE, permissions=[])
        await page.click("#devices-on")
        await expect(page.locator("#trouble")).to_contain_text("may not use camera and microphone")
        await expect(page.locator("#trouble")).to_contain_text("allow both, then try again")
        await expect(page.locator("#devices-on")).to_contain_text("Try again")
        await page.context.grant_permissions(["camera", "microphone"])
        await turn_on(page)
        await expect(page.locator("#trouble")).to_be_hidden()
        await expect(page.locator("#preview-empty")).to_be_hidden()


async def test_without_a_camera_one_joins_with_sound_and_is_heard(
    house: House, browser: Browser
) -> None:
    async with browser_with("--use-fake-device-for-media-stream=device-count=0") as mute:
        graduate = await house.visit(mute, Role.GRADUATE)
        await turn_on(graduate)
        await expect(graduate.locator("#trouble")).to_contain_text("you join with sound only")
        panel = await house.visit(browser, Role.RECRUITER)
        await turn_on(panel)
        await enter(panel)
        await admit(panel)
        await moves(graduate)
        await expect(panel.locator(".tile-empty:visible")).to_contain_text("sound only")
        await expect(panel.locator("#tiles .tile.is-speaking")).to_be_visible()
        assert await hears(panel)


async def test_blocked_sound_starts_with_a_tap(house: House, browser: Browser) -> None:
    panel = await house.visit(browser, Role.RECRUITER)
    await turn_on(panel)
    await enter(panel)
    flag = "--autoplay-policy=document-user-activation-required"
    async with browser_with(flag, without=("--autoplay-policy", "--use-fake-ui")) as strict:
        # No devices, for a page that captures may play; and what Playwright asks of a page counts
        # as a gesture, so the page itself has to tell.
        graduate = await house.profile(strict, Role.GRADUATE, permissions=[])
        await graduate.add_init_script(
            """
            addEventListener("DOMContentLoaded", () => {
              const stage = document.getElementById("stage");
              new MutationObserver(() => {
                if (!document.getElementById("unblock").hidden) console.info("sound is blocked");
              }).observe(stage, { attributes: true, subtree: true, childList: true });
            });
            """
        )
        told = graduate.wait_for_event("console", lambda line: line.text == "sound is blocked")
        await graduate.goto(f"{house.service.url}{house.room}")
        await admit(panel)
        await told
        await graduate.click("#unblock")
        await moves(graduate)
        assert await hears(graduate)
        await expect(graduate.locator("#unblock")).to_be_hidden()


async def test_a_second_device_asks_which_one_to_keep(house: House, browser: Browser) -> None:
    first = await house.visit(browser, Role.GRADUATE)
    await expect(first.locator("#lobby-state")).to_contain_text("waiting room")
    second = await house.visit(browser, Role.GRADUATE)
    await expect(second.locator("#banner")).to_contain_text("another device already")
    await second.click("#banner button")
    await expect(second.locator("#lobby-state")).to_contain_text("waiting room")
    await expect(first.locator("#ending-title")).to_contain_text("open on another device")
    await first.click("#return")
    await expect(first.locator("#lobby-state")).to_contain_text("waiting room")
    await expect(second.locator("#ending-title")).to_contain_text("open on another device")


async def test_a_declined_graduate_may_knock_again(house: House, browser: Browser) -> None:
    panel = await house.visit(browser, Role.RECRUITER)
    graduate = await house.visit(browser, Role.GRADUATE)
    await expect(panel.locator(".knock")).to_contain_text("knocks")
    assert "knocks" in await panel.title()
    await panel.click(".knock .btn-outline-secondary")
    await expect(graduate.locator("#ending-title")).to_contain_text("did not let you in")
    await expect(graduate.locator("#return")).to_be_disabled()
    await expect(panel.locator(".knock")).to_have_count(0)
    await expect(graduate.locator("#return")).to_be_enabled(timeout=SECOND_TRY)
    await graduate.click("#return")
    await turn_on(panel)
    await enter(panel)
    await admit(panel)
    await expect(graduate.locator("#call")).to_be_visible()


async def test_both_read_that_the_interview_is_done(house: House, browser: Browser) -> None:
    graduate = await house.visit(browser, Role.GRADUATE)
    panel = await house.visit(browser, Role.RECRUITER)
    await meet(graduate, panel)
    await _end(panel, "no-show")
    await expect(panel.locator("#banner")).to_contain_text("The graduate is in the room.")
    await _end(panel, "done")
    await expect(graduate.locator("#ending-title")).to_have_text("The interview is over.")
    await expect(panel.locator("#ending-text")).to_have_text("It was noted as done.")
    await _expect_noted(panel, "Done")
    await graduate.click("#ending a")
    await expect(graduate.locator("main .badge", has_text="Done")).to_be_visible()


async def test_both_read_that_the_graduate_did_not_come(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    async with open_house(prepared, tmp_path, early=-GRACE_IS_OVER) as house:
        panel = await house.visit(browser, Role.RECRUITER)
        await turn_on(panel)
        await enter(panel)
        await _end(panel, "no-show")
        await expect(panel.locator("#ending-text")).to_contain_text("did not come")
        await _expect_noted(panel, "No-show")
        graduate = await house.visit(browser, Role.GRADUATE)
        await expect(graduate.locator("#ending-title")).to_have_text("This interview is over.")
        await expect(graduate.locator("#return")).to_be_hidden()


async def _end(panel: Page, outcome: str) -> None:
    await panel.click("#end")
    await panel.click(f"[data-outcome={outcome}]")


async def _expect_noted(panel: Page, word: str) -> None:
    """The bookings page follows within a moment."""
    await panel.click("#ending a")
    badge = panel.locator("main .badge", has_text=word)
    async with asyncio.timeout(60):
        while not await badge.count():
            await panel.reload()


async def test_who_is_too_early_sees_a_countdown_and_comes_in_by_itself(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    for lead in LEADS:
        folder = tmp_path / str(lead)
        async with open_house(prepared, folder, early=OPENING + timedelta(seconds=lead)) as house:
            page = await house.visit(browser, Role.GRADUATE)
            state = page.locator("#lobby-state")
            await expect(state).to_contain_text(LOBBY)
            is_open = "waiting" in await state.inner_text()
            await expect(state).to_contain_text("You are in the waiting room", timeout=3000 * lead)
            if not is_open:
                return
    pytest.fail("the door was always open before the page was there")


async def test_a_panel_member_in_the_waiting_room_is_neither_seen_nor_heard(
    house: House, browser: Browser
) -> None:
    graduate = await house.visit(browser, Role.GRADUATE)
    await turn_on(graduate)
    panel = await house.visit(browser, Role.RECRUITER)
    await turn_on(panel)
    await admit(panel)
    await expect(graduate.locator("#call")).to_be_visible()
    await expect(graduate.locator("#tiles .tile-empty")).to_contain_text("are ready")
    await graduate.wait_for_function(
        "() => window.peers.some((one) => one.connectionState === 'connected')"
    )
    assert await bytes_in(graduate) == 0
    assert await panel.evaluate("window.peers.length") == 0
    await enter(panel)
    await moves(graduate)
    assert await hears(graduate)
    assert await bytes_in(graduate) > 0


async def test_the_holder_of_a_signed_link_knocks_and_is_let_in(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    async with open_house(prepared, tmp_path, is_linked=True) as house:
        panel = await house.visit(browser, Role.RECRUITER)
        holder = await house.profile(browser, None)
        await holder.goto(f"{house.service.url}/i/{prepared.token}")
        await holder.click(f"a[href='/i/{prepared.token}/room']")
        await meet(holder, panel)
        assert await hears(holder)
        assert await hears(panel)

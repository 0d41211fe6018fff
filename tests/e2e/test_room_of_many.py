"""A room of five: the speaker is large, thumbnails are small on the wire, a screen is sharp."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from interviews.identity.models import Role
from tests.e2e.axe import AXE, DESKTOP, PHONE, troubles
from tests.e2e.guests import Guest, guests
from tests.e2e.rooms import Prepared, meet, open_house

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]

PATIENCE = 90.0  # seconds until the test gives up; never asserted on
WATCH = Path(__file__).parent / "room_watch.js"


async def becomes_high(page: Page, participant: str, *heights: int) -> None:
    """Wait until somebody's camera comes in at one of these heights."""
    is_so = "([who, heights]) => until(async () => heights.includes(await received(who)))"
    async with asyncio.timeout(PATIENCE):
        await page.evaluate(is_so, [participant, heights])


async def sends_layers(page: Page, rids: str) -> None:
    """Wait until exactly these layers of the camera are sent."""
    await page.wait_for_function("(rids) => layersSent() === rids", arg=rids)


def large(page: Page) -> Locator:
    return page.locator("#tiles .tile.is-large")


async def speaks(guest: Guest, *some: Page) -> None:
    """Let only this guest speak until every page shows them large."""
    guest.voice.is_loud = True
    for page in some:
        await expect(large(page)).to_have_attribute("data-participant", guest.id, timeout=60_000)
        await expect(large(page)).to_have_class(re.compile(r"\bis-speaker\b"))
    guest.voice.is_loud = False


async def me(page: Page, other: Page) -> str:
    """The room's name of the one of two browsers, whom only the other one shows."""
    shown = await other.locator("#tiles .tile[data-participant]").evaluate_all(
        "(tiles) => tiles.map((tile) => tile.dataset.participant)"
    )
    mine = await page.locator("#tiles .tile[data-participant]").evaluate_all(
        "(tiles) => tiles.map((tile) => tile.dataset.participant)"
    )
    (found,) = set(shown) - set(mine)
    return str(found)


async def test_five_people_see_the_speaker_large_and_a_screen_sharp(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    async with open_house(prepared, tmp_path) as house:
        graduate, panel = [
            await house.profile(browser, role) for role in (Role.GRADUATE, Role.RECRUITER)
        ]
        for page in (graduate, panel):
            await page.context.add_init_script(path=AXE)
            await page.context.add_init_script(path=WATCH)
            await page.goto(f"{house.service.url}{house.room}")
        room = str(await graduate.get_attribute("#stage", "data-room"))
        await meet(graduate, panel)
        for page in (graduate, panel):
            await page.click("#mute")
        recruiter = await me(panel, graduate)
        await becomes_high(graduate, recruiter, 360, 720)  # as large as the link carries

        cameras = {"An": True, "Bo": True, "Cui": False}
        async with guests(house, room, cameras) as people:
            await expect(graduate.locator("#tiles .tile")).to_have_count(4)
            await speaks(people["An"], graduate, panel)
            await speaks(people["Cui"], graduate, panel)
            await expect(large(graduate)).to_contain_text("takes part with sound only")

            await becomes_high(graduate, recruiter, 180)
            await sends_layers(panel, "q")
            await graduate.click("#even")
            await becomes_high(graduate, recruiter, 360)
            await sends_layers(panel, "q h")
            await graduate.click("#even")

            await graduate.evaluate("looksAway(true)")
            await sends_layers(panel, "q")
            await graduate.evaluate("looksAway(false)")

            people["Bo"].picture.moves.clear()
            still = graduate.locator("#tiles [data-participant=guest-Bo]")
            await expect(still).to_contain_text("Poor connection", timeout=60_000)
            people["Bo"].picture.moves.set()
            await expect(still).not_to_have_class(re.compile(r"\bis-still\b"), timeout=60_000)
            found = await troubles(graduate, width=DESKTOP, theme="light")
            found += await troubles(graduate, width=PHONE, theme="dark")
            assert not found, "\n".join(found)

        await a_screen_is_shared(graduate, panel)


async def a_screen_is_shared(graduate: Page, panel: Page) -> None:
    await panel.click("#share-screen")
    await expect(large(graduate)).to_have_attribute("data-source", "screen")
    async with asyncio.timeout(PATIENCE):
        seen = await graduate.evaluate("until(sharp)")
        rate = await graduate.evaluate("screenRate()")
    print(json.dumps({"what": "a shared screen", **seen, "frames_a_second": rate}))  # noqa: T201
    assert rate <= 16
    found = await troubles(graduate, width=DESKTOP, theme="dark")
    found += await troubles(graduate, width=PHONE, theme="light")
    assert not found, "\n".join(found)

    await graduate.click("#share-screen")
    await expect(graduate.locator("#banner")).to_contain_text("is sharing a screen already")
    await panel.click("#share-screen")
    await expect(graduate.locator("#tiles [data-source=screen]")).to_have_count(0)

    await graduate.click("#share-screen")
    await expect(large(panel)).to_have_attribute("data-source", "screen")
    await panel.click("#tiles .tile-action")
    await expect(graduate.locator("#banner")).to_contain_text("The panel stopped your screen")
    await expect(graduate.locator("#share-screen")).to_have_attribute("aria-pressed", "false")

"""A room fills up: the speaker is large, thumbnails are small on the wire, a screen is sharp."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Locator, Page, expect

from interviews.identity.models import Role
from tests.e2e.axe import AXE, DESKTOP, PHONE, troubles
from tests.e2e.guests import Guest, guests, seated
from tests.e2e.rooms import House, Prepared, meet, open_house

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]

PATIENCE = 90.0  # seconds until the test gives up; never asserted on
SLOWEST, FASTEST = 5, 15.5  # frames of a screen a second; a pace that is kept by timers varies
LATIN = re.compile(r"^\s*[A-Za-z -]+\s*$")  # how people are named to who reads English
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


async def test_eight_people_and_a_screen_fill_a_room(
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
            await expect(page.locator("#tiles .tile-name")).to_have_text(LATIN)
            await expect(page.locator("#menu .dropdown-toggle")).to_have_text(LATIN)
        for page in (graduate, panel):
            await page.click("#mute")
        recruiter = await me(panel, graduate)
        await becomes_high(graduate, recruiter, 360, 720)  # as large as the link carries

        cameras = {"An": True, "Bo": True, "Cui": False}
        async with guests(house, room, cameras) as people:
            await expect(graduate.locator("#tiles .tile")).to_have_count(4)
            await the_speaker_is_large(people, graduate, panel)
            await what_is_small_comes_small(graduate, panel, recruiter)
            await a_picture_stands_still(people["Bo"], graduate)
            await people["Cui"].turns_on_the_camera()
            more = {"Dan": True, "Eva": True, "Fei": True}
            names = [f"guest-{name}" for name in cameras | more]
            async with guests(house, room, more):
                await all_are_seen(graduate, panel, [recruiter, *names])
                await a_ninth_finds_it_full(house, room)
        await a_screen_is_stopped(graduate, panel)


async def the_speaker_is_large(people: dict[str, Guest], graduate: Page, panel: Page) -> None:
    await speaks(people["An"], graduate, panel)
    await speaks(people["Cui"], graduate, panel)
    await expect(large(graduate)).to_contain_text("takes part with sound only")


async def what_is_small_comes_small(graduate: Page, panel: Page, recruiter: str) -> None:
    await becomes_high(graduate, recruiter, 180)
    await sends_layers(panel, "q")
    await graduate.click("#even")
    await becomes_high(graduate, recruiter, 360)
    await sends_layers(panel, "q h")
    await graduate.click("#even")

    await graduate.evaluate("looksAway(true)")
    await sends_layers(panel, "q")
    await graduate.evaluate("looksAway(false)")


async def a_picture_stands_still(guest: Guest, graduate: Page) -> None:
    guest.picture.moves.clear()
    still = graduate.locator(f"#tiles [data-participant={guest.id}]")
    await expect(still).to_contain_text("Poor connection", timeout=60_000)
    guest.picture.moves.set()
    await expect(still).not_to_have_class(re.compile(r"\bis-still\b"), timeout=60_000)
    found = await troubles(graduate, width=DESKTOP, theme="light")
    found += await troubles(graduate, width=PHONE, theme="dark")
    assert not found, "\n".join(found)


async def all_are_seen(graduate: Page, panel: Page, others: list[str]) -> None:
    """The graduate gets seven cameras, seven voices and a screen with text at the same time."""
    await panel.click("#share-screen")
    await expect(large(graduate)).to_have_attribute("data-source", "screen")
    cameras = sorted(f"{other} camera" for other in others)
    screen = f"{others[0]} screen"
    async with asyncio.timeout(PATIENCE):
        assert await graduate.evaluate("goesOn('video', 8)") == sorted([*cameras, screen])
        assert await graduate.evaluate("goesOn('audio', 7)") == cameras
        seen = await graduate.evaluate("until(sharp)")
        rate = await graduate.evaluate("screenRate()")
    print(json.dumps({"what": "a shared screen", **seen, "frames_a_second": rate}))  # noqa: T201
    assert SLOWEST <= rate <= FASTEST
    found = await troubles(graduate, width=DESKTOP, theme="dark")
    found += await troubles(graduate, width=PHONE, theme="light")
    assert not found, "\n".join(found)


async def a_ninth_finds_it_full(house: House, room: str) -> None:
    async with ClientSession() as http:
        now = house.prepared.starts_at
        ninth = await seated(house.service, http, room, "Gao", now)
        refusal = await ninth.socket.receive_json(timeout=PATIENCE)
        assert (refusal["type"], refusal["code"]) == ("error", "room-full")


async def a_screen_is_stopped(graduate: Page, panel: Page) -> None:
    await graduate.click("#share-screen")
    await expect(graduate.locator("#banner")).to_contain_text("is sharing a screen already")
    await panel.click("#share-screen")
    await expect(graduate.locator("#tiles [data-source=screen]")).to_have_count(0)

    await graduate.click("#share-screen")
    await expect(large(panel)).to_have_attribute("data-source", "screen")
    await panel.click("#tiles .tile-action")
    await expect(graduate.locator("#banner")).to_contain_text("The panel stopped your screen")
    await expect(graduate.locator("#share-screen")).to_have_attribute("aria-pressed", "false")

"""Every state of the room is accessible and fits a phone; keys work, but never while one types."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from interviews.identity.models import Role
from tests.e2e.axe import AXE, DESKTOP, PHONE, Console, troubles
from tests.e2e.rooms import Prepared, admit, enter, moves, open_house, turn_on

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


WINDOWS = ((1280, 720), (1366, 768), (390, 844), (390, 664), (844, 390))  # CSS pixels
OVERFLOW = """
() => {
  const main = document.querySelector("main");
  const edges = ["#tiles", ".controls", "#self-tile"].map((one) =>
    [one, document.querySelector(one).getBoundingClientRect()]);
  return [
    ...(document.documentElement.scrollHeight > innerHeight ? ["the page scrolls"] : []),
    ...(main.scrollHeight > main.clientHeight ? ["the room scrolls"] : []),
    ...edges.filter(([, box]) => box.bottom > innerHeight).map(([one]) => `${one} is cut off`),
    ...(edges[0][1].height < innerHeight / 2 ? ["the pictures are small"] : []),
  ];
}
"""


async def _overflow(page: Page, width: int, height: int) -> list[str]:
    """What of the call does not fit into a window of that size."""
    await page.set_viewport_size({"width": width, "height": height})
    return [f"{width}x{height}: {one}" for one in await page.evaluate(OVERFLOW)]


async def _found(state: str, *some: Page) -> list[str]:
    found = []
    for page in some:
        found += await troubles(page, width=DESKTOP, theme="light")
        found += await troubles(page, width=PHONE, theme="dark")
    return [f"{state}: {one}" for one in found]


async def test_every_state_of_a_room_is_accessible_and_fits_a_phone(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    console = Console()
    async with open_house(prepared, tmp_path) as house:
        graduate = await house.profile(browser, Role.GRADUATE)
        panel = await house.profile(browser, Role.RECRUITER)
        for page in (graduate, panel):
            await page.context.add_init_script(path=AXE)
            console.listen(page)
            await page.goto(f"{house.service.url}{house.room}")
            await turn_on(page)
        await expect(panel.locator(".knock")).to_be_visible()
        found = await _found("waiting", graduate, panel)
        await enter(panel)
        await admit(panel)
        await moves(graduate)
        await moves(panel)
        found += await _found("talking", graduate, panel)
        found += [one for size in WINDOWS for one in await _overflow(panel, *size)]
        await graduate.click("#camera-off")
        await panel.click("#chat-toggle")
        await panel.fill("#chat-text", "welcome")
        await panel.press("#chat-text", "Enter")
        await expect(graduate.locator("#unread")).to_contain_text("1")
        await expect(panel.locator("#tiles .tile-empty")).to_contain_text("camera is off")
        assert (await graduate.title()).startswith("(1)")
        found += await _found("writing", graduate, panel)
        found += await _overflow(panel, 1280, 720)
        await panel.press("#chat-text", "Escape")
        await panel.click("#end")
        await panel.click("[data-outcome=done]")
        await expect(graduate.locator("#ending-title")).to_be_focused()
        found += await _found("over", graduate, panel)
    assert not [*found, *console.said], "\n".join([*found, *console.said])


async def test_keys_work_in_the_call_and_never_while_somebody_types(
    prepared: Prepared, tmp_path: Path, browser: Browser
) -> None:
    async with open_house(prepared, tmp_path) as house:
        page = await house.visit(browser, Role.RECRUITER)
        await turn_on(page)
        await page.keyboard.press("m")
        await enter(page)
        mute, camera = page.locator("#mute"), page.locator("#camera-off")
        await expect(mute).to_have_attribute("aria-pressed", "false")
        await page.keyboard.press("m")
        await expect(mute).to_have_attribute("aria-pressed", "true")
        await page.keyboard.press("v")
        await expect(camera).to_have_attribute("aria-pressed", "true")
        await page.keyboard.press("s")
        await expect(page.locator("#self-tile")).to_be_hidden()
        await page.keyboard.press("c")
        await expect(page.locator("#chat-text")).to_be_focused()
        await page.keyboard.type("mvsc")
        await expect(page.locator("#chat-text")).to_have_value("mvsc")
        await expect(mute).to_have_attribute("aria-pressed", "true")
        await page.keyboard.press("Escape")
        await expect(page.locator("#chat-toggle")).to_be_focused()
        await page.keyboard.press("m")
        await expect(mute).to_have_attribute("aria-pressed", "false")

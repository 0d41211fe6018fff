"""`python -m scripts.screenshots` photographs the demo into docs/pictures/."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
from playwright.async_api import Browser, Page, Playwright, async_playwright

from tests.support.browser import launch
from tests.support.service import Service, serving
from web.commands.data import KNOWN

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
GRADUATE = "grad001@example.com"
RECRUITER = "yunsuo.hr@example.com"
FREE_JOB = 1  # of the recruiter's firm, with free times today
WIDE = {"width": 1280, "height": 860}
LIMIT = 250_000  # bytes
FRAMES = """
() => {
  const video = document.querySelector("#tiles video");
  return video.getVideoPlaybackQuality().totalVideoFrames > 60 && video.videoHeight === 720;
}
"""
NAME_DEVICES = """
() => {  // Chromium names a fake camera after its file
  document.querySelector("#camera option").textContent = "Built-in camera";
  document.querySelector("#microphone option").textContent = "Built-in microphone";
}
"""
PERSON = """<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720">
<rect width="1280" height="720" fill="{wall}"/>
<rect x="90" y="70" width="300" height="330" rx="10" fill="{light}"/>
<path d="M240 70v330M90 235h300" stroke="{wall}" stroke-width="14"/>
<rect x="940" y="150" width="250" height="16" fill="{shelf}"/>
<path d="M965 70h34v80h-34zM1006 58h28v92h-28zM1041 82h40v68h-40z" fill="{coat}"/>
<path d="M300 720c10-190 120-250 340-250s330 60 340 250z" fill="{coat}"/>
<path d="M580 420h120v80c-30 46-90 46-120 0z" fill="{skin}"/>
<path d="{hair_shape}" fill="{hair}"/>
<ellipse cx="640" cy="315" rx="108" ry="138" fill="{skin}"/>
<path d="M528 290c6-120 60-135 112-135s106 15 112 135c-50-20-80-50-100-78-30 40-70 66-124 78z"
 fill="{hair}"/>
<circle cx="598" cy="320" r="11" fill="#2b2b33"/><circle cx="682" cy="320" r="11" fill="#2b2b33"/>
<path d="M600 385q40 30 80 0" stroke="#8a4b42" stroke-width="8" fill="none"
 stroke-linecap="round"/></svg>"""
SHE = {
    "wall": "#d9e4dd", "light": "#f6fbf4", "shelf": "#9a7b5c", "coat": "#3f6f68",
    "skin": "#f0cdb3", "hair": "#2d2523",
    "hair_shape": "M505 470c-40-260 20-330 135-330s175 70 135 330z",
}  # fmt: skip
HE = {
    "wall": "#dcdde8", "light": "#fdf7ea", "shelf": "#7d8597", "coat": "#4b4f73",
    "skin": "#e9bf9f", "hair": "#3a2f2a",
    "hair_shape": "M522 320c-20-140 40-180 118-180s138 40 118 180z",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser in which somebody has signed in."""

    browser: Browser
    page: Page


async def main() -> None:
    await asyncio.to_thread(FOLDER.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with async_playwright() as playwright, serving(folder / "data") as service:
            await draw_people(playwright, folder)
            graduate = await visitor(
                playwright, service, GRADUATE, camera=folder / "she.y4m", screen=WIDE
            )
            await photograph(graduate.page, service.url, "/", "home")
            await photograph(graduate.page, service.url, f"/jobs/{FREE_JOB}/slots", "pick-a-time")
            recruiter = await visitor(
                playwright, service, RECRUITER, camera=folder / "he.y4m", screen=WIDE
            )
            await rooms(graduate.page, recruiter.page, service.url)
            await graduate.browser.close()
            await recruiter.browser.close()
    for picture in sorted(await asyncio.to_thread(lambda: list(FOLDER.glob("*.png")))):
        size = picture.stat().st_size
        print(f"{picture.name}: {size} bytes")
        if size > LIMIT:
            raise SystemExit(f"{picture.name} is too large: {size} bytes")


async def draw_people(playwright: Playwright, folder: Path) -> None:
    """Two cameras that show drawn people, so that no real face is needed."""
    browser = await launch(playwright)
    page = await browser.new_page(viewport={"width": 1280, "height": 720})
    for name, colours in (("she", SHE), ("he", HE)):
        await page.set_content(f"<body style='margin:0'>{PERSON.format_map(colours)}")
        png = folder / f"{name}.png"
        await page.screenshot(path=png)
        await asyncio.to_thread(as_video, png, folder / f"{name}.y4m")
    await browser.close()


def as_video(picture: Path, target: Path) -> None:
    """The picture as a two-frame YUV4MPEG2 file, which Chromium plays over and over."""
    with av.open(str(picture)) as opened:
        frame = next(opened.decode(video=0)).reformat(format="yuv420p")
    planes = b"".join(bytes(plane) for plane in frame.planes)
    head = f"YUV4MPEG2 W{frame.width} H{frame.height} F20:1 Ip A1:1 C420jpeg\n".encode()
    target.write_bytes(head + (b"FRAME\n" + planes) * 2)


async def visitor(
    playwright: Playwright,
    service: Service,
    email: str,
    *,
    camera: Path,
    screen: Mapping[str, int],
) -> Visitor:
    """Somebody at a screen with a camera, signed in, in English."""
    browser = await launch(playwright, f"--use-file-for-fake-video-capture={camera}")
    context = await browser.new_context(
        locale="en-GB",
        timezone_id="Asia/Shanghai",
        viewport={"width": screen["width"], "height": screen["height"]},
        permissions=["camera", "microphone"],
    )
    page = await context.new_page()
    await page.goto(f"{service.url}/sign-in")
    await page.fill("input[name=email]", email)
    await page.fill("input[name=password]", KNOWN)
    async with page.expect_navigation():
        await page.click("main form[action='/sign-in'] button[type=submit]")
    if await page.get_attribute("html", "lang") != "en":
        async with page.expect_navigation():
            await page.click("form[action='/language'] button")
    return Visitor(browser, page)


async def photograph(page: Page, base: str, path: str, name: str) -> None:
    await page.goto(f"{base}{path}", wait_until="networkidle")
    await page.screenshot(path=FOLDER / f"{name}.png")


async def rooms(graduate: Page, recruiter: Page, base: str) -> None:
    """The waiting room, then the room with both, of the interview that the demo has soon."""
    room = await address_of_soonest(graduate, base)
    for page in (recruiter, graduate):
        await page.goto(f"{base}{room}")
        await page.click("#devices-on")
        await page.wait_for_selector("#device-choice:not([hidden])")
    await graduate.fill("#chat-text", "Hello, I am ready. 你好！")
    await graduate.press("#chat-text", "Enter")
    await recruiter.wait_for_selector(".chat-line")
    await graduate.wait_for_timeout(1000)  # the preview's first picture
    await graduate.evaluate(NAME_DEVICES)
    await graduate.screenshot(path=FOLDER / "waiting-room.png")
    await recruiter.click("#enter")
    await recruiter.click(".knock .btn-primary")
    for page in (graduate, recruiter):
        await shown(page)
    await recruiter.mouse.move(0, 0)
    await recruiter.evaluate("scrollTo(0, 0)")
    await recruiter.screenshot(path=FOLDER / "room.png")


async def shown(page: Page) -> None:
    """Wait until the page has shown two seconds of the other side, and its largest layer."""
    await page.wait_for_selector("#tiles video")
    while not await page.evaluate(FRAMES):
        await page.wait_for_timeout(200)


async def address_of_soonest(page: Page, base: str) -> str:
    await page.goto(f"{base}/me/interviews")
    address = await page.locator("a[href$='/room']").first.get_attribute("href")
    return address or "/"


if __name__ == "__main__":
    asyncio.run(main())

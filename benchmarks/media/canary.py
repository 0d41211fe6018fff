"""A real Chromium that publishes and watches while the server is under load.

    python -m benchmarks.media.canary --url http://10.77.0.1:8080 [--room canary] [--every 1]

Prints a line when it sees a picture, counts until its standard input ends, and prints one JSON
line: frames, freezes, and key frames that it had to ask for since then. With `--every` it prints
such a line meanwhile, too.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page, async_playwright

from benchmarks.media import pictures
from tests.support.browser import launch

SCRIPT: Final = (Path(__file__).parent / "page.js").read_text("utf-8")
WIDTH, HEIGHT = 320, 180  # small: the canary shares a core with the load
CALM: Final = 3.0  # seconds after the first picture until it counts: browsers start roughly
COUNTED: Final = (
    *("framesReceived", "framesDecoded", "framesDropped"),
    *("freezeCount", "pliCount", "packetsLost"),
)


async def watch(page: Page) -> dict[str, Any]:
    """What the viewer has counted so far."""
    found = await page.evaluate("numbers(viewer, 'inbound-rtp')")
    return {name: (found or {}).get(name, 0) for name in COUNTED}


async def wait_for_end(page: Page, before: dict[str, Any], every: float | None) -> None:
    """Until standard input ends."""
    async with asyncio.TaskGroup() as tasks:
        ends = tasks.create_task(asyncio.to_thread(sys.stdin.read))
        while not (await asyncio.wait((ends,), timeout=every))[0]:
            tell(await watch(page), before)


def tell(now: dict[str, Any], before: dict[str, Any]) -> None:
    """Print what has been counted since."""
    print(json.dumps({name: now[name] - before[name] for name in COUNTED}), flush=True)


async def run(url: str, room: str, every: float | None) -> None:
    """Publish, watch, wait for the end, tell."""
    with tempfile.TemporaryDirectory(prefix="daigang-canary-") as folder:
        camera = pictures.camera(Path(folder) / "camera.y4m", WIDTH, HEIGHT)
        flags = [f"--use-file-for-fake-video-capture={camera}"]
        flags.append(f"--unsafely-treat-insecure-origin-as-secure={url}")
        async with async_playwright() as playwright:
            browser = await launch(playwright, *flags)
            page = await browser.new_page()
            await page.goto(url)
            await page.add_script_tag(content=SCRIPT)
            size = {"width": WIDTH, "height": HEIGHT, "frameRate": 15}
            await page.evaluate("a => publish(a[0], a[1], a[2])", [room, "vp8", size])
            await page.evaluate("room => watch(room)", room)
            while not (await watch(page))["framesDecoded"]:  # noqa: ASYNC110  only the page knows
                await asyncio.sleep(0.1)
            await asyncio.sleep(CALM)
            before = await watch(page)
            print("up", flush=True)
            await wait_for_end(page, before, every)
            after = await watch(page)
            await browser.close()
    tell(after, before)


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--room", default="canary")
    parser.add_argument("--every", type=float, help="seconds")
    options = parser.parse_args()
    asyncio.run(run(options.url, options.room, options.every))


if __name__ == "__main__":
    main()

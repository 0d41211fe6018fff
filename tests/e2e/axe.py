"""What axe-core, the console and a narrow screen have against a page."""

from pathlib import Path
from typing import Any, Literal

from playwright.async_api import ConsoleMessage, Page

AXE = Path("node_modules/axe-core/axe.min.js")  # runs in the page past its CSP, as an init script
DESKTOP, PHONE = 1280, 390  # CSS pixels
Theme = Literal["light", "dark"]
RUN = """
async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.map((one) =>
    `${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`)}`);
}
"""
WIDER = """
() => {
  const page = document.documentElement;
  if (page.scrollWidth <= innerWidth) return [];
  const wide = [...document.querySelectorAll("main *, header *")].filter(
    (one) => one.getBoundingClientRect().right > innerWidth + 1);
  const shown = wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 120));
  return [`${page.scrollWidth} px wide: ${shown}`];
}
"""


class Console:
    """What a page complained of."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def listen(self, page: Page) -> None:
        page.on("console", self._line)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def _line(self, message: ConsoleMessage) -> None:
        # A page that answers 403 or 404 is such a line itself.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.said.append(message.text)


async def troubles(page: Page, *, width: int, theme: Theme) -> list[str]:
    """What is wrong with the page as it is now, at this width in this theme; needs AXE in it."""
    await page.set_viewport_size({"width": width, "height": 900})
    await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    found: list[Any] = await page.evaluate(RUN)
    if width == PHONE:
        found += await page.evaluate(WIDER)
    return [f"{width} {theme} {one}" for one in found]

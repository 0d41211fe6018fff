"""Every page of the sitemap: axe-core finds nothing, the console is silent, a phone fits it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from interviews.identity.models import Role
from tests.e2e.axe import AXE, DESKTOP, PHONE, Console, Theme, troubles
from tests.e2e.on_air import on_air
from tests.e2e.sitemap import Address, Sitemap, sitemap
from tests.support.service import Service, clock_at, serving

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]
ZONE = "Europe/Berlin"
SAMPLE_DAY = datetime(2026, 11, 22, 2, tzinfo=UTC)  # free times lie ahead on any machine's day


@dataclass(frozen=True, slots=True)
class Site:
    """A running demo with its sitemap and a browser."""

    service: Service
    browser: Browser
    map: Sitemap


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("accessible")
    settings = {"LOG_LEVEL": "error", "CLOCK_OFFSET": clock_at(SAMPLE_DAY)}
    async with (
        serving(folder, settings) as service,
        on_air(chromium, service, SAMPLE_DAY) as media,
    ):
        yield Site(service, chromium, await sitemap(chromium, service, media))


async def _page(site: Site, reader: Role | None, language: str) -> Page:
    context = await site.browser.new_context(
        storage_state=site.map.cookies[reader],
        locale=language,
        timezone_id=ZONE,
        viewport={"width": DESKTOP, "height": 900},
        color_scheme="light",
    )
    await context.add_init_script(path=AXE)
    page = await context.new_page()
    await page.goto(site.service.url)
    if reader is None:  # the very first page came before the server could know the zone
        times = page.locator("[data-zoned]")
        await expect(times).to_have_count(2)
        for place in await times.all():
            await expect(place).to_have_attribute("data-zoned", ZONE)
    if await page.get_attribute("html", "lang") != language:
        async with page.expect_navigation():
            await page.click("form[action='/language'] button")
    assert await page.get_attribute("html", "lang") == language
    return page


async def _look(
    page: Page, site: Site, address: Address, looks: tuple[tuple[int, Theme], ...]
) -> list[str]:
    console = Console()
    console.listen(page)
    answer = await page.goto(f"{site.service.url}{address.path}")
    status = answer.status if answer else 0
    found = [] if status == address.status else [f"status {status}"]
    for width, theme in looks:
        found += await troubles(page, width=width, theme=theme)
    return [f"{address.path} as {address.reader}: {one}" for one in (*found, *console.said)]


@pytest.mark.parametrize(
    ("language", "looks"),
    [
        ("zh-CN", ((DESKTOP, "light"), (PHONE, "dark"))),
        ("en", ((DESKTOP, "dark"), (PHONE, "light"))),
    ],
    ids=["chinese", "english"],
)
async def test_every_page_is_accessible_silent_and_fits_a_phone(
    site: Site, language: str, looks: tuple[tuple[int, Theme], ...]
) -> None:
    found: list[str] = []
    for reader in site.map.cookies:
        page = await _page(site, reader, language)
        for address in site.map.addresses:
            if address.reader == reader:
                found += await _look(page, site, address, looks)
        await page.context.close()
    assert not found, "\n".join(found)

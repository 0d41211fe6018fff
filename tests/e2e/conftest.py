"""One browser for all tests; a failure leaves a picture of every open page in test-results/.

All of them run in one event loop, the browser's: `pytest.mark.asyncio(loop_scope="session")`.
"""

import asyncio
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.e2e.rooms import Prepared, prepare
from tests.support.browser import launch

FAILED: pytest.StashKey[bool] = pytest.StashKey()
RESULTS = Path("test-results")
expect.set_options(timeout=30_000)  # ms until a test gives up; never asserted on


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    """The browser; every profile that a test makes is gone after it."""
    yield chromium
    if request.node.stash.get(FAILED, False):
        await _keep_pictures(chromium, request.node.name)
    for context in chromium.contexts:
        await context.close()


async def _keep_pictures(browser: Browser, name: str) -> None:
    await asyncio.to_thread(RESULTS.mkdir, exist_ok=True)
    pages = [page for context in browser.contexts for page in context.pages]
    for number, page in enumerate(pages):
        await page.screenshot(path=RESULTS / f"{name}-{number}.png", full_page=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def prepared(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """A data folder with two interviews; tests serve copies of it."""
    return await prepare(chromium, tmp_path_factory.mktemp("prepared"))

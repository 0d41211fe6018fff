"""Real browsers in a call that get another address at the worker, and whether it goes on.

Both pages publish and watch, so four sessions lose their address at the same moment. How long a
picture stood and a sound was missing is printed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from signaling.workers.plan import WorkerPlan
from tests.net.link import Conditions
from tests.net.looks import Look, Watched
from tests.net.relay import Relay, relaying
from tests.signaling.engine.meetings import Meeting, bundled, meeting_of, page_of
from tests.support.browser import launch

pytestmark = [pytest.mark.e2e, pytest.mark.live]
UNNOTICED = 5.0  # seconds: a browser whose pair works well checks it every 2.5 s
TOLD = 1.0  # as W15 has it: media goes on while ICE restarts
DEAD = Conditions(loss=1.0)
BESIDE = {"encoded": 0, "outgoing": 0, "width": 0, "soundNacks": 0, "estimate": 0}  # unlooked at
Tell = Callable[[str], None]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Shows whoever runs the tests how long the gaps were."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(text)  # noqa: T201  a figure to look at

    return say


async def observed(page: Page, seconds: float) -> Watched:
    looks = await page.evaluate("seconds => observe(seconds)", seconds)
    watched = Watched([Look.of({**BESIDE, **look}) for look in looks])
    print(watched, end="\n\n")  # noqa: T201  pytest shows it with a failure
    return watched


@asynccontextmanager
async def a_call(relay: Relay, folder: Path) -> AsyncIterator[tuple[Meeting, list[Page]]]:
    """Two pages that see and hear each other, and reach the worker by the relay alone."""
    plan = WorkerPlan(host="127.0.0.1", port=relay.port, advertise=(relay.address,))
    async with (
        meeting_of(bundled(folder), plan=plan) as meeting,
        async_playwright() as playwright,
    ):
        browser = await launch(playwright)
        li, chen = pages = [await page_of(browser) for _ in range(2)]
        await meeting.enter(li, "li")
        await meeting.enter(chen, "chen")
        await li.wait_for_function("messages.includes('knock')")
        await li.evaluate("session.socket.say({type: 'admit', participant: 'chen'})")
        for page in pages:
            await page.evaluate("flows()")
            await page.evaluate("noteStates()")
        yield meeting, pages
        await browser.close()


async def change(relay: Relay, pages: list[Page], *, seconds: float, told: bool) -> list[Watched]:
    """Another network a second after the beginning of that stretch; what both pages had of it."""
    async with asyncio.TaskGroup() as tasks:
        looking = [tasks.create_task(observed(page, seconds)) for page in pages]
        await asyncio.sleep(1)
        if told:  # other sockets of the browser, and nothing comes through those that it had
            for up, down in relay.links:
                up.conditions = down.conditions = DEAD
            for page in pages:
                await page.evaluate("dispatchEvent(new Event('online'))")
        else:  # a NAT forgets: the browser's own sockets stay
            relay.rebind()
    return [task.result() for task in looking]


def gaps(watched: list[Watched]) -> str:
    return ", ".join(
        f"no picture for {one.longest_freeze:.2f} s and no sound for {one.longest_silence:.2f} s"
        for one in watched
    )


async def test_a_call_goes_on_at_another_address_noticed_or_not(tmp_path: Path, tell: Tell):
    async with asyncio.timeout(60):
        with relaying() as relay:
            async with a_call(relay, tmp_path) as (meeting, pages):
                sessions = meeting.sessions
                assert len(sessions) == 4

                unnoticed = await change(relay, pages, seconds=6, told=False)
                tell(f"another address that nobody notices: {gaps(unnoticed)}")
                states = [await page.evaluate("states") for page in pages]
                assert states == [{"up": [], "down": []}] * 2, "the worker alone followed"
                for one in unnoticed:
                    assert one.longest_freeze < UNNOTICED
                    assert one.longest_silence < UNNOTICED

                before = len(relay.links)
                told = await change(relay, pages, seconds=4, told=True)
                tell(f"another network that browsers notice: {gaps(told)}")
                states = [await page.evaluate("states") for page in pages]
                once = ["restarting", "connected"]
                assert states == [{"up": once, "down": once}] * 2
                for one in told:
                    assert one.longest_freeze < TOLD
                    assert one.longest_silence < TOLD
                assert len(relay.links) >= before + 4, "other sockets of the browsers"
                assert meeting.sessions == sessions

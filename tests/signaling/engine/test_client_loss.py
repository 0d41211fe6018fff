"""Clients are killed with SIGKILL and say no goodbye: half a minute later their places are free."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.signaling.endpoints.ffmpeg import PUBLISHER, make_identity
from tests.signaling.engine.pages import PATIENCE, House, Page, running_house
from tests.support.clock import FakeClock

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("processes_unmeasured")]
VIEWER = Path(__file__).parent / "viewer.py"
LATE_WORKER = "tests.signaling.engine.late_worker"


@pytest.fixture
async def media() -> MediaControl:
    return MediaControl(
        WorkerPlan(host="127.0.0.1", command=(sys.executable, "-m", LATE_WORKER)),
    )


@pytest.fixture
async def late_house(media: MediaControl) -> AsyncIterator[House]:
    async with running_house(FakeClock(), media=media) as house:
        yield house


def chen_is_shown(page: Page) -> bool:
    """Whether the candidate's card says last that media is up."""
    people = [message["person"] for message in page.heard if message["type"] == "presence"]
    return next(one["media"] for one in reversed(people) if one["id"] == "chen")


async def shown_with_media(page: Page, *, expected: bool) -> None:
    """Wait until the candidate's card says that media is up, or that none is."""
    while True:
        person = (await page.hear("presence"))["person"]
        if (person["id"], person["media"]) == ("chen", expected):
            return


async def lost(page: Page) -> dict[str, Any]:
    """What this page was told of a session that ended by itself, perhaps a while ago."""
    known = (message for message in page.heard if message["type"] == "media-lost")
    return next(known, None) or await page.hear("media-lost")


@asynccontextmanager
async def client(
    house: House, page: Page, action: str, *line: str | Path
) -> AsyncIterator[Process]:
    """A program that publishes or subscribes for this page, killed at the end."""
    grant = next(m for m in reversed(page.heard) if m["type"] == "grants")[action]
    program, *more = line
    address = str(house.client.make_url(grant["url"]))
    command = (sys.executable, program, address, grant["token"], *more)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


async def test_w25_killed_clients_are_noticed_by_their_consent_and_their_places_are_free(
    late_house: House, media: MediaControl, tmp_path: Path
):
    li, chen = await late_house.two_in_the_room()
    identity = make_identity(tmp_path)
    async with client(late_house, chen, "publish", PUBLISHER, *identity):
        await shown_with_media(li, expected=True)
        async with client(late_house, li, "subscribe", VIEWER) as viewer, asyncio.timeout(PATIENCE):
            assert viewer.stdout is not None
            assert await viewer.stdout.readline() == b"watching\n"
    (worker,) = [p for p in psutil.Process().children() if LATE_WORKER in p.cmdline()]
    worker.send_signal(signal.SIGUSR1)
    up, down = await lost(chen), await lost(li)
    assert (up["direction"], up["source"]) == ("publish", "camera")
    assert down["direction"] == "subscribe"
    assert up["reason"] == down["reason"] == "consent-expired"
    if chen_is_shown(li):
        await shown_with_media(li, expected=False)
    async with asyncio.timeout(PATIENCE):
        assert [counters.sessions for counters in await media.statistics()] == [()]

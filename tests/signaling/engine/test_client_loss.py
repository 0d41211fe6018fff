"""A client is killed with SIGKILL and says no goodbye: its place is free half a minute later."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.signaling.endpoints.ffmpeg import PUBLISHER, make_identity
from tests.signaling.engine.pages import PATIENCE, House, Page, running_house
from tests.support.clock import FakeClock

pytestmark = pytest.mark.services
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


async def shown_with_media(page: Page, *, expected: bool) -> None:
    """Wait until the candidate's card says that media is up, or that none is."""
    while True:
        person = (await page.hear("presence"))["person"]
        if (person["id"], person["media"]) == ("chen", expected):
            return


async def test_w25_a_killed_client_is_noticed_by_its_consent_and_its_place_is_free(
    late_house: House, media: MediaControl, tmp_path: Path
):
    li, chen = await late_house.two_in_the_room()
    grant = next(m for m in reversed(chen.heard) if m["type"] == "grants")["publish"]
    address = str(late_house.client.make_url(grant["url"]))
    line = (PUBLISHER, address, grant["token"], *make_identity(tmp_path), "endless")
    client = await asyncio.create_subprocess_exec(sys.executable, *line)
    try:
        await shown_with_media(li, expected=True)
    finally:
        client.send_signal(signal.SIGKILL)
    await client.wait()
    (worker,) = [p for p in psutil.Process().children() if LATE_WORKER in p.cmdline()]
    worker.send_signal(signal.SIGUSR1)
    lost = await chen.hear("media-lost")
    assert (lost["direction"], lost["source"]) == ("publish", "camera")
    assert lost["reason"] == "consent-expired"
    await shown_with_media(li, expected=False)
    async with asyncio.timeout(PATIENCE):
        assert [counters.sessions for counters in await media.statistics()] == [()]

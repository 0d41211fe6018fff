"""W17 with a worker that really does not answer: the page is told, and what it had goes on."""

import asyncio

import psutil
import pytest

from signaling.workers.control import MediaControl
from tests.signaling.endpoints.exchange import RESTART, code, opened, patched
from tests.signaling.endpoints.house import PLAN, House, running, served

pytestmark = pytest.mark.services
AGAIN = "a=end-of-candidates\r\n"


async def test_w17_a_restart_that_the_worker_never_heard_of_leaves_the_old_ice_session():
    async with running(MediaControl(PLAN)) as media:
        house = House(media)
        async with served(house) as client, asyncio.timeout(60):
            sessions = [await opened(client, house, way) for way in ("publish", "subscribe")]
            (worker,) = [p for p in psutil.Process().children() if media_worker(p)]
            worker.suspend()
            try:
                asked = [patched(client, session, RESTART, "*") for session in sessions]
                for response in await asyncio.gather(*asked):
                    assert await code(response) == (503, "restart-failed")
                    assert response.headers["Retry-After"] == "2"
            finally:
                worker.resume()
            for session in sessions:
                assert (await patched(client, session, AGAIN, session.etag)).status == 204
                restarted = await patched(client, session, RESTART, "*")
                assert restarted.status == 200
                assert restarted.headers["ETag"] != session.etag


def media_worker(process: psutil.Process) -> bool:
    return "signaling.workers.process" in process.cmdline()

"""Two control planes and one database: a room belongs to the one that placed it last."""

import asyncio

import pytest

from interviews.database import Database
from signaling.workers.messages import Disconnected
from tests.signaling.workers_control.test_control import WHEP, WHIP, running
from web.placements import RowPlacements

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("processes_unmeasured")]


async def test_what_a_room_has_elsewhere_ends_when_another_process_places_it(sqlite_url: str):
    database = Database.open(sqlite_url)
    async with running() as before, running() as after, asyncio.timeout(60):
        for media in (before, after):
            media.place_by(RowPlacements(database))
        camera = await before.open_publication("room", "camera", WHIP)
        viewer = await before.open_subscription("room", WHEP, "cname")
        other = await before.open_subscription("another room", WHEP, "cname")
        queue = before.events.listen()
        newer = await after.open_publication("room", "camera", WHIP)
        ended = [await queue.get() for _ in range(2)]
        assert ended == [
            Disconnected(session=session.session_id, reason="room-moved")
            for session in (camera, viewer)
        ]
        while True:
            counters = await before.statistics()
            if [s.session for c in counters for s in c.sessions] == [other.session_id]:
                break
        await after.close(newer.session_id)
    await database.close()

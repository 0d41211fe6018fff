"""Two strangers before a room of a real engine, with what the page of the room gives them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aioice.ice
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from signaling.engine import Engine
from signaling.grants import Role
from signaling.rooms.values import RoomId, RoomPlan
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.support.clock import START, FakeClock
from tests.truth.stranger import Stranger

ROOM = "0f3c"
PLAN = RoomPlan(RoomId(ROOM), START, START + timedelta(minutes=30))


@pytest.fixture
def wall() -> FakeClock:
    """The clock of the engine."""
    return FakeClock()


@pytest.fixture
async def panel_and_candidate(
    monkeypatch: pytest.MonkeyPatch, wall: FakeClock
) -> AsyncIterator[tuple[Stranger, Stranger]]:
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])
    media = MediaControl(WorkerPlan(host="127.0.0.1"))
    engine = Engine(media, b"a key for tests, 32 bytes long!!", wall.now)
    await engine.start()
    await engine.ready()
    engine.open_room(PLAN)
    app = web.Application()
    app.add_routes(engine.routes())
    people: list[tuple[str, str, Role]] = [("7", "Li Na", "panel"), ("42", "陈晨", "candidate")]
    async with TestServer(app) as server, ClientSession() as http:
        origin = str(server.make_url("")).rstrip("/")
        strangers = [
            Stranger(http, origin, ROOM, token, f"device-of-{participant}")
            for participant, name, role in people
            for token in [
                engine.grant(
                    room=ROOM,
                    participant=participant,
                    name=name,
                    role=role,
                    lifetime=timedelta(minutes=10),
                )
            ]
        ]
        yield strangers[0], strangers[1]
        for stranger in strangers:
            await stranger.close()
        await engine.aclose(timedelta(seconds=1))

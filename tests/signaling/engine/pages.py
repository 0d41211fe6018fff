"""Pages that speak the room socket against a real server, and the house they speak to."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from signaling.endpoints.paths import socket_path
from signaling.engine import Engine
from signaling.engine.notebooks import Notebooks
from signaling.grants import Action, Role
from signaling.rooms.messages.parts import SUBPROTOCOL
from signaling.rooms.values import RoomId, RoomPlan
from tests.signaling.engine.paper_media import PaperMedia
from tests.support.clock import START, FakeClock

PATIENCE = 60.0  # seconds until a test gives up; never asserted on
KEY = b"a key for tests, 32 bytes long!!"
PLAN = RoomPlan(RoomId("r1"), START, START + timedelta(minutes=30))
ROLES: dict[str, tuple[str, Role]] = {
    "li": ("Li Na", "panel"),
    "chen": ("陈晨", "candidate"),
    "guest": ("Guest", "observer"),
}
LATIN = {"chen": "Chen Chen"}


@dataclass
class House:
    """An engine behind a real HTTP server, with one open room."""

    engine: Engine
    client: TestClient[Any, Any]
    clock: FakeClock
    media: PaperMedia
    pages: list["Page"] = field(default_factory=list)

    def token(self, who: str, *, room: str = "r1", **minutes: float) -> str:
        name, role = ROLES[who]
        lifetime = timedelta(**(minutes or {"minutes": 60}))
        return self.engine.grant(
            room=room,
            participant=who,
            name=name,
            role=role,
            lifetime=lifetime,
            name_latin=LATIN.get(who, ""),
        )

    def media_token(self, who: str, action: Action) -> str:
        name, role = ROLES[who]
        return self.engine.grant(
            room="r1",
            participant=who,
            name=name,
            role=role,
            lifetime=timedelta(minutes=1),
            action=action,
        )

    async def socket(self, **headers: str) -> ClientWebSocketResponse:
        return await self.client.ws_connect(
            socket_path("r1"), protocols=[SUBPROTOCOL], headers=headers
        )

    async def page(self, who: str, **hello: Any) -> "Page":
        page = Page(who, await self.socket())
        self.pages.append(page)
        fields = {"token": self.token(who), "device": f"device-of-{who}", **hello}
        await page.say("hello", **fields)
        return page

    async def two_in_the_room(self) -> tuple["Page", "Page"]:
        li = await self.page("li")
        await li.hear("grants")
        chen = await self.page("chen")
        await chen.hear("grants")
        await li.hear("knock")
        await li.say("admit", participant="chen")
        await chen.hear("grants")
        await li.hear("timer")
        return li, chen


@dataclass
class Page:
    """One device of one participant."""

    who: str
    socket: ClientWebSocketResponse
    heard: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, kind: str, **fields: Any) -> None:
        await self.socket.send_str(json.dumps({"type": kind, **fields}))

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            frame = await self.socket.receive()
        assert frame.type is WSMsgType.TEXT, frame
        message: dict[str, Any] = json.loads(frame.data)
        self.heard.append(message)
        return message

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of that type; what comes before it is kept in `heard`."""
        while (message := await self.next())["type"] != kind:
            pass
        return message

    async def closed(self) -> int | None:
        """Wait for the end of the connection: its close code."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self.socket.receive()
                if frame.type is WSMsgType.CLOSE:
                    return int(frame.data)
                if frame.type is not WSMsgType.TEXT:
                    return self.socket.close_code
                self.heard.append(json.loads(frame.data))


@asynccontextmanager
async def running_house(
    clock: FakeClock,
    *,
    key: bytes = KEY,
    media: Any = None,
    notebooks: Notebooks | None = None,
    plans: Iterable[RoomPlan] = (PLAN,),
) -> AsyncIterator[House]:
    """An engine behind a real HTTP server, media on paper unless given; room r1 is open."""
    media = media or PaperMedia()
    origins = frozenset({"https://jobs.example"})
    engine = Engine(media, key, clock.now, allowed_origins=origins, notebooks=notebooks)
    await engine.start()
    await engine.ready()
    for plan in plans:
        engine.open_room(plan)
    app = web.Application()
    app.add_routes(engine.routes())
    async with TestClient(TestServer(app)) as client:
        house = House(engine, client, clock, media)
        yield house
        for page in house.pages:
            await page.socket.close()
        await engine.aclose(timedelta(seconds=1))

"""A small house: grants, a ledger and real media control behind the endpoints' port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from signaling.endpoints import whep, whip
from signaling.endpoints.throttle import Rate, Throttle
from signaling.grants import Action, Grant, GrantLedger, GrantSigner, new_grant
from signaling.refusals import Refusal
from signaling.turn import NO_SERVERS, TurnPlan
from signaling.workers.control import MediaControl
from signaling.workers.events import EventQueue
from signaling.workers.messages import MediaStarted
from signaling.workers.opened import IceRestarted, Opened
from signaling.workers.plan import WorkerPlan

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Client = TestClient[web.Request, web.Application]


class House:
    """Everybody who holds a grant is let in; each publication is named after its grant."""

    def __init__(self, media: MediaControl) -> None:
        self.media = media
        self.now = NOW
        self.signer = GrantSigner(b"a key of the tests, nothing else")
        self._ledger = GrantLedger(NOW)

    def token(self, action: Action, *, room: str = "room", participant: str = "ann") -> str:
        grant = new_grant(
            room=room,
            participant=participant,
            action=action,
            name="Ann",
            role="panel",
            now=self.now,
        )
        return self.signer.sign(grant)

    def verify(self, token: str) -> Grant:
        return self.signer.read(token)

    async def publish(self, grant: Grant, offer_text: str, address: str) -> Opened:
        assert address
        return await self._open(
            grant, lambda: self.media.open_publication(grant.room, grant.id, offer_text)
        )

    async def subscribe(
        self, grant: Grant, offer_text: str, address: str, publication: str | None
    ) -> Opened:
        assert address
        assert publication is None, "nobody is in this house's rooms"
        return await self._open(
            grant, lambda: self.media.open_subscription(grant.room, offer_text, grant.participant)
        )

    async def _open(self, grant: Grant, open_: Callable[[], Awaitable[Opened]]) -> Opened:
        self._ledger.consume(grant, now=self.now)
        try:
            opened = await open_()
        except Refusal:
            self._ledger.release(grant)
            raise
        self._ledger.bind(grant, opened.session_id)
        return opened

    async def restart(
        self, grant: Grant, session: str, fragment_text: str, if_match: str | None
    ) -> IceRestarted | None:
        self._ledger.require(grant, session)
        return await self.media.restart_ice(session, fragment_text, if_match)

    async def end(self, grant: Grant, session: str) -> None:
        self._ledger.require(grant, session)
        self._ledger.forget([session])
        await self.media.close(session)


PLAN = WorkerPlan(host="127.0.0.1")


@asynccontextmanager
async def running(media: MediaControl) -> AsyncIterator[MediaControl]:
    """Media control with its workers up; drained at the end."""
    async with asyncio.TaskGroup() as group:
        group.create_task(media.run())
        try:
            await media.ready()
            yield media
        finally:
            await media.stop(within=timedelta(seconds=1))


@asynccontextmanager
async def served(
    house: House,
    rate: Rate | None = None,
    pages: Iterable[web.RouteDef] = (),
    turn: TurnPlan = NO_SERVERS,
) -> AsyncIterator[Client]:
    """A real HTTP server with the routes of WHIP and WHEP, and a client for it."""
    app = web.Application()
    app.add_routes(pages)
    throttle = Throttle(rate) if rate else Throttle()
    for endpoint in (whip, whep):
        routes = endpoint.routes(house, clock=lambda: house.now, throttle=throttle, turn=turn)
        app.add_routes(routes)
    async with TestClient(TestServer(app)) as client:
        yield client


async def both_started(events: EventQueue) -> str:
    """The publication whose first two sections, sound and picture, have both come up."""
    mids: set[str] = set()
    while True:
        event = await events.get()
        if isinstance(event, MediaStarted):
            mids.add(event.mid)
            if mids == {"0", "1"}:
                return event.publication

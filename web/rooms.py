"""Where bookings and rooms meet: plans and grants go in, what happened comes out."""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog
from aiohttp import web
from sqlalchemy.exc import DBAPIError

from interviews.bookings.commands import Finish
from interviews.bookings.models import BookingId, BookingState
from interviews.bookings.service.finish import finish
from interviews.bookings.service.meeting import (
    Meeting,
    RoomTimes,
    booking_of_room,
    room_times,
    rooms_around,
)
from interviews.database import Database
from interviews.people.models import PersonId
from interviews.ports import Clock
from interviews.refusals import Refusal
from scheduler.drain import Drain
from signaling.engine import Engine
from signaling.rooms.events import RoomEnded
from signaling.rooms.values import RoomId, RoomPlan
from web.keys import ENGINE
from web.unit import after_commit, unit

LOG = structlog.get_logger()
REACH = timedelta(hours=2)  # rooms that are opened again when the process starts
AGAIN = timedelta(seconds=2)  # between two tries to reach a database that is away
AFTERWARDS = timedelta(hours=1)  # how long a grant outlives the interview's end
OUTCOMES = {"done": BookingState.DONE, "no-show": BookingState.NO_SHOW}


def plan_of(room: RoomTimes | Meeting) -> RoomPlan:
    """The room of a booking: its uid, its times, the product's usual early entry and grace."""
    return RoomPlan(RoomId(room.uid), room.starts_at, room.ends_at)


def admit(engine: Engine, meeting: Meeting, *, by_link: bool, now: datetime) -> str:
    """Open the room and sign what lets this person into it.

    A signed link only identifies: its holder knocks, unless it is an interviewer who has no
    account to sign in with.
    """
    engine.open_room(plan_of(meeting))
    is_panel = meeting.is_panel and not (by_link and meeting.has_account)
    until = max(meeting.ends_at, now) + AFTERWARDS
    return engine.grant(
        room=meeting.uid,
        participant=str(meeting.person_id),
        name=meeting.name,
        name_latin=meeting.name_latin,
        role="panel" if is_panel else "candidate",
        lifetime=until - now,
    )


async def room_changed(request: web.Request, booking_id: BookingId) -> None:
    """After a move or a cancellation: the open room follows once the change is kept."""
    engine = request.app[ENGINE]
    room = await room_times(await unit(request), booking_id)
    if room is None or not engine.is_open(room.uid):
        return
    if room.state is BookingState.CONFIRMED:
        after_commit(request, partial(engine.open_room, plan_of(room)))
    else:
        after_commit(request, partial(engine.end_room, room.uid, "cancelled"))


async def follow_rooms(engine: Engine, database: Database, clock: Clock, drain: Drain) -> None:
    """Open the rooms of this hour again, then turn what rooms report into verbs."""
    async with database.reading() as session:
        for room in await rooms_around(session, now=clock.now(), reach=REACH):
            engine.open_room(plan_of(room))
    async for numbered in engine.events():
        if isinstance(numbered.event, RoomEnded):
            await _kept(database, numbered.event)
            drain.wake()
        engine.acknowledge(numbered.number)


async def _kept(database: Database, event: RoomEnded) -> None:
    """Say it until the database has it; events wait, they are bounded and counted."""
    while True:
        try:
            return await _ended(database, event)
        except (DBAPIError, OSError) as error:
            LOG.warning("rooms.database_away", fault=type(error).__name__)
            await asyncio.sleep(AGAIN.total_seconds())


async def _ended(database: Database, event: RoomEnded) -> None:
    """The panel said how the interview went."""
    outcome = OUTCOMES.get(event.outcome)
    if outcome is None or event.by is None:
        return
    async with database.reading() as session:
        booking_id = await booking_of_room(session, event.room)
    if booking_id is None:
        return
    command = Finish(booking_id=booking_id, by=PersonId(int(event.by)), outcome=outcome)
    try:
        await database.retrying(lambda session: finish(session, command, now=event.at))
    except Refusal as refusal:
        LOG.warning("room-outcome-refused", booking=booking_id, code=refusal.code)

"""What somebody of an interview answers to its invite (RFC 5545 §3.2.12)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Answer
from interviews.bookings.models import BookingState
from interviews.bookings.refusals import NotLive, NotYours
from interviews.bookings.service.ending import find
from interviews.bookings.service.telling import ATTENDEE
from interviews.database import connection_of


async def answer(session: AsyncSession, command: Answer, *, now: datetime) -> None:
    """Write that this person will come; an answer sent twice is the same answer.

    Raises:
        NotYours: this person does not take part.
        NotLive: the interview is over or was cancelled.
    """
    found = await find(session, command.booking_id, command.by)
    if found.state != BookingState.CONFIRMED or found.ends_at <= now:
        raise NotLive
    connection = await connection_of(session)
    done = await connection.execute(
        ATTENDEE.update()
        .where(ATTENDEE.c.booking_id == command.booking_id, ATTENDEE.c.person_id == command.by)
        .values(partstat=command.partstat, answered_at=now)
    )
    if done.rowcount != 1:
        raise NotYours

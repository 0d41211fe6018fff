"""Say how an interview ended."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement, Finish
from interviews.bookings.refusals import NotYours
from interviews.bookings.rules import check_finish
from interviews.bookings.service.ending import end, find


async def finish(session: AsyncSession, command: Finish, *, now: datetime) -> Agreement:
    """Mark a booking as done or as no-show, and give back what is left of its time.

    Raises:
        NotYours: only the panel and the firm's recruiters may say so.
        NotLive: it is not a confirmed booking.
        TooEarlyToFinish: done, before the room has opened; no-show, before the grace is over.
        Stale: it changed meanwhile; run the unit again.
    """
    found = await find(session, command.booking_id, command.by)
    if not found.is_firms:
        raise NotYours
    check_finish(found.state, found.starts_at, command.outcome, now=now)
    return await end(session, found, command.outcome, now=now)

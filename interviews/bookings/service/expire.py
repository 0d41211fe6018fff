"""End the holds whose 90 seconds are over."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingState
from interviews.bookings.service.claims import end_holds, lock_slots
from interviews.bookings.service.reading import BOOKING, LIVE_COLUMNS, SLOT, live_booking

MOST = 500  # holds that one transaction ends; the next tick takes the rest


async def expire(session: AsyncSession, *, now: datetime) -> int:
    """How many holds were ended; who wants their time earlier ends them in passing."""
    rows = await session.execute(
        select(*LIVE_COLUMNS)
        .join_from(BOOKING, SLOT, SLOT.c.id == BOOKING.c.slot_id)
        .where(BOOKING.c.state == BookingState.HELD, BOOKING.c.expires_at <= now)
        .order_by(BOOKING.c.expires_at)
        .limit(MOST)
    )
    holds = [live_booking(row) for row in rows]
    if holds:
        await lock_slots(session, [hold.slot_id for hold in holds])
        await end_holds(session, holds, now=now)
    return len(holds)

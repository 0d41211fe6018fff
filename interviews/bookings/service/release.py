"""Give a hold back before its 90 seconds are over."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingState
from interviews.bookings.service.claims import end_holds, lock_slots
from interviews.bookings.service.reading import BOOKING, LIVE_COLUMNS, SLOT, live_booking
from interviews.people.models import PersonId
from interviews.slots.models import SlotId


async def release(
    session: AsyncSession, graduate_id: PersonId, slot_id: SlotId, *, now: datetime
) -> bool:
    """Whether this graduate held the slot; somebody else may have it now."""
    rows = await session.execute(
        select(*LIVE_COLUMNS)
        .join_from(BOOKING, SLOT, SLOT.c.id == BOOKING.c.slot_id)
        .where(
            BOOKING.c.graduate_id == graduate_id,
            BOOKING.c.slot_id == slot_id,
            BOOKING.c.state == BookingState.HELD,
        )
    )
    holds = [live_booking(row) for row in rows]
    await lock_slots(session, [slot_id])
    await end_holds(session, holds, now=now)
    return bool(holds)

"""What a recruiter does with slots once bookings matter: publish beside them, withdraw, list."""

from datetime import datetime, timedelta

from sqlalchemy import literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.refusals import HasBookings
from interviews.bookings.service.claims import lock_slots, owners
from interviews.bookings.service.ending import RECRUITER
from interviews.bookings.service.reading import BOOKING, IS_LIVE, JOB, SLOT
from interviews.database import connection_of
from interviews.occupancy.service import person_resource
from interviews.people.models import PersonId
from interviews.slots import service as slots
from interviews.slots.models import SlotId, SlotState
from interviews.slots.ranges import TimeRange
from interviews.slots.refusals import SlotNotFound
from interviews.slots.service import Published, PublishSlots

REACH = timedelta(days=2)  # a window of at most a day with buffers of at most a day


async def publish_slots(
    session: AsyncSession, command: PublishSlots, *, now: datetime
) -> Published:
    """Offer a window, leaving out what the panel has already promised.

    Raises:
        The refusals of `interviews.slots.service.publish_slots`.
    """
    busy = await _busy(session, command, now=now)
    return await slots.publish_slots(session, command, busy=busy, now=now)


async def preview_slots(
    session: AsyncSession, command: PublishSlots, *, now: datetime
) -> Published:
    """The times that `publish_slots` would offer and those that it would leave out."""
    busy = await _busy(session, command, now=now)
    return await slots.preview_slots(session, command, busy=busy, now=now)


async def _busy(session: AsyncSession, command: PublishSlots, *, now: datetime) -> list[TimeRange]:
    window = command.plan.window
    if window is None:
        return []
    resources = {person_resource(person) for person in command.panel}
    found = await owners(session, resources, since=window.start - REACH, until=window.end + REACH)
    return [
        TimeRange(owned.claim.starts_at, owned.claim.ends_at)
        for owned in found
        if not owned.booking.is_expired(now)
    ]


async def withdraw_slot(session: AsyncSession, slot_id: SlotId, by: PersonId) -> None:
    """Take a slot back that nobody has booked or holds.

    Raises:
        SlotNotFound: it belongs to another firm.
        HasBookings: somebody has a seat.
    """
    await lock_slots(session, [slot_id])
    query = (
        select(literal(1))
        .select_from(SLOT)
        .join(JOB, JOB.c.id == SLOT.c.job_id)
        .join(RECRUITER, RECRUITER.c.firm_id == JOB.c.firm_id)
        .where(SLOT.c.id == slot_id, RECRUITER.c.person_id == by)
    )
    if (await session.execute(query)).first() is None:
        raise SlotNotFound
    live = select(BOOKING.c.id).where(BOOKING.c.slot_id == slot_id, IS_LIVE)
    if (await session.execute(live.limit(1))).first() is not None:
        raise HasBookings
    connection = await connection_of(session)
    await connection.execute(
        SLOT.update().where(SLOT.c.id == slot_id).values(state=SlotState.WITHDRAWN)
    )

"""Call an interview off."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement, Cancel
from interviews.bookings.models import BookingState
from interviews.bookings.rules import check_cancel
from interviews.bookings.service.ending import Found, end, find
from interviews.bookings.service.reading import BOOKING, JOB
from interviews.bookings.service.telling import attendees_of, disinvite
from interviews.consents.service import SHARE_PROFILE, withdraw_from


async def cancel(session: AsyncSession, command: Cancel, *, now: datetime) -> Agreement:
    """End a booking, free its time and tell everybody; the firm's side gives a reason.

    Raises:
        NotYours: it belongs to others.
        NotLive: it is over or was cancelled.
        ReasonMissing: the firm cancels without saying why.
        Stale: it changed meanwhile; run the unit again.
    """
    found = await find(session, command.booking_id, command.by)
    check_cancel(found.state, found.ends_at, command.reason, own=found.is_own, now=now)
    confirmed = found.state == BookingState.CONFIRMED
    agreement = await end(
        session,
        found,
        BookingState.CANCELLED,
        now=now,
        sequence=found.sequence + 1 if confirmed else found.sequence,
        cancelled_by=command.by,
        cancel_reason=command.reason,
    )
    if confirmed:  # nobody has heard of a hold
        people = await attendees_of(session, found.id)
        await disinvite(session, agreement, people, slot_id=found.slot_id, now=now)
    if found.is_own:
        await _withdraw_consent(session, found, now=now)
    return agreement


async def _withdraw_consent(session: AsyncSession, found: Found, *, now: datetime) -> None:
    """A graduate who cancels takes the profile back, unless the firm still has a live booking."""
    firm = await session.scalar(
        select(JOB.c.firm_id)
        .join(BOOKING, BOOKING.c.job_id == JOB.c.id)
        .where(BOOKING.c.id == found.id)
    )
    elsewhere = await session.scalar(
        select(BOOKING.c.id)
        .join(JOB, BOOKING.c.job_id == JOB.c.id)
        .where(
            JOB.c.firm_id == firm,
            BOOKING.c.graduate_id == found.graduate_id,
            BOOKING.c.state == BookingState.CONFIRMED,
        )
        .limit(1)
    )
    if elsewhere is None:
        await withdraw_from(session, found.graduate_id, SHARE_PROFILE, f"firm:{firm}", now=now)

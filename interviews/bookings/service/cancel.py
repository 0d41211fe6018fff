"""Call an interview off."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement, Cancel
from interviews.bookings.models import BookingState
from interviews.bookings.rules import check_cancel
from interviews.bookings.service.ending import end, find
from interviews.bookings.service.telling import attendees_of, disinvite


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
    return agreement

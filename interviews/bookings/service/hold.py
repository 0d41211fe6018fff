"""Hold a slot for 90 seconds while a graduate reads what will be shared."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement, Hold
from interviews.bookings.models import BookingState
from interviews.bookings.rules import (
    HOLD,
    LiveBooking,
    check_firm,
    check_graduate,
    check_not_booked,
    check_offer,
)
from interviews.bookings.service.reading import bookings_around, locked_offer, own_hold
from interviews.bookings.service.seats import Wanted, take_seat


async def hold(
    session: AsyncSession, command: Hold, *, now: datetime, suggest: bool = True
) -> Agreement:
    """Keep a seat for 90 seconds; the graduate's earlier hold ends, the same one goes on running.

    `suggest`: whether a refusal is to name the nearest free times.

    Raises:
        SlotClosed, NoticeTooShort, PhaseClosed, JobNotOpen, FirmMayNotRecruit: not offered now.
        OwnPanel, EmailNotVerified, ProfileIncomplete, ConditionsNotMet: not for this graduate.
        AlreadyBooked, GraduateBusy, SlotTaken, HoldExpired: not at this time.
    """
    slot_id, graduate_id = command.slot_id, command.graduate_id
    offer, profile, _ = await locked_offer(session, slot_id, graduate_id, now=now)
    check_offer(offer, now=now)
    check_firm(offer, now=now)
    check_graduate(offer, profile, graduate_id)
    bookings = await bookings_around(session, slot_id, graduate_id)
    check_not_booked(bookings, offer, graduate_id)
    mine = own_hold(bookings, graduate_id)
    if mine is not None and mine.slot_id == slot_id and not mine.is_expired(now):
        return _agreement(mine)
    wanted = Wanted(offer, graduate_id, BookingState.HELD, now + HOLD, suggest)
    return await take_seat(session, wanted, bookings, now=now)


def _agreement(mine: LiveBooking) -> Agreement:
    return Agreement(
        booking_id=mine.id,
        slot_id=mine.slot_id,
        graduate_id=mine.graduate_id,
        state=BookingState.HELD,
        uid=mine.uid,
        sequence=mine.sequence,
        starts_at=mine.starts_at,
        ends_at=mine.ends_at,
        expires_at=mine.expires_at,
    )

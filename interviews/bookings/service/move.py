"""Move a booking to another slot of the same job: all of it, or nothing."""

from datetime import datetime

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement, Move
from interviews.bookings.models import BookingState
from interviews.bookings.refusals import NotLive, NotYours
from interviews.bookings.rules import LiveBooking, Offer, check_move, check_offer, free_seat
from interviews.bookings.service.claims import (
    end_holds,
    free_claims,
    graduate_claim,
    makes_room,
    panel_claims,
)
from interviews.bookings.service.reading import BOOKING, bookings_around, locked_offer
from interviews.bookings.service.refusing import refuse
from interviews.bookings.service.seats import ATTEMPTS, RACES, make_room
from interviews.bookings.service.telling import attendees_of, change_panel, disinvite, invite
from interviews.database import Stale, UtcDateTime, connection_of, violates
from interviews.occupancy.service import Overlap, take

CHANGE = (
    BOOKING.update()
    .where(
        BOOKING.c.id == bindparam("booking_id"),
        BOOKING.c.slot_id == bindparam("old_slot"),
        BOOKING.c.sequence == bindparam("old_sequence"),
        BOOKING.c.state == literal_column("'confirmed'"),
    )
    .values(
        slot_id=bindparam("new_slot"),
        seat=bindparam("new_seat"),
        sequence=BOOKING.c.sequence + 1,
        moves=BOOKING.c.moves + 1,
        changed_at=bindparam("now", type_=UtcDateTime),
    )
)


async def move(session: AsyncSession, command: Move, *, now: datetime) -> Agreement:
    """Give up the old time for the new one in a single step; a refusal leaves the old one whole.

    The booking keeps its row and its uid; sequence and moves count one up. Interviewers who are
    not on the new panel are told that it is off, everybody else gets the new time.

    Raises:
        NotYours, NotLive: there is no such booking of this graduate, or it is over.
        OtherJob, SameSlot, TooManyMoves, TooLateToMove: Q3 does not allow it.
        SlotClosed, NoticeTooShort, PhaseClosed, JobNotOpen: the new slot is not offered.
        SlotTaken, GraduateBusy: the new time is gone.
    """
    slot_id, graduate_id = command.slot_id, command.graduate_id
    offer, _, locked = await locked_offer(
        session, slot_id, graduate_id, now=now, booking_id=command.booking_id
    )
    bookings = await bookings_around(session, slot_id, graduate_id)
    old = await _own(session, command, bookings)
    if old.slot_id not in locked:
        raise Stale  # it was moved between the two statements
    check_move(old, offer, now=now)
    check_offer(offer, now=now)
    agreement = await _moved(session, old, offer, bookings, now=now)
    before = set(await attendees_of(session, old.id))
    after = {graduate_id, *offer.panel}
    gone = sorted(before - after)
    await change_panel(session, old.id, gone=gone, come=sorted(after - before))
    await disinvite(session, agreement, gone, slot_id=old.slot_id, now=now)
    await invite(session, agreement, sorted(after), now=now)
    return agreement


async def _own(session: AsyncSession, command: Move, bookings: list[LiveBooking]) -> LiveBooking:
    for booking in bookings:
        if booking.id == command.booking_id and booking.graduate_id == command.graduate_id:
            return booking
    query = select(BOOKING.c.id).where(
        BOOKING.c.id == command.booking_id, BOOKING.c.graduate_id == command.graduate_id
    )
    if (await session.execute(query)).first() is None:
        raise NotYours
    raise NotLive


async def _moved(
    session: AsyncSession,
    old: LiveBooking,
    offer: Offer,
    bookings: list[LiveBooking],
    *,
    now: datetime,
) -> Agreement:
    """The booking at its new time.

    Raises:
        SlotTaken, GraduateBusy: the new time is gone.
        Stale: the neighbours change faster than we can look.
    """
    for _ in range(ATTEMPTS):
        ended = [booking for booking in bookings if makes_room(booking, old.graduate_id, now=now)]
        await end_holds(session, ended, now=now)
        others = [
            booking
            for booking in bookings
            if booking.slot_id == offer.slot_id and booking not in ended
        ]
        seat = free_seat({booking.seat for booking in others}, offer.capacity)
        if seat is None:
            await refuse(session, offer, old.graduate_id, (), now=now, moving=old.id)
        elif await _exchanged(session, old, offer, seat, first=not others, now=now):
            return _agreement(old, offer)
        else:
            await make_room(
                session, offer, old.graduate_id, first=not others, now=now, moving=old.id
            )
        bookings = await bookings_around(session, offer.slot_id, old.graduate_id)
    raise Stale


async def _exchanged(
    session: AsyncSession, old: LiveBooking, offer: Offer, seat: int, *, first: bool, now: datetime
) -> bool:
    """Free the old claims and take the new ones; False, and nothing changed, when refused."""
    connection = await connection_of(session)
    values = {
        "booking_id": old.id,
        "old_slot": old.slot_id,
        "old_sequence": old.sequence,
        "new_slot": offer.slot_id,
        "new_seat": seat,
        "now": now,
    }
    try:
        async with connection.begin_nested():
            if (await connection.execute(CHANGE, values)).rowcount != 1:
                raise Stale
            await free_claims(session, bookings=[old.id], slots=[old.slot_id])
            own = graduate_claim(offer, old.graduate_id, old.id)
            await take(session, [own, *(panel_claims(offer) if first else ())])
    except Overlap:
        return False
    except IntegrityError as error:
        if violates(error, *RACES):
            return False
        raise
    return True


def _agreement(old: LiveBooking, offer: Offer) -> Agreement:
    return Agreement(
        booking_id=old.id,
        slot_id=offer.slot_id,
        graduate_id=old.graduate_id,
        state=BookingState.CONFIRMED,
        uid=old.uid,
        sequence=old.sequence + 1,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
    )

"""Taking a seat: the booking's row and its claims stand or fall together."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement
from interviews.bookings.models import BookingId, BookingState
from interviews.bookings.rules import LiveBooking, Offer, check_not_booked, free_seat
from interviews.bookings.service.claims import (
    end_holds,
    graduate_claim,
    in_the_way,
    lock_slots,
    makes_room,
    panel_claims,
)
from interviews.bookings.service.reading import BOOKING, bookings_around
from interviews.bookings.service.refusing import refuse
from interviews.database import Stale, connection_of, violates
from interviews.occupancy.service import Overlap, take
from interviews.people.models import PersonId

ATTEMPTS = 4  # each later one follows a hold that made room, or a unit that was faster
RACES = (
    "uq_booking_live_seat", "booking.slot_id, booking.seat",  # PostgreSQL names the index,
    "uq_booking_one_hold", "booking.graduate_id",  # SQLite its columns
    "uq_booking_one_per_job",
)  # fmt: skip
INSERTION = BOOKING.insert().returning(BOOKING.c.id)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who wants which slot, as what, and until when if it is only held.

    `suggest`: whether a refusal is to name the nearest free times.
    """

    offer: Offer
    graduate_id: PersonId
    state: BookingState
    expires_at: datetime | None = None
    suggest: bool = True


async def take_seat(
    session: AsyncSession, wanted: Wanted, bookings: list[LiveBooking], *, now: datetime
) -> Agreement:
    """Give the graduate a seat, or say who is in the way.

    `bookings` are those around the slot and the graduate (`bookings_around`), read after the
    slot was locked. Holds whose time is over and the graduate's own hold make room first.

    Raises:
        SlotTaken, HoldExpired, GraduateBusy: the time is gone.
        AlreadyBooked: the graduate has an interview for this job.
        Stale: the neighbours change faster than we can look.
    """
    offer, graduate_id = wanted.offer, wanted.graduate_id
    for _ in range(ATTEMPTS):
        check_not_booked(bookings, offer, graduate_id)
        ended = [booking for booking in bookings if makes_room(booking, graduate_id, now=now)]
        await end_holds(session, ended, now=now)
        others = [
            booking
            for booking in bookings
            if booking.slot_id == offer.slot_id and booking not in ended
        ]
        seat = free_seat({booking.seat for booking in others}, offer.capacity)
        if seat is None:
            await refuse(session, offer, graduate_id, (), now=now, suggest=wanted.suggest)
        else:
            agreement = await _inserted(session, wanted, seat, first=not others, now=now)
            if agreement is not None:
                return agreement
            await make_room(
                session, offer, graduate_id, first=not others, now=now, suggest=wanted.suggest
            )
        bookings = await bookings_around(session, offer.slot_id, graduate_id)
    raise Stale


async def make_room(
    session: AsyncSession,
    offer: Offer,
    graduate_id: PersonId,
    *,
    first: bool,
    now: datetime,
    moving: BookingId | None = None,
    suggest: bool = True,
) -> None:
    """End the holds that stand against a time which was refused, or say who else has it.

    `first` says whether the panel is wanted too. Nobody in the way means that a faster unit has
    come and gone, so a second look is due. `moving` is a booking that would make room by itself.

    Raises:
        SlotTaken, HoldExpired, GraduateBusy.
    """
    claims = [graduate_claim(offer, graduate_id), *(panel_claims(offer) if first else ())]
    found = await in_the_way(session, claims)
    blockers = [owned for owned in found if owned.booking.id != moving]
    if any(not makes_room(owned.booking, graduate_id, now=now) for owned in blockers):
        await refuse(session, offer, graduate_id, blockers, now=now, moving=moving, suggest=suggest)
    holds = {owned.booking for owned in blockers}
    if holds:
        await lock_slots(session, [hold.slot_id for hold in holds])
        await end_holds(session, holds, now=now)


async def _inserted(
    session: AsyncSession, wanted: Wanted, seat: int, *, first: bool, now: datetime
) -> Agreement | None:
    """The booking with its claims; None when the database refused one of them."""
    offer, graduate_id = wanted.offer, wanted.graduate_id
    row = _row(wanted, seat, now)
    connection = await connection_of(session)
    try:
        async with connection.begin_nested():
            booking_id = BookingId((await connection.execute(INSERTION, row)).scalar_one())
            own = graduate_claim(offer, graduate_id, booking_id)
            await take(session, [own, *(panel_claims(offer) if first else ())])
    except Overlap:
        return None
    except IntegrityError as error:
        if violates(error, *RACES):
            return None
        raise
    return Agreement(
        booking_id=booking_id,
        slot_id=offer.slot_id,
        graduate_id=graduate_id,
        state=wanted.state,
        uid=row["uid"],
        sequence=0,
        starts_at=offer.starts_at,
        ends_at=offer.ends_at,
        expires_at=wanted.expires_at,
    )


def _row(wanted: Wanted, seat: int, now: datetime) -> dict[str, Any]:
    confirmed = wanted.state == BookingState.CONFIRMED
    return {
        "slot_id": wanted.offer.slot_id,
        "seat": seat,
        "graduate_id": wanted.graduate_id,
        "job_id": wanted.offer.job_id,
        "state": wanted.state,
        "expires_at": wanted.expires_at,
        "uid": str(uuid4()),
        "sequence": 0,
        "token": secrets.token_hex(16),
        "moves": 0,
        "created_at": now,
        "confirmed_at": now if confirmed else None,
        "changed_at": now,
        "cancel_reason": "",
    }

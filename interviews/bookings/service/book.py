"""Book a slot: confirm one's own hold, or take a free seat directly."""

from datetime import datetime

from sqlalchemy import bindparam, literal_column
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement, Book
from interviews.bookings.models import BookingState
from interviews.bookings.rules import (
    LiveBooking,
    Offer,
    check_firm,
    check_graduate,
    check_not_booked,
    check_offer,
)
from interviews.bookings.service.reading import (
    BOOKING,
    bookings_around,
    locked_offer,
    own_hold,
)
from interviews.bookings.service.seats import Wanted, take_seat
from interviews.bookings.service.telling import invite, keep_attendees
from interviews.consents.models import Consent
from interviews.database import Stale, UtcDateTime, connection_of, table_of

CONSENT = table_of(Consent).insert()
CONFIRM = (
    BOOKING.update()
    .where(BOOKING.c.id == bindparam("booking_id"), BOOKING.c.state == literal_column("'held'"))
    .values(
        state=literal_column("'confirmed'"),
        expires_at=None,
        confirmed_at=bindparam("now", type_=UtcDateTime),
        changed_at=bindparam("now", type_=UtcDateTime),
    )
)
SHARE_PROFILE = "share-profile"


async def book(
    session: AsyncSession, command: Book, *, now: datetime, suggest: bool = True
) -> Agreement:
    """Agree on a time, keep the consent, and tell everybody in the same transaction.

    A hold whose 90 seconds are over is as good as any while nobody else has taken its time.
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
    if mine is not None and mine.slot_id == slot_id:
        agreement = await _confirm(session, mine, now=now)
    else:
        wanted = Wanted(offer, graduate_id, BookingState.CONFIRMED, suggest=suggest)
        agreement = await take_seat(session, wanted, bookings, now=now)
    await keep_attendees(session, agreement, offer.panel)
    await _consent(session, command, offer, now=now)
    await invite(session, agreement, (graduate_id, *offer.panel), now=now)
    return agreement


async def _confirm(session: AsyncSession, mine: LiveBooking, *, now: datetime) -> Agreement:
    """Compare and swap: a hold that was swept meanwhile cannot be confirmed.

    Raises:
        Stale: it was swept between the reading and this statement.
    """
    connection = await connection_of(session)
    done = await connection.execute(CONFIRM, {"booking_id": mine.id, "now": now})
    if done.rowcount != 1:
        raise Stale
    return Agreement(
        booking_id=mine.id,
        slot_id=mine.slot_id,
        graduate_id=mine.graduate_id,
        state=BookingState.CONFIRMED,
        uid=mine.uid,
        sequence=mine.sequence,
        starts_at=mine.starts_at,
        ends_at=mine.ends_at,
    )


async def _consent(session: AsyncSession, command: Book, offer: Offer, *, now: datetime) -> None:
    """Keep who agreed that this firm sees the profile, and to which text (PIPL 23)."""
    connection = await connection_of(session)
    await connection.execute(
        CONSENT,
        {
            "person_id": command.graduate_id,
            "purpose": SHARE_PROFILE,
            "recipient": f"firm:{offer.firm_id}",
            "text_version": command.text_version,
            "channel": command.channel,
            "given_at": now,
        },
    )

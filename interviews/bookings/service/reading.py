"""What a verb must know before it decides: one locked offer, and the live bookings around it.

Both statements are made once; only their parameters change.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, bindparam, literal_column, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import LIVE_STATES, Booking, BookingId, BookingState
from interviews.bookings.refusals import SlotClosed
from interviews.bookings.rules import LiveBooking, Offer, Phase, Profile
from interviews.campaigns.models import Campaign, CampaignPhase
from interviews.database import connection_of, table_of
from interviews.employers.models import Firm
from interviews.graduates.models import Graduate
from interviews.identity.models import Account
from interviews.jobs.models import Job
from interviews.people.models import PersonId
from interviews.slots.models import Slot, SlotId, SlotInterviewer

SLOT, PANEL, BOOKING = table_of(Slot), table_of(SlotInterviewer), table_of(Booking)
JOB, FIRM, GRADUATE = table_of(Job), table_of(Firm), table_of(Graduate)
ACCOUNT = table_of(Account)
CAMPAIGN, PHASE = table_of(Campaign), table_of(CampaignPhase)

DAY = timedelta(days=1)  # the campaign's calendar may be a day behind the UTC date

PHASE_COLUMNS = (
    CAMPAIGN.c.id, PHASE.c.starts_on, PHASE.c.ends_on, CAMPAIGN.c.zone,
    CAMPAIGN.c.notice_minutes, CAMPAIGN.c.moves_allowed, CAMPAIGN.c.move_until_hours,
)  # fmt: skip
OFFER_COLUMNS = (
    SLOT.c.id, SLOT.c.job_id, JOB.c.firm_id, SLOT.c.starts_at, SLOT.c.ends_at,
    SLOT.c.buffer_before, SLOT.c.buffer_after, SLOT.c.capacity, SLOT.c.state,
    JOB.c.state, JOB.c.valid_through, JOB.c.level_min, JOB.c.major_categories,
    FIRM.c.verified_at, FIRM.c.recheck_due_on,
)  # fmt: skip
BEFORE_PANEL = 9  # columns of `OFFER_COLUMNS` that come before the panel in `Offer`
AFTER_PANEL = 6  # the panel's column and those of the graduate: the phase's come behind them

# The rows of every slot that the verb may touch are locked, in the order of their ids: the wanted
# one, the one that the graduate holds, the one that a booking moves away from.
TOUCHED = union(
    select(bindparam("slot_id", type_=Integer)),
    select(BOOKING.c.slot_id).where(
        BOOKING.c.graduate_id == bindparam("graduate_id"),
        BOOKING.c.state == literal_column("'held'"),
    ),
    select(BOOKING.c.slot_id).where(BOOKING.c.id == bindparam("booking_id", type_=Integer)),
)
OFFERS = (
    select(
        *OFFER_COLUMNS,
        PANEL.c.person_id,
        GRADUATE.c.person_id,
        GRADUATE.c.level,
        GRADUATE.c.major_category,
        ACCOUNT.c.person_id,
        ACCOUNT.c.email_verified_at,
        *PHASE_COLUMNS,
    )
    .select_from(
        SLOT.join(JOB, JOB.c.id == SLOT.c.job_id)
        .join(FIRM, FIRM.c.id == JOB.c.firm_id)
        .outerjoin(PANEL, PANEL.c.slot_id == SLOT.c.id)
        .outerjoin(GRADUATE, GRADUATE.c.person_id == bindparam("graduate_id"))
        .outerjoin(ACCOUNT, ACCOUNT.c.person_id == bindparam("graduate_id"))
        .outerjoin(PHASE, PHASE.c.ends_on >= bindparam("today"))
        .outerjoin(CAMPAIGN, CAMPAIGN.c.id == PHASE.c.campaign_id)
    )
    .where(SLOT.c.id.in_(TOUCHED))
    .order_by(SLOT.c.id)
    .with_for_update(of=SLOT, key_share=True)
)
IS_LIVE = BOOKING.c.state.in_([literal_column(f"'{state}'") for state in LIVE_STATES])
LIVE_COLUMNS = (
    BOOKING.c.id, BOOKING.c.slot_id, BOOKING.c.seat, BOOKING.c.graduate_id, BOOKING.c.job_id,
    BOOKING.c.state, BOOKING.c.expires_at, BOOKING.c.uid, BOOKING.c.sequence, BOOKING.c.moves,
    SLOT.c.starts_at, SLOT.c.ends_at,
)  # fmt: skip
AROUND = (
    select(*LIVE_COLUMNS)
    .join_from(BOOKING, SLOT, SLOT.c.id == BOOKING.c.slot_id)
    .where(
        IS_LIVE,
        or_(
            BOOKING.c.slot_id == bindparam("slot_id"),
            BOOKING.c.graduate_id == bindparam("graduate_id"),
        ),
    )
)


async def locked_offer(
    session: AsyncSession,
    slot_id: SlotId,
    graduate_id: PersonId,
    *,
    now: datetime,
    booking_id: BookingId | None = None,
) -> tuple[Offer, Profile | None, frozenset[SlotId]]:
    """The slot with its panel, job, firm and phases; the graduate's profile; the locked slots.

    Raises:
        SlotClosed: there is no such slot.
    """
    connection = await connection_of(session)
    found = await connection.execute(
        OFFERS,
        {
            "slot_id": slot_id,
            "graduate_id": graduate_id,
            "booking_id": booking_id,
            "today": now.date() - DAY,
        },
    )
    everything: list[Any] = list(found)
    rows = [row for row in everything if row[0] == slot_id]
    if not rows:
        raise SlotClosed
    return _offer(rows), _profile(rows[0]), frozenset(SlotId(row[0]) for row in everything)


def _offer(rows: Sequence[Any]) -> Offer:
    panel_at = len(OFFER_COLUMNS)
    phases_at = panel_at + AFTER_PANEL
    panel = sorted({row[panel_at] for row in rows} - {None})
    phases = {row[phases_at:] for row in rows if row[phases_at] is not None}
    first = rows[0]
    values: tuple[Any, ...] = (
        *first[:BEFORE_PANEL],
        tuple(panel),
        *first[BEFORE_PANEL:panel_at],
        tuple(phase_of(phase) for phase in phases),
    )
    return Offer(*values)


def phase_of(row: Sequence[Any]) -> Phase:
    """The value of a row of `PHASE_COLUMNS`."""
    campaign_id, starts_on, ends_on, zone, minutes, moves, hours = row
    return Phase(
        campaign_id, starts_on, ends_on, zone, timedelta(minutes=minutes), moves,
        timedelta(hours=hours),
    )  # fmt: skip


def _profile(row: Sequence[Any]) -> Profile | None:
    start = len(OFFER_COLUMNS)
    person_id, level, major, account, proved_at = row[start + 1 : start + AFTER_PANEL]
    if person_id is None:
        return None
    return Profile(level, major, email_proved=account is None or proved_at is not None)


async def bookings_around(
    session: AsyncSession, slot_id: SlotId, graduate_id: PersonId
) -> list[LiveBooking]:
    """Who has a seat in this slot, and every hold and booking of this graduate."""
    connection = await connection_of(session)
    found = await connection.execute(AROUND, {"slot_id": slot_id, "graduate_id": graduate_id})
    return [live_booking(row) for row in found]


def live_booking(row: Iterable[Any]) -> LiveBooking:
    """The value of a row of `LIVE_COLUMNS`."""
    return LiveBooking(*row)


def own_hold(bookings: Sequence[LiveBooking], graduate_id: PersonId) -> LiveBooking | None:
    """The hold of this graduate; the database allows one."""
    for booking in bookings:
        if booking.graduate_id == graduate_id and booking.state == BookingState.HELD:
            return booking
    return None

"""What a room needs to know of a booking: when, about what, and who asks to come in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.bookings.models import Booking, BookingId, BookingState
from interviews.bookings.refusals import NotLive
from interviews.bookings.service.ending import find
from interviews.employers.models import Firm
from interviews.identity.models import Account
from interviews.jobs.models import Job
from interviews.people.models import Person, PersonId
from interviews.slots.models import Slot, SlotInterviewer

TIMES = select(col(Booking.uid), col(Booking.state), col(Slot.starts_at), col(Slot.ends_at)).join(
    Slot, col(Slot.id) == col(Booking.slot_id)
)
MET = frozenset({BookingState.CONFIRMED, BookingState.DONE, BookingState.NO_SHOW})


@dataclass(frozen=True, slots=True)
class Meeting:
    """One interview as one person may see it; `uid` names its room."""

    booking_id: BookingId
    uid: str
    state: BookingState
    starts_at: datetime
    ends_at: datetime
    title_zh: str
    title_en: str
    firm_zh: str
    firm_en: str
    panel: tuple[tuple[str, str], ...]  # name and name in Latin letters
    person_id: PersonId
    name: str
    name_latin: str
    has_account: bool
    is_panel: bool


async def meeting_of(session: AsyncSession, booking_id: BookingId, person_id: PersonId) -> Meeting:
    """The interview for its graduate, its panel and the recruiters of its firm.

    Raises:
        NotYours: there is no such interview, or it is nobody's business of theirs.
        NotLive: it was cancelled, or never agreed on.
    """
    found = await find(session, booking_id, person_id)
    if BookingState(found.state) not in MET:
        raise NotLive
    rows = await session.execute(
        select(Job, Firm, Person, Account)
        .select_from(Booking)
        .join(Job, col(Job.id) == col(Booking.job_id))
        .join(Firm, col(Firm.id) == col(Job.firm_id))
        .join(Person, col(Person.id) == person_id)
        .outerjoin(Account, col(Account.person_id) == person_id)
        .where(col(Booking.id) == booking_id)
    )
    job, firm, person, account = rows.one()
    return Meeting(
        booking_id=booking_id,
        uid=found.uid,
        state=BookingState(found.state),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        title_zh=job.title_zh,
        title_en=job.title_en,
        firm_zh=firm.display_name_zh,
        firm_en=firm.display_name_en,
        panel=await _panel(session, found.slot_id),
        person_id=person_id,
        name=person.name,
        name_latin=person.name_latin,
        has_account=account is not None,
        is_panel=found.is_firms,
    )


async def _panel(session: AsyncSession, slot_id: int) -> tuple[tuple[str, str], ...]:
    names = await session.execute(
        select(col(Person.name), col(Person.name_latin))
        .join(SlotInterviewer, col(SlotInterviewer.person_id) == col(Person.id))
        .where(col(SlotInterviewer.slot_id) == slot_id)
        .order_by(col(Person.id))
    )
    return tuple((row.name, row.name_latin) for row in names)


@dataclass(frozen=True, slots=True)
class RoomTimes:
    """The room of a booking and when it is."""

    uid: str
    state: BookingState
    starts_at: datetime
    ends_at: datetime


async def room_times(session: AsyncSession, booking_id: BookingId) -> RoomTimes | None:
    """The room of one booking."""
    rows = await session.execute(TIMES.where(col(Booking.id) == booking_id))
    return next(iter(_rooms(rows.all())), None)


async def rooms_around(
    session: AsyncSession, *, now: datetime, reach: timedelta
) -> list[RoomTimes]:
    """The rooms of confirmed bookings that begin or end within `reach` of now."""
    rows = await session.execute(
        TIMES.where(
            col(Booking.state) == BookingState.CONFIRMED,
            col(Slot.starts_at) < now + reach,
            col(Slot.ends_at) > now - reach,
        )
    )
    return _rooms(rows.all())


def _rooms(rows: Sequence[Row[str, str, datetime, datetime]]) -> list[RoomTimes]:
    return [RoomTimes(uid, BookingState(state), start, end) for uid, state, start, end in rows]


async def booking_of_room(session: AsyncSession, uid: str) -> BookingId | None:
    """Whose room this is."""
    return await session.scalar(select(col(Booking.id)).where(col(Booking.uid) == uid))


@dataclass(frozen=True, slots=True)
class RoomName:
    """What administrators call a room: whose interview it is for, and when. It names no person."""

    firm_zh: str
    firm_en: str
    firm_slug: str
    starts_at: datetime


async def room_names(session: AsyncSession, uids: Collection[str]) -> dict[str, RoomName]:
    """The names of these rooms; one without a booking has none."""
    rows = await session.execute(
        select(
            col(Booking.uid),
            col(Firm.display_name_zh),
            col(Firm.display_name_en),
            col(Firm.slug),
            col(Slot.starts_at),
        )
        .join(Slot, col(Slot.id) == col(Booking.slot_id))
        .join(Job, col(Job.id) == col(Booking.job_id))
        .join(Firm, col(Firm.id) == col(Job.firm_id))
        .where(col(Booking.uid).in_(uids))
    )
    return {
        uid: RoomName(firm_zh, firm_en, slug, starts_at)
        for uid, firm_zh, firm_en, slug, starts_at in rows
    }

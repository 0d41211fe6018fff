"""What people see of their interviews: always two statements, however many there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingId, BookingState
from interviews.bookings.refusals import NotYours
from interviews.bookings.service.ending import RECRUITER
from interviews.bookings.service.reading import BOOKING, FIRM, JOB, SLOT
from interviews.bookings.service.telling import ATTENDEE, GRADUATE, INTERVIEWER
from interviews.database import connection_of, table_of
from interviews.employers.models import FirmId
from interviews.jobs.models import JobId
from interviews.people.models import Person, PersonId
from interviews.slots.models import SlotId
from interviews.slots.ranges import TimeRange

PERSON = table_of(Person)
COLUMNS = (
    BOOKING.c.id, BOOKING.c.slot_id, BOOKING.c.job_id, JOB.c.firm_id, BOOKING.c.state,
    BOOKING.c.uid, BOOKING.c.token, BOOKING.c.sequence, BOOKING.c.moves, BOOKING.c.created_at,
    BOOKING.c.confirmed_at, BOOKING.c.changed_at, BOOKING.c.cancelled_by,
    BOOKING.c.cancel_reason, SLOT.c.starts_at, SLOT.c.ends_at, SLOT.c.local_start, SLOT.c.zone,
    JOB.c.title_zh, JOB.c.title_en, FIRM.c.display_name_zh, FIRM.c.display_name_en, FIRM.c.slug,
)  # fmt: skip
PARTY_COLUMNS = (
    PERSON.c.id, PERSON.c.name, PERSON.c.name_latin, PERSON.c.email, PERSON.c.locale,
    PERSON.c.zone, ATTENDEE.c.part, ATTENDEE.c.partstat,
)  # fmt: skip
INTERVIEWS = (
    select(*COLUMNS)
    .join_from(BOOKING, SLOT, SLOT.c.id == BOOKING.c.slot_id)
    .join(JOB, JOB.c.id == BOOKING.c.job_id)
    .join(FIRM, FIRM.c.id == JOB.c.firm_id)
    .where(BOOKING.c.confirmed_at.is_not(None))
    .order_by(SLOT.c.starts_at, BOOKING.c.id)
)


@dataclass(frozen=True, slots=True)
class Party:
    """One person of an interview; `part` is graduate or interviewer, `partstat` the answer."""

    person_id: PersonId
    name: str
    name_latin: str
    email: str
    locale: str
    zone: str
    part: str
    partstat: str


@dataclass(frozen=True, slots=True)
class Interview:
    """A booking that was agreed at some time, with its slot, job, firm and people."""

    booking_id: BookingId
    slot_id: SlotId
    job_id: JobId
    firm_id: FirmId
    state: str
    uid: str
    token: str
    sequence: int
    moves: int
    created_at: datetime
    confirmed_at: datetime
    changed_at: datetime
    cancelled_by: PersonId | None
    cancel_reason: str
    starts_at: datetime
    ends_at: datetime
    local_start: str
    zone: str
    title_zh: str
    title_en: str
    firm_zh: str
    firm_en: str
    firm_slug: str
    people: tuple[Party, ...]

    @property
    def is_live(self) -> bool:
        """Whether it is going to happen or is happening."""
        return self.state == BookingState.CONFIRMED

    @property
    def graduate(self) -> Party:
        """The one who is interviewed."""
        return next(party for party in self.people if party.part == GRADUATE)

    @property
    def panel(self) -> tuple[Party, ...]:
        """Those who interview."""
        return tuple(party for party in self.people if party.part == INTERVIEWER)


async def my_interviews(session: AsyncSession, person_id: PersonId) -> list[Interview]:
    """Every interview that this person takes or took part in, in order of time."""
    mine = exists(
        select(ATTENDEE.c.booking_id).where(
            ATTENDEE.c.booking_id == BOOKING.c.id, ATTENDEE.c.person_id == person_id
        )
    )
    return await _interviews(session, mine)


async def firm_bookings(
    session: AsyncSession,
    firm_id: FirmId,
    *,
    between: TimeRange | None = None,
    states: Sequence[BookingState] = (),
    job_id: JobId | None = None,
) -> list[Interview]:
    """The interviews of a firm, in order of time; without `states`, in every state."""
    wanted = [JOB.c.firm_id == firm_id]
    if between is not None:
        wanted += [SLOT.c.starts_at >= between.start, SLOT.c.starts_at < between.end]
    if states:
        wanted.append(BOOKING.c.state.in_(states))
    if job_id is not None:
        wanted.append(BOOKING.c.job_id == job_id)
    return await _interviews(session, *wanted)


async def bookings_of_slots(
    session: AsyncSession, slots: Sequence[SlotId]
) -> dict[SlotId, list[Interview]]:
    """The live interviews of each of these slots."""
    found = await _interviews(
        session, BOOKING.c.slot_id.in_(slots), BOOKING.c.state == BookingState.CONFIRMED
    )
    result: dict[SlotId, list[Interview]] = {slot: [] for slot in slots}
    for interview in found:
        result[interview.slot_id].append(interview)
    return result


async def booking_for(
    session: AsyncSession, booking_id: BookingId, person_id: PersonId
) -> Interview:
    """One interview, for the people in it and the recruiters of the firm.

    Raises:
        NotYours: there is no such interview, or it belongs to others.
    """
    recruits = exists(
        select(RECRUITER.c.person_id).where(
            RECRUITER.c.person_id == person_id, RECRUITER.c.firm_id == JOB.c.firm_id
        )
    )
    takes_part = exists(
        select(ATTENDEE.c.booking_id).where(
            ATTENDEE.c.booking_id == BOOKING.c.id, ATTENDEE.c.person_id == person_id
        )
    )
    found = await _interviews(session, BOOKING.c.id == booking_id, or_(recruits, takes_part))
    if not found:
        raise NotYours
    return found[0]


async def _interviews(session: AsyncSession, *wanted: ColumnElement[bool]) -> list[Interview]:
    connection = await connection_of(session)
    rows: list[Any] = list(await connection.execute(INTERVIEWS.where(*wanted)))
    people = await _people(session, [row[0] for row in rows])
    return [_interview(row, people[row[0]]) for row in rows]


def _interview(row: Iterable[Any], people: tuple[Party, ...]) -> Interview:
    values: tuple[Any, ...] = (*row, people)
    return Interview(*values)


async def _people(
    session: AsyncSession, bookings: Sequence[BookingId]
) -> dict[BookingId, tuple[Party, ...]]:
    """The people of each booking, the graduate first."""
    found: dict[BookingId, tuple[Party, ...]] = dict.fromkeys(bookings, ())
    if not bookings:
        return found
    rows = await session.execute(
        select(ATTENDEE.c.booking_id, *PARTY_COLUMNS)
        .join_from(ATTENDEE, PERSON, PERSON.c.id == ATTENDEE.c.person_id)
        .where(ATTENDEE.c.booking_id.in_(bookings))
        .order_by(ATTENDEE.c.part, PERSON.c.id)
    )
    for booking_id, *party in rows:
        found[booking_id] = (*found[booking_id], Party(*party))
    return found

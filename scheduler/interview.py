"""One booking with everything that its invites say, read in four queries."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.bookings.models import Attendee, Booking, BookingId, BookingState
from interviews.employers.models import Firm
from interviews.jobs.models import Job
from interviews.people.models import Person, PersonId
from interviews.slots.models import Slot, SlotId
from scheduler.invites.cleaning import one_line

GRADUATE = "graduate"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as Chinese and as Latin readers know it; the Latin one may be empty."""

    chinese: str
    latin: str

    def in_locale(self, locale: str) -> str:
        """The one that suits the language, cleaned to one line."""
        wanted = self.chinese if locale.startswith("zh") else self.latin
        return one_line(wanted or self.chinese or self.latin)


@dataclass(frozen=True, slots=True)
class Party:
    """One person of an interview, as far as mail is concerned."""

    person_id: PersonId
    name: Name
    mailbox: str
    locale: str
    zone: str
    part: str  # graduate | interviewer
    partstat: str = "NEEDS-ACTION"
    last_sent_sequence: int | None = None

    @property
    def is_graduate(self) -> bool:
        return self.part == GRADUATE


@dataclass(frozen=True, slots=True)
class Times:
    """A half-open range of UTC moments."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Interview:
    """A booking's facts at one time, either of its present slot or of one that it had."""

    booking_id: BookingId
    slot_id: SlotId
    uid: str
    sequence: int
    token: str
    state: BookingState
    created_at: datetime
    changed_at: datetime
    cancel_reason: str
    times: Times
    slot_zone: str
    job_id: int
    job: Name
    firm: Name
    graduate: Party
    panel: tuple[Party, ...]

    @property
    def people(self) -> tuple[Party, ...]:
        return (self.graduate, *self.panel)

    def party(self, person_id: PersonId) -> Party | None:
        """The person if they take part."""
        return next((each for each in self.people if each.person_id == person_id), None)

    def other_side(self, party: Party) -> Name:
        """Whom this person meets: the firm, or the graduate."""
        return self.firm if party.is_graduate else self.graduate.name


async def load_interview(
    session: AsyncSession, booking_id: BookingId, *, slot_id: SlotId | None = None
) -> Interview | None:
    """The booking with its present slot, or with the one named; None if either is gone."""
    booking = await session.get(Booking, booking_id)
    slot = await session.get(Slot, slot_id or booking.slot_id) if booking else None
    if booking is None or slot is None or slot.id is None:
        return None
    job, firm = (
        await session.execute(
            select(Job, Firm)
            .join(Firm, col(Firm.id) == col(Job.firm_id))
            .where(col(Job.id) == booking.job_id)
        )
    ).one()
    graduate, panel = await _people(session, booking)
    return Interview(
        booking_id=booking_id,
        slot_id=slot.id,
        uid=booking.uid,
        sequence=booking.sequence,
        token=booking.token,
        state=BookingState(booking.state),
        created_at=booking.created_at,
        changed_at=booking.changed_at,
        cancel_reason=booking.cancel_reason,
        times=Times(slot.starts_at, slot.ends_at),
        slot_zone=slot.zone,
        job_id=booking.job_id,
        job=Name(job.title_zh, job.title_en),
        firm=Name(firm.display_name_zh, firm.display_name_en),
        graduate=graduate,
        panel=panel,
    )


async def times_of(session: AsyncSession, slot_id: SlotId) -> Times | None:
    """When a slot is, or None if it is gone."""
    slot = await session.get(Slot, slot_id)
    return Times(slot.starts_at, slot.ends_at) if slot else None


async def load_party(session: AsyncSession, person_id: PersonId) -> Party:
    """Somebody outside of any booking: a letter's recipient, or a panelist who has left."""
    person = await session.get_one(Person, person_id)
    return _party(person, None, part="interviewer")


async def _people(session: AsyncSession, booking: Booking) -> tuple[Party, tuple[Party, ...]]:
    rows = await session.execute(
        select(Person, Attendee)
        .join(Attendee, col(Attendee.person_id) == col(Person.id))
        .where(col(Attendee.booking_id) == booking.id)
        .order_by(col(Person.id))
    )
    parties = [_party(person, attendee, part=attendee.part) for person, attendee in rows]
    graduate = next((each for each in parties if each.person_id == booking.graduate_id), None)
    if graduate is None:
        person = await session.get_one(Person, booking.graduate_id)
        graduate = _party(person, None, part=GRADUATE)
    return graduate, tuple(each for each in parties if each.person_id != booking.graduate_id)


def _party(person: Person, attendee: Attendee | None, *, part: str) -> Party:
    return Party(
        person_id=PersonId(person.id or 0),
        name=Name(person.name, person.name_latin),
        mailbox=person.email,
        locale=person.locale,
        zone=person.zone,
        part=part,
        partstat=attendee.partstat if attendee else "NEEDS-ACTION",
        last_sent_sequence=attendee.last_sent_sequence if attendee else None,
    )

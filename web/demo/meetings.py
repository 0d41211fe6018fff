"""The slots and bookings of the sample, and the demo's own interview in ten minutes."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import Attendee, Booking, BookingId, BookingState
from interviews.bookings.rules import GAP
from interviews.consents.models import Consent
from interviews.consents.service import SHARE_PROFILE, TEXT_VERSIONS
from interviews.employers.models import FirmId
from interviews.identity.models import Role
from interviews.jobs.models import JobId
from interviews.occupancy.service import Claim, person_resource, take
from interviews.people.models import PersonId
from interviews.slots.models import Slot, SlotId, SlotInterviewer
from web.demo.people import DEMO_EMAILS
from web.demo.places import Firms
from web.demo.rows import insert_facts, insert_rows
from web.demo.sample import Shift, sample

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
PUBLISHED = timedelta(days=7)  # before now: when slots and bookings were made
DEMO_STARTS = timedelta(minutes=10)
DEMO_LENGTH = timedelta(minutes=30)
DEMO_GRADUATE = "g-001"
DEMO_FIRM = "sme-01"
DEMO_JOB = "job-002"
FREE_JOB = "job-001"  # the demo graduate has no booking for it yet
FREE_AFTER = timedelta(minutes=60)  # the demo's own interview: nobody has two at once
FREE_EVERY = timedelta(minutes=35)
FREE_TIMES = 3
OPENS, CLOSES = time(9), time(18)  # when firms receive people, on the campaign's clock


@dataclass(frozen=True, slots=True)
class Meeting:
    """One seat that somebody has or had."""

    slot: Slot
    slot_id: SlotId
    interviewer: PersonId
    graduate_id: PersonId
    firm_id: FirmId
    sequence: int = 0
    rsvp: str = "NEEDS-ACTION"
    cancelled: bool = False


async def add_meetings(
    session: AsyncSession,
    firms: Firms,
    jobs: dict[str, JobId],
    people: dict[str, PersonId],
    shift: Shift,
    *,
    now: datetime,
) -> None:
    """Thirty slots, and the bookings that were made for them."""
    rows = sample("slots")
    slots = [_slot(row, jobs, people, shift, now=now) for row in rows]
    numbers = await _insert_slots(session, slots, [people[row["interviewer"]] for row in rows])
    by_key = {row["id"]: place for place, row in enumerate(rows)}
    meetings = []
    for row in sample("bookings"):
        place = by_key[row["slot_id"]]
        meetings.append(
            Meeting(
                slots[place],
                numbers[place],
                people[rows[place]["interviewer"]],
                people[row["graduate_id"]],
                firms.ids[rows[place]["sme_id"]],
                sequence=row["ical_sequence"],
                rsvp=row.get("rsvp", "NEEDS-ACTION"),
                cancelled=row["status"].startswith("cancelled"),
            )
        )
    await _insert_meetings(session, meetings, now=now)


def _slot(
    row: dict[str, Any],
    jobs: dict[str, JobId],
    people: dict[str, PersonId],
    shift: Shift,
    *,
    now: datetime,
) -> Slot:
    return _a_slot(
        jobs[row["job_id"]],
        people[row["interviewer"]],
        shift.moment(row["starts_at"]),
        row["minutes"] * MINUTE,
        buffer_after=row["buffer_after"] * MINUTE,
        now=now,
    )


def _a_slot(
    job_id: JobId,
    interviewer: PersonId,
    starts_at: datetime,
    length: timedelta,
    *,
    buffer_after: timedelta,
    now: datetime,
) -> Slot:
    zone = _zone()
    return Slot(
        job_id=job_id,
        starts_at=starts_at,
        ends_at=starts_at + length,
        local_start=starts_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        zone=zone.key,
        buffer_after=buffer_after,
        published_by=interviewer,
        published_at=now - PUBLISHED,
    )


async def add_demo_interview(
    session: AsyncSession,
    firms: Firms,
    jobs: dict[str, JobId],
    people: dict[str, PersonId],
    *,
    now: datetime,
) -> None:
    """One interview whose room both demo accounts may enter at once, and free times after it."""
    recruiter = people[DEMO_EMAILS[Role.RECRUITER]]
    starts_at = _next_minute(now + DEMO_STARTS)
    gap = timedelta(minutes=5)
    soon = _a_slot(jobs[DEMO_JOB], recruiter, starts_at, DEMO_LENGTH, buffer_after=gap, now=now)
    later = [
        _a_slot(jobs[FREE_JOB], recruiter, free_at, DEMO_LENGTH, buffer_after=gap, now=now)
        for free_at in free_times(starts_at + FREE_AFTER, _zone())
    ]
    numbers = await _insert_slots(session, [soon, *later], [recruiter] * (1 + len(later)))
    graduate = people[DEMO_GRADUATE]
    meeting = Meeting(soon, numbers[0], recruiter, graduate, firms.ids[DEMO_FIRM], rsvp="ACCEPTED")
    await _insert_meetings(session, [meeting], now=now)


def free_times(earliest: datetime, zone: ZoneInfo) -> list[datetime]:
    """Times in a row from then on, all on one day while firms are open, else the next morning."""
    lasts = (FREE_TIMES - 1) * FREE_EVERY + DEMO_LENGTH
    day = earliest.astimezone(zone).date()
    first = max(earliest, datetime.combine(day, OPENS, zone).astimezone(UTC))
    if first + lasts > datetime.combine(day, CLOSES, zone):
        first = datetime.combine(day + DAY, OPENS, zone).astimezone(UTC)
    return [first + number * FREE_EVERY for number in range(FREE_TIMES)]


def _zone() -> ZoneInfo:
    return ZoneInfo(sample("campaign")["timezone"])


def _next_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + MINUTE


async def _insert_slots(
    session: AsyncSession, slots: list[Slot], interviewers: list[PersonId]
) -> list[SlotId]:
    numbers = [SlotId(number) for number in await insert_rows(session, slots)]
    panel = [
        SlotInterviewer(slot_id=number, person_id=person)
        for number, person in zip(numbers, interviewers, strict=True)
    ]
    await insert_facts(session, panel)
    return numbers


async def _insert_meetings(
    session: AsyncSession, meetings: list[Meeting], *, now: datetime
) -> None:
    ids = await insert_rows(session, [_booking(meeting, now=now) for meeting in meetings])
    pairs = list(zip(meetings, map(BookingId, ids), strict=True))
    await insert_facts(session, [one for meeting, key in pairs for one in _attendees(meeting, key)])
    await insert_rows(session, [_consent(meeting, now=now) for meeting in meetings])
    live = [(meeting, key) for meeting, key in pairs if not meeting.cancelled]
    await take(session, [claim for meeting, key in live for claim in _claims(meeting, key)])


def _booking(meeting: Meeting, *, now: datetime) -> Booking:
    made = now - PUBLISHED
    return Booking(
        slot_id=meeting.slot_id,
        graduate_id=meeting.graduate_id,
        job_id=meeting.slot.job_id,
        state=BookingState.CANCELLED if meeting.cancelled else BookingState.CONFIRMED,
        uid=str(uuid4()),
        sequence=meeting.sequence,
        token=secrets.token_hex(16),
        moves=0 if meeting.cancelled else meeting.sequence,
        created_at=made,
        confirmed_at=made,
        changed_at=made,
        cancelled_by=meeting.graduate_id if meeting.cancelled else None,
        cancel_reason="时间冲突" if meeting.cancelled else "",
    )


def _attendees(meeting: Meeting, booking_id: BookingId) -> list[Attendee]:
    parts = (
        (meeting.graduate_id, "graduate", meeting.rsvp),
        (meeting.interviewer, "interviewer", "ACCEPTED"),
    )
    return [
        Attendee(
            booking_id=booking_id,
            person_id=person_id,
            part=part,
            partstat=partstat,
            last_sent_sequence=meeting.sequence,
        )
        for person_id, part, partstat in parts
    ]


def _consent(meeting: Meeting, *, now: datetime) -> Consent:
    return Consent(
        person_id=meeting.graduate_id,
        purpose=SHARE_PROFILE,
        recipient=f"firm:{meeting.firm_id}",
        text_version=TEXT_VERSIONS[SHARE_PROFILE],
        given_at=now - PUBLISHED,
    )


def _claims(meeting: Meeting, booking_id: BookingId) -> tuple[Claim, Claim]:
    slot = meeting.slot
    panel = Claim(
        person_resource(meeting.interviewer),
        slot.starts_at - slot.buffer_before,
        slot.ends_at + slot.buffer_after,
        slot_id=meeting.slot_id,
    )
    own = Claim(
        person_resource(meeting.graduate_id),
        slot.starts_at,
        slot.ends_at + GAP,
        booking_id=booking_id,
    )
    return panel, own

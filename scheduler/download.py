"""The calendar file that a page offers to somebody who takes part."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingId, BookingState
from interviews.people.models import PersonId
from scheduler.building import Builder
from scheduler.interview import load_interview


async def calendar_download(
    session: AsyncSession,
    booking_id: BookingId,
    person_id: PersonId,
    *,
    builder: Builder,
    now: datetime,
) -> bytes | None:
    """The .ics with this person's own links; None unless they take part in a confirmed booking."""
    interview = await load_interview(session, booking_id)
    party = interview.party(person_id) if interview else None
    if interview is None or party is None or interview.state is not BookingState.CONFIRMED:
        return None
    return builder.file(interview, party, now=now)

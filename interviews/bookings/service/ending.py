"""A booking as those who may end it see it, and the compare-and-swap that ends it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Agreement
from interviews.bookings.models import BookingId, BookingState
from interviews.bookings.refusals import NotYours
from interviews.bookings.service.claims import free_claims, lock_slots
from interviews.bookings.service.reading import BOOKING, IS_LIVE, JOB, PANEL, SLOT
from interviews.database import Stale, connection_of, table_of
from interviews.employers.models import Recruiter
from interviews.people.models import PersonId
from interviews.slots.models import SlotId

RECRUITER = table_of(Recruiter)
FOUND = (
    select(
        BOOKING.c.id, BOOKING.c.slot_id, BOOKING.c.graduate_id, BOOKING.c.state, BOOKING.c.uid,
        BOOKING.c.sequence, SLOT.c.starts_at, SLOT.c.ends_at,
        PANEL.c.person_id.label("interviewer_id"), RECRUITER.c.person_id.label("recruiter_id"),
    )
    .join_from(BOOKING, SLOT, SLOT.c.id == BOOKING.c.slot_id)
    .join(JOB, JOB.c.id == BOOKING.c.job_id)
    .outerjoin(PANEL, (PANEL.c.slot_id == SLOT.c.id) & (PANEL.c.person_id == bindparam("by")))
    .outerjoin(
        RECRUITER,
        (RECRUITER.c.firm_id == JOB.c.firm_id) & (RECRUITER.c.person_id == bindparam("by")),
    )
    .where(BOOKING.c.id == bindparam("booking_id"))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A booking, and what the asking person is to it."""

    id: BookingId
    slot_id: SlotId
    graduate_id: PersonId
    state: str
    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    is_own: bool
    is_firms: bool


async def find(session: AsyncSession, booking_id: BookingId, by: PersonId) -> Found:
    """The booking, for its graduate, its panel and the recruiters of its firm.

    Raises:
        NotYours: there is no such booking, or it is nobody's business of theirs.
    """
    connection = await connection_of(session)
    row: Any = (await connection.execute(FOUND, {"booking_id": booking_id, "by": by})).first()
    if row is None:
        raise NotYours
    is_own = row.graduate_id == by
    is_firms = row.interviewer_id is not None or row.recruiter_id is not None
    if not (is_own or is_firms):
        raise NotYours
    values: tuple[Any, ...] = (*row[:8], is_own, is_firms)
    return Found(*values)


async def end(
    session: AsyncSession, found: Found, state: BookingState, *, now: datetime, **values: object
) -> Agreement:
    """Bring a live booking to an end state and free what it claims.

    Raises:
        Stale: it was changed since it was found.
    """
    await lock_slots(session, [found.slot_id])
    change = (
        BOOKING.update()
        .where(
            BOOKING.c.id == found.id,
            BOOKING.c.slot_id == found.slot_id,
            BOOKING.c.sequence == found.sequence,
            BOOKING.c.state == found.state,
            IS_LIVE,
        )
        .values(state=state, changed_at=now, **values)
    )
    connection = await connection_of(session)
    if (await connection.execute(change)).rowcount != 1:
        raise Stale
    await free_claims(session, bookings=[found.id], slots=[found.slot_id])
    return Agreement(
        booking_id=found.id,
        slot_id=found.slot_id,
        graduate_id=found.graduate_id,
        state=state,
        uid=found.uid,
        sequence=int(str(values.get("sequence", found.sequence))),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
    )

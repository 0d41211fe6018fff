"""The refusal of a time that somebody else has, with the nearest times that are free."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingId
from interviews.bookings.refusals import GraduateBusy, HoldExpired, SlotTaken
from interviews.bookings.rules import LiveBooking, Offer
from interviews.bookings.service.claims import Owned
from interviews.bookings.service.free import nearest_free
from interviews.bookings.service.reading import BOOKING, JOB
from interviews.database import connection_of
from interviews.occupancy.service import person_resource
from interviews.people.models import PersonId
from interviews.slots.models import FreeSlot

EXPIRED = (
    select(BOOKING.c.id)
    .where(
        BOOKING.c.slot_id == bindparam("slot_id"),
        BOOKING.c.graduate_id == bindparam("graduate_id"),
        BOOKING.c.state == literal_column("'expired'"),
    )
    .limit(1)
)


async def refuse(
    session: AsyncSession,
    offer: Offer,
    graduate_id: PersonId,
    blockers: Iterable[Owned],
    *,
    now: datetime,
    moving: BookingId | None = None,
    suggest: bool = True,
) -> None:
    """Say who is in the way: the graduate's own other interview, or somebody else.

    Without `suggest` the refusal names no free times: a page that lists them all asks only once.

    Raises:
        GraduateBusy: names the booking that lies less than ten minutes away.
        HoldExpired: this graduate had held the time.
        SlotTaken: in every other case.
    """
    nearest: tuple[FreeSlot, ...] = ()
    if suggest:
        nearest = await nearest_free(
            session, offer, graduate_id=graduate_id, now=now, moving=moving
        )
    own = person_resource(graduate_id)
    for owned in blockers:
        if owned.claim.resource == own and owned.booking.graduate_id == graduate_id:
            raise GraduateBusy(
                booking_id=owned.booking.id,
                starts_at=owned.booking.starts_at,
                ends_at=owned.booking.ends_at,
                job_title=await _title(session, owned.booking),
                nearest=nearest,
            )
    if await _had_held(session, offer, graduate_id):
        raise HoldExpired(nearest)
    raise SlotTaken(nearest)


async def _title(session: AsyncSession, booking: LiveBooking) -> str:
    query = select(JOB.c.title_zh).where(JOB.c.id == booking.job_id)
    return str((await session.execute(query)).scalar_one())


async def _had_held(session: AsyncSession, offer: Offer, graduate_id: PersonId) -> bool:
    connection = await connection_of(session)
    asked = {"slot_id": offer.slot_id, "graduate_id": graduate_id}
    return (await connection.execute(EXPIRED, asked)).first() is not None

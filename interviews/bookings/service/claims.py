"""What a booking claims, who stands behind the claims of others, and how claims are freed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingId, BookingState
from interviews.bookings.rules import GAP, LiveBooking, Offer
from interviews.bookings.service.reading import BOOKING, IS_LIVE, LIVE_COLUMNS, SLOT
from interviews.database import UtcDateTime, connection_of
from interviews.occupancy.service import COLUMNS, OCCUPANCY, Claim, give_back, person_resource
from interviews.people.models import PersonId
from interviews.slots.models import SlotId

OWNERS = (
    select(*(OCCUPANCY.c[name] for name in COLUMNS), *LIVE_COLUMNS)
    .join_from(
        OCCUPANCY,
        BOOKING,
        or_(BOOKING.c.id == OCCUPANCY.c.booking_id, BOOKING.c.slot_id == OCCUPANCY.c.slot_id),
    )
    .join(SLOT, SLOT.c.id == BOOKING.c.slot_id)
    .where(
        OCCUPANCY.c.resource.in_(bindparam("resources", expanding=True)),
        OCCUPANCY.c.starts_at < bindparam("until"),
        OCCUPANCY.c.ends_at > bindparam("since"),
        IS_LIVE,
    )
)
END_HOLDS = (
    BOOKING.update()
    .where(BOOKING.c.id.in_(bindparam("ids", expanding=True)))
    .where(BOOKING.c.state == literal_column("'held'"))
    .values(state=literal_column("'expired'"), changed_at=bindparam("now", type_=UtcDateTime))
)
LOCK = (
    select(SLOT.c.id)
    .where(SLOT.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(SLOT.c.id)
    .with_for_update(key_share=True)
)
HAS_LIVE_SEATS = exists(
    select(literal_column("1"))
    .select_from(BOOKING)
    .where(BOOKING.c.slot_id == OCCUPANCY.c.slot_id, IS_LIVE)
    .correlate(OCCUPANCY)
)


@dataclass(frozen=True, slots=True)
class Owned:
    """A claim and one live booking behind it; a group slot's claim comes once for each seat."""

    claim: Claim
    booking: LiveBooking


def panel_claims(offer: Offer) -> list[Claim]:
    """What the panel's first seat claims: the slot with its buffers, for every interviewer."""
    begin = offer.starts_at - offer.buffer_before
    end = offer.ends_at + offer.buffer_after
    return [
        Claim(person_resource(person), begin, end, slot_id=offer.slot_id) for person in offer.panel
    ]


def graduate_claim(
    offer: Offer, graduate_id: PersonId, booking_id: BookingId | None = None
) -> Claim:
    """What one booking claims: the graduate, and the ten minutes after (Q2)."""
    resource = person_resource(graduate_id)
    return Claim(resource, offer.starts_at, offer.ends_at + GAP, booking_id=booking_id)


async def owners(
    session: AsyncSession, resources: Collection[str], *, since: datetime, until: datetime
) -> list[Owned]:
    """The claims on these resources in [since, until), each with the bookings behind it."""
    connection = await connection_of(session)
    parameters = {"resources": sorted(resources), "since": since, "until": until}
    rows: list[Any] = list(await connection.execute(OWNERS, parameters))
    width = len(COLUMNS)
    return [Owned(Claim(*row[:width]), LiveBooking(*row[width:])) for row in rows]


async def in_the_way(session: AsyncSession, claims: Sequence[Claim]) -> list[Owned]:
    """What stands against any of these claims."""
    found = await owners(
        session,
        {claim.resource for claim in claims},
        since=min(claim.starts_at for claim in claims),
        until=max(claim.ends_at for claim in claims),
    )
    return [
        owned
        for owned in found
        if any(
            claim.resource == owned.claim.resource
            and claim.overlaps(owned.claim.starts_at, owned.claim.ends_at)
            for claim in claims
        )
    ]


async def lock_slots(session: AsyncSession, slots: Iterable[SlotId]) -> None:
    """Lock the rows of these slots in the order of their ids; SQLite has one writer anyway."""
    connection = await connection_of(session)
    await connection.execute(LOCK, {"ids": sorted(set(slots))})


async def end_holds(
    session: AsyncSession, holds: Collection[LiveBooking], *, now: datetime
) -> None:
    """End these holds and free what nobody else uses; their slots must be locked."""
    if not holds:
        return
    ids = [hold.id for hold in holds]
    connection = await connection_of(session)
    await connection.execute(END_HOLDS, {"ids": ids, "now": now})
    await free_claims(session, bookings=ids, slots=[hold.slot_id for hold in holds])


async def free_claims(
    session: AsyncSession, *, bookings: Sequence[BookingId], slots: Sequence[SlotId]
) -> None:
    """Free the claims of ended bookings; the last seat of a slot frees its panel."""
    await give_back(session, bookings=bookings, slots=slots, still_used=HAS_LIVE_SEATS)


def makes_room(booking: LiveBooking, graduate_id: PersonId, *, now: datetime) -> bool:
    """Whether this hold gives way: its time is over, or its own graduate wants something else."""
    return booking.is_expired(now) or (
        booking.state == BookingState.HELD and booking.graduate_id == graduate_id
    )

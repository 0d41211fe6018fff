"""Which slots are free at this moment: for anybody, or as one graduate sees them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingId
from interviews.bookings.rules import GAP, Phase
from interviews.bookings.service.claims import Owned, makes_room, owners
from interviews.bookings.service.reading import (
    BOOKING,
    CAMPAIGN,
    DAY,
    FIRM,
    IS_LIVE,
    JOB,
    PANEL,
    PHASE,
    PHASE_COLUMNS,
    SLOT,
    phase_of,
)
from interviews.database import connection_of
from interviews.employers.rules import firm_may_recruit
from interviews.jobs.models import JobId
from interviews.occupancy.service import person_resource
from interviews.people.models import PersonId
from interviews.slots.models import FreeSlot
from interviews.slots.ranges import TimeRange

NEAR = timedelta(days=14)  # nobody calls a time two weeks away the nearest
FAR = timedelta(days=400)  # the longest span that the slot rules answer

PHASES = (
    select(*PHASE_COLUMNS)
    .join_from(PHASE, CAMPAIGN, CAMPAIGN.c.id == PHASE.c.campaign_id)
    .where(PHASE.c.ends_on >= bindparam("today"))
)
TAKEN_FOR_GOOD = (  # seats that are agreed on; a hold may yet give way
    select(func.count())
    .select_from(BOOKING)
    .where(
        BOOKING.c.slot_id == SLOT.c.id, BOOKING.c.state == literal_column("'confirmed'"), IS_LIVE
    )
    .scalar_subquery()
)
OPEN_SLOTS = (
    select(
        SLOT.c.id, SLOT.c.job_id, SLOT.c.starts_at, SLOT.c.ends_at, SLOT.c.local_start,
        SLOT.c.zone, SLOT.c.capacity, SLOT.c.buffer_before, SLOT.c.buffer_after,
        FIRM.c.verified_at, FIRM.c.recheck_due_on, PANEL.c.person_id,
    )
    .join_from(SLOT, JOB, JOB.c.id == SLOT.c.job_id)
    .join(FIRM, FIRM.c.id == JOB.c.firm_id)
    .join(PANEL, PANEL.c.slot_id == SLOT.c.id)
    .where(
        SLOT.c.job_id.in_(bindparam("jobs", expanding=True)),
        SLOT.c.state == literal_column("'open'"),
        SLOT.c.starts_at >= bindparam("since"),
        SLOT.c.starts_at < bindparam("until"),
        JOB.c.state == literal_column("'approved'"),
        JOB.c.valid_through > bindparam("now"),
        SLOT.c.capacity > TAKEN_FOR_GOOD,
    )
    .order_by(SLOT.c.starts_at, SLOT.c.id, PANEL.c.person_id)
)  # fmt: skip


class SlotLike(Protocol):
    """A slot whose neighbours are asked for."""

    @property
    def job_id(self) -> JobId: ...
    @property
    def starts_at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class _Open:
    """An open slot before we know who claims its panel."""

    slot: FreeSlot
    begin: datetime
    end: datetime
    verified_at: datetime | None
    recheck_due_on: date | None


async def free_slots(
    session: AsyncSession,
    job_id: JobId,
    graduate_id: PersonId | None,
    *,
    now: datetime,
    between: TimeRange | None = None,
    moving: BookingId | None = None,
) -> list[FreeSlot]:
    """The slots of a job that may be booked now, earliest first; three statements.

    A graduate sees the slot that they hold as free, and slots that clash with another interview
    of theirs with its id in `clash`. With `moving`, that booking is treated as already gone,
    and its own slot is left out.
    """
    return await free_slots_of(
        session, [job_id], graduate_id, now=now, between=between, moving=moving
    )


async def free_slots_of(
    session: AsyncSession,
    jobs: Sequence[JobId],
    graduate_id: PersonId | None,
    *,
    now: datetime,
    between: TimeRange | None = None,
    moving: BookingId | None = None,
) -> list[FreeSlot]:
    """The slots of several jobs that may be booked now, earliest first; three statements."""
    connection = await connection_of(session)
    phases = [
        phase_of(row) for row in await connection.execute(PHASES, {"today": now.date() - DAY})
    ]
    parameters = {
        "jobs": list(jobs),
        "since": now if between is None else max(now, between.start),
        "until": now + FAR if between is None else between.end,
        "now": now,
    }
    rows: list[Any] = list(await connection.execute(OPEN_SLOTS, parameters))
    offered = [found for found in _grouped(rows) if _is_offered(found, phases, now)]
    if not offered:
        return []
    resources = {person_resource(person) for found in offered for person in found.slot.panel}
    if graduate_id is not None:
        resources.add(person_resource(graduate_id))
    claims = await owners(
        session,
        resources,
        since=min(found.begin for found in offered),
        until=max(found.end for found in offered) + GAP,
    )
    by_resource: dict[str, list[Owned]] = {}
    left = set()
    for owned in claims:
        if owned.booking.id == moving:
            left.add(owned.booking.slot_id)
        else:
            by_resource.setdefault(owned.claim.resource, []).append(owned)
    seen = (
        _as_seen(found, by_resource, graduate_id, now)
        for found in offered
        if found.slot.slot_id not in left
    )
    return [slot for slot in seen if slot is not None]


def _grouped(rows: Iterable[Any]) -> Iterable[_Open]:
    """One value a slot, of rows that come once for each interviewer."""
    found: dict[int, _Open] = {}
    for row in rows:
        known = found.get(row.id)
        panel = (*(known.slot.panel if known else ()), row.person_id)
        slot = FreeSlot(
            row.id, row.job_id, row.starts_at, row.ends_at, row.local_start, row.zone,
            row.capacity, panel,
        )  # fmt: skip
        begin, end = row.starts_at - row.buffer_before, row.ends_at + row.buffer_after
        found[row.id] = _Open(slot, begin, end, row.verified_at, row.recheck_due_on)
    return found.values()


def _is_offered(found: _Open, phases: Sequence[Phase], now: datetime) -> bool:
    """Whether a phase holds the day, its notice is kept and the firm's check is not overdue."""
    starts_at = found.slot.starts_at
    for phase in phases:
        if phase.holds(starts_at):
            return now <= starts_at - phase.notice and firm_may_recruit(found, phase.day(now))
    return False


def _as_seen(
    found: _Open, claims: dict[str, list[Owned]], graduate_id: PersonId | None, now: datetime
) -> FreeSlot | None:
    """The slot with its seats, as this graduate sees it; None when it is not free."""
    slot = found.slot
    seats: dict[int, Owned] = {}
    for person in slot.panel:
        for owned in claims.get(person_resource(person), ()):
            if owned.claim.slot_id == slot.slot_id:
                seats[owned.booking.id] = owned
            elif owned.claim.overlaps(found.begin, found.end) and not _gives_way(
                owned, graduate_id, now
            ):
                return None
    standing = [owned for owned in seats.values() if not _gives_way(owned, graduate_id, now)]
    left = slot.seats_left - len(standing)
    if left <= 0:
        return None
    held_until, clash = None, None
    if graduate_id is not None:
        held_until = _held_until(seats.values(), graduate_id, now)
        clash = _clash(slot, claims.get(person_resource(graduate_id), ()), graduate_id, now)
    return replace(slot, seats_left=left, held_until=held_until, clash=clash)


def _gives_way(owned: Owned, graduate_id: PersonId | None, now: datetime) -> bool:
    if graduate_id is None:
        return owned.booking.is_expired(now)
    return makes_room(owned.booking, graduate_id, now=now)


def _held_until(seats: Iterable[Owned], graduate_id: PersonId, now: datetime) -> datetime | None:
    for owned in seats:
        booking = owned.booking
        if booking.graduate_id == graduate_id and booking.is_hold and not booking.is_expired(now):
            return booking.expires_at
    return None


def _clash(
    slot: FreeSlot, claims: Iterable[Owned], graduate_id: PersonId, now: datetime
) -> BookingId | None:
    """The interview of this graduate that is less than ten minutes away."""
    for owned in claims:
        near = owned.claim.overlaps(slot.starts_at, slot.ends_at + GAP)
        if near and not makes_room(owned.booking, graduate_id, now=now):
            return owned.booking.id
    return None


async def nearest_free(
    session: AsyncSession,
    slot: SlotLike,
    *,
    now: datetime,
    graduate_id: PersonId | None = None,
    count: int = 3,
    moving: BookingId | None = None,
) -> tuple[FreeSlot, ...]:
    """The free slots of the same job that start closest to this one, the closest first."""
    around = TimeRange(slot.starts_at - NEAR, slot.starts_at + NEAR)
    free = await free_slots(
        session, slot.job_id, graduate_id, now=now, between=around, moving=moving
    )
    return nearest_of(free, slot, count=count)


def nearest_of(free: Iterable[FreeSlot], slot: SlotLike, *, count: int = 3) -> tuple[FreeSlot, ...]:
    """Those of the free slots that start closest to this one, the closest first."""
    others = [
        other
        for other in free
        if other.clash is None and timedelta(0) < abs(other.starts_at - slot.starts_at) <= NEAR
    ]
    others.sort(key=lambda other: (abs(other.starts_at - slot.starts_at), other.starts_at))
    return tuple(others[:count])

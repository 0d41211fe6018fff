"""Claims on people's time: taken in one statement, given back in one; the database is the judge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, not_, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.database import connection_of, is_overlap, table_of
from interviews.occupancy.models import Occupancy
from interviews.people.models import PersonId

OCCUPANCY = table_of(Occupancy)
COLUMNS = ("resource", "starts_at", "ends_at", "slot_id", "booking_id")


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """A resource is taken in [starts_at, ends_at); a slot or a booking owns it, never both."""

    resource: str
    starts_at: datetime
    ends_at: datetime
    slot_id: int | None = None
    booking_id: int | None = None

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether some moment of [starts_at, ends_at) is taken."""
        return self.starts_at < ends_at and starts_at < self.ends_at


def person_resource(person_id: PersonId) -> str:
    """The name under which a person's time is claimed."""
    return f"person:{person_id}"


class Overlap(Exception):  # noqa: N818  the database's answer; a verb turns it into a refusal
    """Somebody else has claimed some of that time; nothing of the statement may be kept."""


async def take(session: AsyncSession, claims: Iterable[Claim]) -> None:
    """Claim all or nothing, in one statement sorted by (resource, start) against deadlocks.

    Call it inside of a savepoint: on PostgreSQL the rows that do not overlap are there until the
    savepoint is rolled back.

    Raises:
        Overlap: the database refuses one of the claims.
    """
    rows = sorted(claims, key=lambda claim: (claim.resource, claim.starts_at))
    parameters = {
        f"{name}_{number}": getattr(claim, name)
        for number, claim in enumerate(rows)
        for name in COLUMNS
    }
    connection = await connection_of(session)
    try:
        done = await connection.execute(_insertion(len(rows)), parameters)
    except IntegrityError as error:
        if is_overlap(error):
            raise Overlap from error
        raise
    if done.rowcount < len(rows):
        raise Overlap


@lru_cache(maxsize=16)
def _insertion(count: int) -> TextClause:
    """As text, because SQLAlchemy compiles a many-row INSERT anew every time.

    Two plain inserts against one EXCLUDE constraint would deadlock: each puts its row into the
    index, then waits for the other. With ON CONFLICT they look first, and leave a refused row
    out; SQLite's trigger raises all the same.
    """
    rows = ", ".join(
        "(" + ", ".join(f":{name}_{number}" for name in COLUMNS) + ")" for number in range(count)
    )
    parameters = [
        bindparam(f"{name}_{number}", type_=OCCUPANCY.c[name].type)
        for number in range(count)
        for name in COLUMNS
    ]
    into = f"INSERT INTO occupancy ({', '.join(COLUMNS)})"
    return text(f"{into} VALUES {rows} ON CONFLICT DO NOTHING").bindparams(*parameters)


async def give_back(
    session: AsyncSession,
    *,
    bookings: Sequence[int],
    slots: Sequence[int],
    still_used: ColumnElement[bool],
) -> None:
    """Free what these bookings claim, and what those slots claim that are not `still_used`."""
    of_bookings = OCCUPANCY.c.booking_id.in_(bookings)
    of_slots = and_(OCCUPANCY.c.slot_id.in_(slots), not_(still_used))
    connection = await connection_of(session)
    await connection.execute(OCCUPANCY.delete().where(or_(of_bookings, of_slots)))


async def claims_on(
    session: AsyncSession, resources: Sequence[str], *, starts_at: datetime, ends_at: datetime
) -> list[Claim]:
    """The claims on these resources that overlap [starts_at, ends_at), in order."""
    row = OCCUPANCY.c
    rows = await session.execute(
        select(*(row[name] for name in COLUMNS))
        .where(row.resource.in_(resources), row.starts_at < ends_at, row.ends_at > starts_at)
        .order_by(row.resource, row.starts_at)
    )
    return [Claim(*found) for found in rows]

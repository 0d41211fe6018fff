"""Outbox rows as the drain handles them: claimed with a lease, then ended or put off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from interviews.bookings.models import BookingId
from interviews.outbox import Outbox, OutboxId, OutboxKind
from interviews.people.models import PersonId
from interviews.slots.models import SlotId
from scheduler.invites.values import Method

ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=30)  # a greylisting server lets the second try in
LONGEST_WAIT = timedelta(hours=2)
REASON_LENGTH = 500  # characters that outbox.last_error holds


@dataclass(frozen=True, slots=True)
class Claimed:
    """One row that is ours until `until`; `attempts` counts this one."""

    id: OutboxId
    key: str
    kind: OutboxKind
    recipient_id: PersonId
    payload: dict[str, Any]
    attempts: int
    until: datetime

    @property
    def booking_id(self) -> BookingId:
        return BookingId(self.payload["booking"])

    @property
    def slot_id(self) -> SlotId:
        return SlotId(self.payload["slot"])

    @property
    def sequence(self) -> int:
        return int(self.payload["sequence"])

    @property
    def method(self) -> Method:
        return Method(self.payload["method"])


def wait_after(attempts: int) -> timedelta:
    """How long a mail rests after so many attempts: 30 s, doubled each time, at most 2 h."""
    doublings: int = 2 ** (attempts - 1)
    return min(FIRST_WAIT * doublings, LONGEST_WAIT)


async def claim(
    session: AsyncSession, *, limit: int, lease: timedelta, now: datetime
) -> tuple[Claimed, ...]:
    """Take up to `limit` due rows, the longest due first; no other drain sees them until then.

    A person's invites leave one after the other: while an older one is under way, newer wait.
    """
    row, older = col(Outbox.id), aliased(Outbox)
    under_way = exists().where(
        col(older.recipient_id) == col(Outbox.recipient_id),
        col(older.id) < row,
        col(older.kind) == OutboxKind.INVITE,
        col(Outbox.kind) == OutboxKind.INVITE,
        col(older.sent_at).is_(None),
        col(older.failed_at).is_(None),
        col(older.claimed_until) > now,
    )
    due = (
        select(row.label("id"))
        .where(
            _open(),
            col(Outbox.due_at) <= now,
            or_(col(Outbox.claimed_until).is_(None), col(Outbox.claimed_until) <= now),
            ~under_way,
        )
        .order_by(col(Outbox.due_at), row)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite says nothing here: its writers queue anyway
        .cte("due")  # evaluated once; as a subquery PostgreSQL may run it again and lock too much
    )
    rows = await session.execute(
        update(Outbox)
        .where(row.in_(select(due.c.id)))
        .values(claimed_until=now + lease, attempts=Outbox.attempts + 1)
        .returning(Outbox)
        .execution_options(synchronize_session=False)
    )
    return tuple(sorted((_claimed(each) for each in rows.scalars()), key=lambda each: each.id))


async def still_ours(session: AsyncSession, row: Claimed) -> bool:
    """Whether nobody else has taken the row since we claimed it."""
    until = await session.scalar(
        select(col(Outbox.claimed_until)).where(col(Outbox.id) == row.id, _open())
    )
    return until == row.until


async def mark_sent(session: AsyncSession, row: Claimed, *, now: datetime) -> None:
    """The mail has left; a letter's parameters, secrets among them, are forgotten."""
    await _end(session, row, sent_at=now)


async def mark_skipped(session: AsyncSession, row: Claimed, why: str, *, now: datetime) -> None:
    """No mail was needed any more."""
    await _end(session, row, sent_at=now, skipped=True, last_error=why)


async def put_off(session: AsyncSession, row: Claimed, why: str, *, now: datetime) -> bool:
    """Try again later, or give up after the last attempt; answers whether it was given up."""
    over = row.attempts >= ATTEMPTS
    if over:
        await give_up(session, row, why, now=now)
        return True
    await _change(session, row, due_at=now + wait_after(row.attempts), last_error=_cut(why))
    return False


async def give_up(session: AsyncSession, row: Claimed, why: str, *, now: datetime) -> None:
    """The mail has failed; the administrator sees why and may send it again."""
    await _change(session, row, failed_at=now, last_error=_cut(why))


async def left_before(session: AsyncSession, row: Claimed) -> Sequence[Outbox]:
    """The other invites of this booking that may have reached this person, oldest first.

    That is: sent, or handed over by a process that died before it could learn what came of it.
    """
    rows = await session.scalars(
        select(Outbox)
        .where(
            col(Outbox.recipient_id) == row.recipient_id,
            col(Outbox.kind) == OutboxKind.INVITE,
            col(Outbox.dedupe_key).startswith(f"{row.booking_id}:", autoescape=True),
            col(Outbox.id) != row.id,
        )
        .order_by(col(Outbox.id))
    )
    return [each for each in rows if each.payload.get("left")]


async def note_left(session: AsyncSession, row: Claimed, *, left: bool) -> None:
    """Write on an invite's row whether it may have left the house."""
    payload = {**row.payload, "left": True} if left else row.payload
    await session.execute(update(Outbox).where(col(Outbox.id) == row.id).values(payload=payload))


async def _end(session: AsyncSession, row: Claimed, **values: Any) -> None:
    """Sent is sent, even if the lease was lost meanwhile."""
    if row.kind is OutboxKind.LETTER:
        values["payload"] = {"letter": row.payload["letter"]}
    await session.execute(
        update(Outbox)
        .where(col(Outbox.id) == row.id)
        .values(claimed_until=None, failed_at=None, **{"last_error": "", **values})
    )


async def _change(session: AsyncSession, row: Claimed, **values: Any) -> None:
    """Only while the row is ours: another drain may have it by now."""
    await session.execute(
        update(Outbox)
        .where(_open(), col(Outbox.id) == row.id, col(Outbox.claimed_until) == row.until)
        .values(claimed_until=None, **values)
    )


def _open() -> Any:
    return and_(col(Outbox.sent_at).is_(None), col(Outbox.failed_at).is_(None))


def _cut(why: str) -> str:
    return why[:REASON_LENGTH]


def _claimed(row: Outbox) -> Claimed:
    if row.id is None or row.claimed_until is None:
        raise AssertionError("a claimed row has an id and a lease")
    return Claimed(
        id=row.id,
        key=row.dedupe_key,
        kind=OutboxKind(row.kind),
        recipient_id=row.recipient_id,
        payload=row.payload,
        attempts=row.attempts,
        until=row.claimed_until,
    )

"""What became of an interview so far, as one of its people was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingId
from interviews.bookings.service.reading import SLOT
from interviews.bookings.service.telling import CANCEL
from interviews.database import table_of
from interviews.outbox import Outbox, OutboxKind
from interviews.people.models import PersonId

OUTBOX = table_of(Outbox)


class Turn(StrEnum):
    """What an invite told."""

    BOOKED = "booked"
    MOVED = "moved"
    UPDATED = "updated"
    CANCELLED = "cancelled"


class Carried(StrEnum):
    """What became of the mail."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Told:
    """One turn of an interview; `starts_at` is when it was to begin from then on."""

    turn: Turn
    at: datetime
    starts_at: datetime
    carried: Carried


async def history(
    session: AsyncSession, booking_id: BookingId, person_id: PersonId
) -> tuple[Told, ...]:
    """Every turn that this person was told of, the oldest first."""
    rows = await session.execute(
        select(OUTBOX.c.payload, OUTBOX.c.created_at, OUTBOX.c.sent_at, OUTBOX.c.failed_at)
        .where(
            OUTBOX.c.recipient_id == person_id,
            OUTBOX.c.kind == OutboxKind.INVITE,
            OUTBOX.c.dedupe_key.startswith(f"{booking_id}:", autoescape=True),
        )
        .order_by(OUTBOX.c.id)
    )
    mails: list[Any] = list(rows)
    starts = await _starts(session, [mail.payload["slot"] for mail in mails])
    told: list[Told] = []
    before: int | None = None
    for mail in mails:
        slot = mail.payload["slot"]
        turn = _turn(mail.payload["method"], before, slot)
        told.append(Told(turn, mail.created_at, starts[slot], _carried(mail)))
        before = slot
    return tuple(told)


async def _starts(session: AsyncSession, slots: Sequence[int]) -> dict[int, datetime]:
    rows = await session.execute(
        select(SLOT.c.id, SLOT.c.starts_at).where(SLOT.c.id.in_(set(slots)))
    )
    return {row.id: row.starts_at for row in rows}


def _turn(method: str, before: int | None, slot: int) -> Turn:
    if method == CANCEL:
        return Turn.CANCELLED
    if before is None:
        return Turn.BOOKED
    return Turn.UPDATED if before == slot else Turn.MOVED


def _carried(mail: Any) -> Carried:
    if mail.sent_at is not None:
        return Carried.SENT
    return Carried.FAILED if mail.failed_at is not None else Carried.WAITING

"""Mail that was given up: shown to the administrator, sent again on request."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.outbox import Outbox, OutboxId, OutboxKind
from interviews.people.models import Person
from scheduler.refusals import MailNotFailed


@dataclass(frozen=True, slots=True)
class FailedMail:
    """One line of the administrator's list."""

    id: OutboxId
    kind: OutboxKind
    what: str  # the letter's name, or REQUEST or CANCEL
    recipient_name: str
    recipient_mailbox: str
    attempts: int
    created_at: datetime
    failed_at: datetime
    reason: str


async def failed_mail(session: AsyncSession, *, limit: int = 200) -> tuple[FailedMail, ...]:
    """What was given up, the latest first."""
    rows = await session.execute(
        select(Outbox, Person)
        .join(Person, col(Person.id) == col(Outbox.recipient_id))
        .where(col(Outbox.failed_at).is_not(None), col(Outbox.sent_at).is_(None))
        .order_by(col(Outbox.failed_at).desc(), col(Outbox.id).desc())
        .limit(limit)
    )
    return tuple(_line(row, person) for row, person in rows)


async def resend(session: AsyncSession, mail_id: OutboxId, now: datetime) -> None:
    """Let a failed mail start anew, with all its attempts; wake the drain after the commit.

    Raises:
        MailNotFailed: it is unknown, was sent, or is still on its way.
    """
    changed = await session.execute(
        update(Outbox)
        .where(
            col(Outbox.id) == mail_id,
            col(Outbox.failed_at).is_not(None),
            col(Outbox.sent_at).is_(None),
        )
        .values(failed_at=None, attempts=0, due_at=now, last_error="")
        .returning(col(Outbox.id))
    )
    if changed.scalar_one_or_none() is None:
        raise MailNotFailed


def _line(row: Outbox, person: Person) -> FailedMail:
    if row.id is None or row.failed_at is None:
        raise AssertionError("the query asks for failed rows")
    return FailedMail(
        id=row.id,
        kind=OutboxKind(row.kind),
        what=str(row.payload.get("letter") or row.payload.get("method", "")),
        recipient_name=person.name,
        recipient_mailbox=person.email,
        attempts=row.attempts,
        created_at=row.created_at,
        failed_at=row.failed_at,
        reason=row.last_error,
    )

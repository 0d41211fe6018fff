"""Somebody must be told: rows written in the same transaction as what they tell."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import JSON, Column, Field, Index, Integer, SQLModel, text

from interviews.database import UtcDateTime, connection_of, table_of
from interviews.people.models import PersonId

OutboxId = NewType("OutboxId", int)


class OutboxKind(StrEnum):
    """What kind of message a row becomes."""

    INVITE = "invite"  # payload: booking, slot, sequence, method (REQUEST | CANCEL)
    LETTER = "letter"  # payload: letter (its template's name) and its parameters


class Outbox(SQLModel, table=True):
    """One message to one person; `sent_at` or `failed_at` ends it."""

    __table_args__ = (
        Index(
            "ix_outbox_due",
            "due_at",
            sqlite_where=text("sent_at IS NULL AND failed_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND failed_at IS NULL"),
        ),
    )

    id: OutboxId | None = Field(default=None, sa_type=Integer, primary_key=True)
    dedupe_key: str = Field(unique=True, max_length=120)
    kind: str = Field(max_length=20)
    recipient_id: PersonId = Field(sa_type=Integer, foreign_key="person.id", index=True)
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    skipped: bool = False  # ended without a mail: overtaken by a newer message
    failed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_error: str = Field(default="", max_length=500)


@dataclass(frozen=True, slots=True)
class Message:
    """What `tell` needs to know of one message."""

    dedupe_key: str
    kind: OutboxKind
    recipient_id: PersonId
    payload: dict[str, Any]


async def tell(session: AsyncSession, messages: list[Message], *, now: datetime) -> None:
    """Write outbox rows in the caller's transaction; a repeated `dedupe_key` is a fault."""
    rows = [
        {
            "dedupe_key": message.dedupe_key,
            "kind": str(message.kind),
            "recipient_id": message.recipient_id,
            "payload": message.payload,
            "created_at": now,
            "due_at": now,
        }
        for message in messages
    ]
    if rows:
        connection = await connection_of(session)
        await connection.execute(table_of(Outbox).insert(), rows)

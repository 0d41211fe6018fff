"""Offered times and the panels behind them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from sqlmodel import Field, Index, Integer, Interval, SQLModel

from interviews.database import UtcDateTime
from interviews.jobs.models import JobId
from interviews.people.models import PersonId

SlotId = NewType("SlotId", int)


class SlotState(StrEnum):
    """An open slot may be booked; a withdrawn one may not."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A slot that one graduate, or anybody, may book at this moment.

    `held_until` is set while the asking graduate holds it; `clash` is the id of the booking of
    the same graduate that lies less than ten minutes away (then it is shown, but closed).
    """

    slot_id: SlotId
    job_id: JobId
    starts_at: datetime
    ends_at: datetime
    local_start: str
    zone: str
    seats_left: int
    panel: tuple[PersonId, ...]
    held_until: datetime | None = None
    clash: int | None = None


class Slot(SQLModel, table=True):
    """A half-open range offered for a job: local wall time and zone, and the UTC they give."""

    __table_args__ = (Index("ix_slot_job_starts", "job_id", "starts_at"),)

    id: SlotId | None = Field(default=None, sa_type=Integer, primary_key=True)
    job_id: JobId = Field(sa_type=Integer, foreign_key="job.id")
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    local_start: str = Field(max_length=19)  # YYYY-MM-DDTHH:MM:SS on the panel's wall clock
    zone: str = Field(max_length=64)
    buffer_before: timedelta = Field(default=timedelta(0), sa_type=Interval)
    buffer_after: timedelta = Field(default=timedelta(0), sa_type=Interval)
    capacity: int = 1
    state: str = Field(default=SlotState.OPEN, max_length=20)
    published_by: PersonId = Field(sa_type=Integer, foreign_key="person.id")
    published_at: datetime = Field(sa_type=UtcDateTime)


class SlotInterviewer(SQLModel, table=True):
    """One member of a slot's panel."""

    slot_id: SlotId = Field(sa_type=Integer, primary_key=True, foreign_key="slot.id")
    person_id: PersonId = Field(
        sa_type=Integer, primary_key=True, foreign_key="person.id", index=True
    )

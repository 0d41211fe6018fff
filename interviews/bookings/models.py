"""What was agreed: a booking (or the hold before it) and the people in it."""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from sqlmodel import Field, Index, Integer, SQLModel, text

from interviews.database import UtcDateTime
from interviews.jobs.models import JobId
from interviews.people.models import PersonId
from interviews.slots.models import SlotId

BookingId = NewType("BookingId", int)


class BookingState(StrEnum):
    """held > confirmed > done | no_show; cancelled or expired at any point before."""

    HELD = "held"
    CONFIRMED = "confirmed"
    DONE = "done"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


LIVE_STATES = (BookingState.HELD, BookingState.CONFIRMED)
LIVE = "state IN ('held', 'confirmed')"


class Booking(SQLModel, table=True):
    """One seat of one slot for one graduate; `uid` and `sequence` are the calendar's (RFC 5545)."""

    __table_args__ = (
        Index(
            "uq_booking_live_seat",
            "slot_id",
            "seat",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
        Index(
            "uq_booking_one_hold",
            "graduate_id",
            unique=True,
            sqlite_where=text("state = 'held'"),
            postgresql_where=text("state = 'held'"),
        ),
        Index(
            "uq_booking_one_per_job",
            "graduate_id",
            "job_id",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
    )

    id: BookingId | None = Field(default=None, sa_type=Integer, primary_key=True)
    slot_id: SlotId = Field(sa_type=Integer, foreign_key="slot.id", index=True)
    seat: int = 0
    graduate_id: PersonId = Field(sa_type=Integer, foreign_key="person.id", index=True)
    job_id: JobId = Field(sa_type=Integer, foreign_key="job.id", index=True)
    state: str = Field(max_length=20)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of a hold
    uid: str = Field(unique=True, max_length=36)  # random UUID, constant for the booking's life
    sequence: int = 0
    token: str = Field(unique=True, max_length=32)  # unguessable; fills {token} of mail.organizer
    moves: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    cancelled_by: PersonId | None = Field(default=None, sa_type=Integer, foreign_key="person.id")
    cancel_reason: str = Field(default="", max_length=500)


class Attendee(SQLModel, table=True):
    """One person of a booking and what they answered (RFC 5545 §3.2.12)."""

    booking_id: BookingId = Field(sa_type=Integer, primary_key=True, foreign_key="booking.id")
    person_id: PersonId = Field(
        sa_type=Integer, primary_key=True, foreign_key="person.id", index=True
    )
    part: str = Field(max_length=20)  # graduate | interviewer
    partstat: str = Field(default="NEEDS-ACTION", max_length=20)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_sent_sequence: int | None = None  # highest SEQUENCE that left the house for this person

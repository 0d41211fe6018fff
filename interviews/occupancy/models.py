"""One row per resource and claim; the database itself refuses an overlap (migration 0001)."""

from datetime import datetime
from typing import NewType

from sqlmodel import CheckConstraint, Field, Index, Integer, SQLModel

from interviews.database import UtcDateTime

OccupancyId = NewType("OccupancyId", int)


class Occupancy(SQLModel, table=True):
    """`resource` ("person:12") is taken in [starts_at, ends_at) by a slot or a booking."""

    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="range"),
        CheckConstraint("(slot_id IS NULL) <> (booking_id IS NULL)", name="one_owner"),
        Index("ix_occupancy_resource_starts", "resource", "starts_at"),
    )

    id: OccupancyId | None = Field(default=None, sa_type=Integer, primary_key=True)
    resource: str = Field(max_length=40)
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    slot_id: int | None = Field(default=None, foreign_key="slot.id", index=True)
    booking_id: int | None = Field(default=None, foreign_key="booking.id", index=True)

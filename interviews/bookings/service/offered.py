"""The slots that a firm offers, each with its panel and whoever has booked it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.service.reading import JOB, PANEL, SLOT
from interviews.bookings.service.views import PERSON, Interview, bookings_of_slots
from interviews.employers.models import FirmId
from interviews.jobs.models import JobId
from interviews.people.models import PersonId
from interviews.slots.models import SlotId
from interviews.slots.ranges import TimeRange

COLUMNS = (
    SLOT.c.id, SLOT.c.job_id, JOB.c.title_zh, JOB.c.title_en, SLOT.c.starts_at, SLOT.c.ends_at,
    SLOT.c.local_start, SLOT.c.zone, SLOT.c.buffer_before, SLOT.c.buffer_after, SLOT.c.capacity,
    SLOT.c.state,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """One slot of a firm; `panel` maps interviewers to their names."""

    slot_id: SlotId
    job_id: JobId
    title_zh: str
    title_en: str
    starts_at: datetime
    ends_at: datetime
    local_start: str
    zone: str
    buffer_before: timedelta
    buffer_after: timedelta
    capacity: int
    state: str
    panel: dict[PersonId, str]
    interviews: tuple[Interview, ...]

    @property
    def seats_left(self) -> int:
        """How many seats nobody has booked; holds do not count here."""
        return self.capacity - len(self.interviews)


async def offered_slots(
    session: AsyncSession,
    firm_id: FirmId,
    *,
    between: TimeRange | None = None,
    job_id: JobId | None = None,
) -> list[OfferedSlot]:
    """The slots of a firm with their interviews, in order of time; three statements."""
    query = (
        select(*COLUMNS, PANEL.c.person_id, PERSON.c.name)
        .join_from(SLOT, JOB, JOB.c.id == SLOT.c.job_id)
        .join(PANEL, PANEL.c.slot_id == SLOT.c.id)
        .join(PERSON, PERSON.c.id == PANEL.c.person_id)
        .where(JOB.c.firm_id == firm_id)
        .order_by(SLOT.c.starts_at, SLOT.c.id, PANEL.c.person_id)
    )
    if between is not None:
        query = query.where(SLOT.c.starts_at >= between.start, SLOT.c.starts_at < between.end)
    if job_id is not None:
        query = query.where(SLOT.c.job_id == job_id)
    rows: list[Any] = list(await session.execute(query))
    booked = await bookings_of_slots(session, list(dict.fromkeys(row[0] for row in rows)))
    return _offered(rows, booked)


def _offered(rows: Sequence[Any], booked: dict[SlotId, list[Interview]]) -> list[OfferedSlot]:
    """One value a slot, of rows that come once for each interviewer."""
    panels: dict[SlotId, dict[PersonId, str]] = {}
    slots: dict[SlotId, OfferedSlot] = {}
    for *facts, person_id, name in rows:
        slot_id = facts[0]
        panel = panels.setdefault(slot_id, {})
        panel[person_id] = name
        if slot_id not in slots:
            values: tuple[Any, ...] = (*facts, panel, tuple(booked[slot_id]))
            slots[slot_id] = OfferedSlot(*values)
    return list(slots.values())

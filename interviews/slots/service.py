"""Publishing slots. What needs to know who has booked is a verb of `interviews.bookings`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.campaigns.models import Campaign, CampaignPhase
from interviews.employers.models import FirmId, Recruiter
from interviews.graduates.models import Graduate
from interviews.jobs.models import Job, JobId
from interviews.jobs.refusals import JobNotFound
from interviews.jobs.rules import closed
from interviews.people.models import Person, PersonId
from interviews.slots.models import Slot, SlotId, SlotInterviewer, SlotState
from interviews.slots.refusals import JobNotApproved, PanelNotOfFirm
from interviews.slots.rules import (
    LocalHours,
    SlotPlan,
    TimeRange,
    clashes,
    planned_slots,
    wall_text,
)
from interviews.texts import N_

NOTHING = timedelta(0)
MOST_SEATS = 200  # the largest group session of a fair (product.md 2.2)


def _is_zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(N_("This is not the name of a time zone.")) from error


class PublishSlots(BaseModel):
    """One recruiter offers one window of one date; the times are those of a wall clock in `zone`.

    A window that ends at or before its start ends on the next day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: PersonId
    job_id: JobId
    panel: Annotated[tuple[PersonId, ...], Field(min_length=1, max_length=2)]
    on: date
    start: time
    end: time
    zone: Annotated[str, AfterValidator(_is_zone)] = "Asia/Shanghai"
    length: timedelta
    gap: timedelta = NOTHING
    buffer_before: timedelta = NOTHING
    buffer_after: timedelta = NOTHING
    capacity: Annotated[int, Field(ge=1, le=MOST_SEATS)] = 1

    @property
    def plan(self) -> SlotPlan:
        """The pure plan behind the form.

        Raises:
            DurationOutOfBounds: a length, gap or buffer is out of its bounds.
        """
        return SlotPlan(
            on=self.on,
            hours=LocalHours(self.start, self.end, ends_next_day=self.end <= self.start),
            zone=ZoneInfo(self.zone),
            length=self.length,
            gap=self.gap,
            before=self.buffer_before,
            after=self.buffer_after,
        )


class Skip(StrEnum):
    """Why a time of the window is not offered."""

    PANEL_BUSY = "panel-busy"
    OUTSIDE_PHASE = "outside-phase"
    AFTER_EXPIRY = "after-expiry"
    ALREADY_OFFERED = "already-offered"


SKIP_TEXTS = {
    Skip.PANEL_BUSY: N_("An interviewer has another interview then."),
    Skip.OUTSIDE_PHASE: N_("The campaign holds no interviews on that day."),
    Skip.AFTER_EXPIRY: N_("The job has expired by then."),
    Skip.ALREADY_OFFERED: N_("This panel already offers a time then for this job."),
}


@dataclass(frozen=True, slots=True)
class Skipped:
    """A time that was not offered, and why."""

    time: TimeRange
    reason: Skip


@dataclass(frozen=True, slots=True)
class Published:
    """The slots that are open now and the times that are not, both in order."""

    slots: tuple[SlotId, ...]
    times: tuple[TimeRange, ...]
    skipped: tuple[Skipped, ...]


async def own_job(session: AsyncSession, job_id: JobId, by: PersonId) -> Job:
    """The job, for a recruiter of its firm.

    Raises:
        JobNotFound: there is no such job, or it belongs to another firm.
    """
    query = (
        select(Job)
        .join(Recruiter, col(Recruiter.firm_id) == col(Job.firm_id))
        .where(col(Job.id) == job_id, col(Recruiter.person_id) == by)
    )
    job = (await session.execute(query)).scalar_one_or_none()
    if job is None:
        raise JobNotFound
    return job


async def preview_slots(
    session: AsyncSession, command: PublishSlots, *, busy: Sequence[TimeRange], now: datetime
) -> Published:
    """What `publish_slots` would do; nothing is written and `slots` is empty.

    Raises:
        The same refusals.
    """
    job = await own_job(session, command.job_id, command.by)
    if closed(job, now=now) is not None:
        raise JobNotApproved
    await _check_panel(session, job.firm_id, command.panel)
    found = planned_slots(command.plan, now=now, busy=busy)
    days = await _phase_days(session)
    offered = await _offered(session, command, found)
    reasons = {time: _reason(time, job, days, offered, command) for time in found}
    skipped = [Skipped(time, reason) for time, reason in reasons.items() if reason is not None]
    skipped += [Skipped(time, Skip.PANEL_BUSY) for time in clashes(command.plan, busy)]
    times = tuple(time for time, reason in reasons.items() if reason is None)
    return Published((), times, tuple(sorted(skipped, key=lambda skip: skip.time)))


async def publish_slots(
    session: AsyncSession, command: PublishSlots, *, busy: Sequence[TimeRange], now: datetime
) -> Published:
    """Offer every time of the window that may be offered; `busy` is what claims the panel.

    Raises:
        JobNotFound: the job is not of the recruiter's firm.
        JobNotApproved: it is not public, or it has expired.
        PanelNotOfFirm: somebody on the panel belongs elsewhere.
        DurationOutOfBounds, WindowTooShort, WindowInThePast, TooManySlots, NoTimeFree,
        DateOutOfReach: the window cannot mean slots.
    """
    preview = await preview_slots(session, command, busy=busy, now=now)
    zone = ZoneInfo(command.zone)
    slots = [
        Slot(
            job_id=command.job_id,
            starts_at=time.start,
            ends_at=time.end,
            local_start=wall_text(time.start, zone),
            zone=command.zone,
            buffer_before=command.buffer_before,
            buffer_after=command.buffer_after,
            capacity=command.capacity,
            published_by=command.by,
            published_at=now,
        )
        for time in preview.times
    ]
    session.add_all(slots)
    await session.flush()
    ids = tuple(slot.id for slot in slots if slot.id is not None)
    people = dict.fromkeys(command.panel)
    session.add_all(
        SlotInterviewer(slot_id=slot_id, person_id=person) for slot_id in ids for person in people
    )
    await session.flush()
    return Published(ids, preview.times, preview.skipped)


async def _check_panel(session: AsyncSession, firm_id: FirmId, panel: Iterable[PersonId]) -> None:
    """Everybody is a recruiter of the firm, or an invited person: no recruiter, no graduate."""
    query = (
        select(col(Person.id), col(Recruiter.firm_id), col(Graduate.person_id))
        .outerjoin(Recruiter, col(Recruiter.person_id) == col(Person.id))
        .outerjoin(Graduate, col(Graduate.person_id) == col(Person.id))
        .where(col(Person.id).in_(set(panel)))
    )
    rows: list[Any] = list(await session.execute(query))  # outer joins: both may be None
    welcome = {
        person
        for person, firm, graduate in rows
        if firm == firm_id or (firm is None and graduate is None)
    }
    if welcome != set(panel):
        raise PanelNotOfFirm


@dataclass(frozen=True, slots=True)
class _Days:
    zone: ZoneInfo
    first: date
    last: date

    def holds(self, moment: datetime) -> bool:
        return self.first <= moment.astimezone(self.zone).date() <= self.last


async def _phase_days(session: AsyncSession) -> list[_Days]:
    rows = await session.execute(
        select(col(Campaign.zone), col(CampaignPhase.starts_on), col(CampaignPhase.ends_on)).join(
            CampaignPhase, col(CampaignPhase.campaign_id) == col(Campaign.id)
        )
    )
    return [_Days(ZoneInfo(zone), first, last) for zone, first, last in rows]


async def _offered(
    session: AsyncSession, command: PublishSlots, found: Sequence[TimeRange]
) -> list[TimeRange]:
    """The open times of the same job that somebody of the same panel already offers."""
    rows = await session.execute(
        select(col(Slot.starts_at), col(Slot.ends_at))
        .join(SlotInterviewer, col(SlotInterviewer.slot_id) == col(Slot.id))
        .where(
            col(Slot.job_id) == command.job_id,
            col(Slot.state) == SlotState.OPEN,
            col(Slot.starts_at) < found[-1].end,
            col(Slot.ends_at) > found[0].start,
            col(SlotInterviewer.person_id).in_(command.panel),
        )
    )
    return [TimeRange(starts_at, ends_at) for starts_at, ends_at in rows]


def _reason(
    time: TimeRange,
    job: Job,
    days: Sequence[_Days],
    offered: Sequence[TimeRange],
    command: PublishSlots,
) -> Skip | None:
    """Why this time is not offered; None when it is."""
    if not any(phase.holds(time.start) for phase in days):
        return Skip.OUTSIDE_PHASE
    if time.end > job.valid_through:
        return Skip.AFTER_EXPIRY
    claimed = command.plan.shape.claim(time)
    return Skip.ALREADY_OFFERED if any(claimed.overlaps(other) for other in offered) else None

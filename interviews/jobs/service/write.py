"""Firms write, change, send in and withdraw their jobs."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.employers.models import FirmId
from interviews.jobs.models import Job, JobId, JobState
from interviews.jobs.refusals import JobNotFound, JobStepNotAllowed
from interviews.jobs.rules import (
    EmploymentType,
    JobFacts,
    check_step,
    fact_problems,
    pay_unit,
    state_after_edit,
)
from interviews.refusals import Malformed, NotAllowed

LAST_SECOND = time(23, 59, 59)  # an advert is open to the end of its last day


async def post_job(
    session: AsyncSession, firm_id: FirmId, facts: JobFacts, *, zone: ZoneInfo, now: datetime
) -> Job:
    """A new draft of a firm; `zone` is where its expiry date is meant.

    Raises:
        Malformed: a fact is missing or contradicts another.
    """
    values = _values(facts, zone=zone, now=now)
    job = Job(firm_id=firm_id, state=JobState.DRAFT, posted_at=now, **values)
    session.add(job)
    await session.flush()
    return job


async def change_job(
    session: AsyncSession,
    firm_id: FirmId,
    job_id: JobId,
    facts: JobFacts,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> Job:
    """The firm's job with other facts; a change of an approved one goes back to review.

    Raises:
        JobNotFound: there is no such job.
        NotAllowed: it belongs to another firm.
        Malformed: a fact is missing or contradicts another.
        JobStepNotAllowed: the job is withdrawn, or somebody changed its state meanwhile.
    """
    job = await own_job(session, firm_id, job_id)
    values = _values(facts, zone=zone, now=now)
    if all(getattr(job, name) == value for name, value in values.items()):
        return job
    state = state_after_edit(job.state)
    if state != job.state:
        values["submitted_at"] = now
    return await step(session, job, state, **values)


async def send_for_review(
    session: AsyncSession, firm_id: FirmId, job_id: JobId, *, now: datetime
) -> Job:
    """Put a draft or a returned job into the organisers' queue.

    Raises:
        JobNotFound, NotAllowed, JobStepNotAllowed: as for `change_job`.
    """
    job = await own_job(session, firm_id, job_id)
    check_step(job.state, JobState.IN_REVIEW)
    return await step(session, job, JobState.IN_REVIEW, submitted_at=now)


async def withdraw_job(session: AsyncSession, firm_id: FirmId, job_id: JobId) -> Job:
    """Take a job back for good; booked interviews stay as they are.

    Raises:
        JobNotFound, NotAllowed, JobStepNotAllowed: as for `change_job`.
    """
    job = await own_job(session, firm_id, job_id)
    check_step(job.state, JobState.WITHDRAWN)
    return await step(session, job, JobState.WITHDRAWN)


async def own_job(session: AsyncSession, firm_id: FirmId, job_id: JobId) -> Job:
    """The firm's own job, in any state.

    Raises:
        JobNotFound: there is no such job.
        NotAllowed: it belongs to another firm.
    """
    job = await session.get(Job, job_id)
    if job is None:
        raise JobNotFound
    if job.firm_id != firm_id:
        raise NotAllowed
    return job


async def step(session: AsyncSession, job: Job, state: JobState, **values: Any) -> Job:
    """Compare-and-swap: the job takes the state and the values if it still stands as read.

    Raises:
        JobStepNotAllowed: somebody else was faster.
    """
    changed = await session.execute(
        update(Job)
        .where(col(Job.id) == job.id, col(Job.state) == job.state)
        .values(state=state, **values)
        .returning(col(Job.id))
        .execution_options(synchronize_session=False)
    )
    if changed.scalar_one_or_none() is None:
        raise JobStepNotAllowed(state=job.state)
    await session.refresh(job)
    return job


def _values(facts: JobFacts, *, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    problems = fact_problems(facts, today=now.astimezone(zone).date())
    if problems:
        raise Malformed(problems)
    internship = facts.employment_type == EmploymentType.INTERNSHIP
    return {
        "title_zh": facts.title_zh.strip(),
        "title_en": facts.title_en.strip(),
        "employment_type": facts.employment_type,
        "headcount": facts.headcount,
        "city_code": facts.city_code,
        "city_name": facts.city_name.strip(),
        "level_min": facts.level_min,
        "major_categories": sorted(set(facts.major_categories)),
        "pay_min": facts.pay_min,
        "pay_max": facts.pay_max,
        "pay_unit": str(pay_unit(facts.employment_type)),
        "months_per_year": 0 if internship else facts.months_per_year,
        "duties_zh": facts.duties_zh.strip(),
        "duties_en": facts.duties_en.strip(),
        "requirements_zh": facts.requirements_zh.strip(),
        "requirements_en": facts.requirements_en.strip(),
        "valid_through": end_of_day(facts.expires_on, zone),
    }


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day in a zone."""
    return datetime.combine(day, LAST_SECOND, tzinfo=zone)

"""Anybody looks for jobs; firms and organisers look at all of theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.employers.models import Firm, FirmId
from interviews.graduates.studies import Level, level_of
from interviews.jobs.models import Job, JobId, JobState
from interviews.jobs.refusals import JobNotFound

PAGE_SIZE = 12
WITH_FIRM = select(Job, Firm).join(Firm, col(Firm.id) == col(Job.firm_id))
ONE = WITH_FIRM.where(col(Job.id) == bindparam("job_id"))


@dataclass(frozen=True, slots=True)
class Posting:
    """A job with its firm."""

    job: Job
    firm: Firm


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for; empty means anything. `level` is the seeker's own level."""

    text: str = ""
    city: str = ""
    level: str = ""
    employment_type: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search, the newest first."""

    postings: tuple[Posting, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


async def posting(session: AsyncSession, job_id: JobId) -> Posting:
    """A job in any state, with its firm.

    Raises:
        JobNotFound: there is no such job.
    """
    for job, firm in await session.execute(ONE, {"job_id": job_id}):
        return Posting(job, firm)
    raise JobNotFound


async def search(session: AsyncSession, wish: Wish, *, page: int, now: datetime) -> Found:
    """One page (from 1) of the public jobs that fit a wish."""
    fitting = _public(now).where(*_conditions(wish))
    total = await session.scalar(select(func.count()).select_from(fitting.subquery())) or 0
    newest = fitting.order_by(col(Job.posted_at).desc(), col(Job.id).desc())
    window = newest.offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return Found(await _postings(session, window), total, page)


async def cities(session: AsyncSession, *, now: datetime) -> tuple[str, ...]:
    """Every city with a public job."""
    found = _public(now).with_only_columns(col(Job.city_name)).distinct()
    return tuple(await session.scalars(found.order_by(col(Job.city_name))))


async def similar(
    session: AsyncSession, job: Job, *, now: datetime, most: int = 3
) -> tuple[Posting, ...]:
    """Public jobs like this one: the same city first, then the same level, then the newest."""
    nearness = case((col(Job.city_name) == job.city_name, 2), else_=0) + case(
        (col(Job.level_min) == job.level_min, 1), else_=0
    )
    others = _public(now).where(col(Job.id) != job.id)
    ranked = others.order_by(nearness.desc(), col(Job.posted_at).desc(), col(Job.id).desc())
    return await _postings(session, ranked.limit(most))


async def open_jobs_of(
    session: AsyncSession, firm_id: FirmId, *, now: datetime
) -> tuple[Posting, ...]:
    """A firm's public jobs, the newest first."""
    own = _public(now).where(col(Job.firm_id) == firm_id)
    return await _postings(session, own.order_by(col(Job.posted_at).desc(), col(Job.id).desc()))


async def public_postings(
    session: AsyncSession, job_ids: list[JobId], *, now: datetime
) -> tuple[Posting, ...]:
    """Those of the jobs that are public, by number."""
    wanted = _public(now).where(col(Job.id).in_(job_ids))
    return await _postings(session, wanted.order_by(col(Job.id)))


async def public_job_ids(session: AsyncSession, *, now: datetime) -> list[JobId]:
    """The numbers of every public job."""
    return list(await session.scalars(_public(now).with_only_columns(col(Job.id))))


async def all_jobs_of(session: AsyncSession, firm_id: FirmId) -> tuple[Job, ...]:
    """A firm's jobs in every state, the newest first."""
    own = select(Job).where(col(Job.firm_id) == firm_id)
    return tuple(await session.scalars(own.order_by(col(Job.id).desc())))


async def in_review(session: AsyncSession) -> tuple[Posting, ...]:
    """The organisers' queue, what waited longest first."""
    waiting = WITH_FIRM.where(col(Job.state) == JobState.IN_REVIEW)
    return await _postings(session, waiting.order_by(col(Job.submitted_at), col(Job.id)))


def _public(now: datetime) -> Select[Job, Firm]:
    return WITH_FIRM.where(
        col(Job.state) == JobState.APPROVED,
        col(Job.valid_through) > now,
        col(Firm.verified_at).is_not(None),
    )


def _conditions(wish: Wish) -> list[Any]:
    conditions = []
    for word in wish.text.split():
        texts = (Job.title_zh, Job.title_en, Job.duties_zh, Job.duties_en,
                 Firm.display_name_zh, Firm.display_name_en)  # fmt: skip
        conditions.append(or_(*(col(text).icontains(word, autoescape=True) for text in texts)))
    if wish.city:
        conditions.append(col(Job.city_name) == wish.city)
    if (own := level_of(wish.level)) is not None:
        within = [level for level in Level if level.rank <= own.rank]
        conditions.append(col(Job.level_min).in_(within))
    if wish.employment_type:
        conditions.append(col(Job.employment_type) == wish.employment_type)
    return conditions


async def _postings(session: AsyncSession, query: Select[Job, Firm]) -> tuple[Posting, ...]:
    return tuple(Posting(job, firm) for job, firm in await session.execute(query))

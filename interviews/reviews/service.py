"""Organisers decide about jobs, and the firm is told."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.employers.service import recruiters_of
from interviews.jobs.models import Job, JobId, JobState
from interviews.jobs.rules import check_step
from interviews.jobs.service.read import posting
from interviews.jobs.service.write import step
from interviews.outbox import Message, OutboxKind, tell
from interviews.people.models import PersonId
from interviews.ports import Links
from interviews.reviews.models import JobReview
from interviews.reviews.refusals import ReasonMissing

LONGEST_REASON = 500  # characters, the column's width


async def approve(
    session: AsyncSession, job_id: JobId, reviewer_id: PersonId, *, links: Links, now: datetime
) -> JobReview:
    """Make a job public and tell its firm.

    Raises:
        JobNotFound: there is no such job.
        JobStepNotAllowed: it is not in review any more.
    """
    return await _decide(
        session, job_id, reviewer_id, JobState.APPROVED, reason="", links=links, now=now
    )


async def send_back(
    session: AsyncSession,
    job_id: JobId,
    reviewer_id: PersonId,
    *,
    reason: str,
    links: Links,
    now: datetime,
) -> JobReview:
    """Return a job, also one that was approved, with the reason that its firm reads.

    Raises:
        ReasonMissing: no word of explanation.
        JobNotFound: there is no such job.
        JobStepNotAllowed: it is neither in review nor approved.
    """
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise ReasonMissing
    return await _decide(
        session, job_id, reviewer_id, JobState.RETURNED, reason=reason, links=links, now=now
    )


async def _decide(
    session: AsyncSession,
    job_id: JobId,
    reviewer_id: PersonId,
    decision: JobState,
    *,
    reason: str,
    links: Links,
    now: datetime,
) -> JobReview:
    job = (await posting(session, job_id)).job
    check_step(job.state, decision)
    values = {"posted_at": now} if decision is JobState.APPROVED else {}
    await step(session, job, decision, **values)
    review = JobReview(
        job_id=job_id, reviewer_id=reviewer_id, decision=decision, reason=reason, decided_at=now
    )
    session.add(review)
    await session.flush()
    await _tell_firm(session, job, review, links=links, now=now)
    return review


async def _tell_firm(
    session: AsyncSession, job: Job, review: JobReview, *, links: Links, now: datetime
) -> None:
    approved = review.decision == JobState.APPROVED
    letter = "job-approved" if approved else "job-returned"
    path = f"/jobs/{job.id}" if approved else f"/hr/jobs/{job.id}/edit"
    payload = {
        "letter": letter,
        "job": job.id,
        "title_zh": job.title_zh,
        "title_en": job.title_en,
        "reason": review.reason,
        "link": links.page(path),
    }
    recruiters = await recruiters_of(session, job.firm_id)
    messages = [
        Message(
            dedupe_key=f"{letter}:{review.id}:{person.id}",
            kind=OutboxKind.LETTER,
            recipient_id=person.id,
            payload=payload,
        )
        for person in recruiters
        if person.id is not None
    ]
    await tell(session, messages, now=now)


async def reviews_of(session: AsyncSession, job_id: JobId) -> tuple[JobReview, ...]:
    """What was decided about a job, the latest first."""
    decided = select(JobReview).where(col(JobReview.job_id) == job_id)
    return tuple(
        await session.scalars(
            decided.order_by(col(JobReview.decided_at).desc(), col(JobReview.id).desc())
        )
    )


async def last_reviews(session: AsyncSession, job_ids: list[JobId]) -> dict[JobId, JobReview]:
    """The latest decision about each of these jobs that has one."""
    decided = select(JobReview).where(col(JobReview.job_id).in_(job_ids))
    in_order = await session.scalars(decided.order_by(col(JobReview.decided_at), col(JobReview.id)))
    return {review.job_id: review for review in in_order}


async def was_ever_public(session: AsyncSession, job_id: JobId) -> bool:
    """Whether a job was approved once, so that its page may say why it is closed."""
    approved = select(col(JobReview.id)).where(
        col(JobReview.job_id) == job_id, col(JobReview.decision) == JobState.APPROVED
    )
    return await session.scalar(approved.limit(1)) is not None

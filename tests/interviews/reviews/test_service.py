import pytest
from sqlalchemy import select

from interviews.database import Database
from interviews.jobs.models import JobId, JobState
from interviews.jobs.refusals import JobStepNotAllowed
from interviews.jobs.service.read import posting
from interviews.outbox import Outbox
from interviews.people.models import PersonId
from interviews.reviews.refusals import ReasonMissing
from interviews.reviews.service import (
    LONGEST_REASON,
    approve,
    last_reviews,
    reviews_of,
    send_back,
    was_ever_public,
)
from tests.support import world
from tests.support.clock import START


class PlainLinks:
    """Keeps the part of `interviews.ports.Links` that letters about jobs need."""

    def page(self, path: str) -> str:
        return f"https://daigang.example{path}"

    def for_booking(self, purpose: str, booking_id: int, person_id: int) -> str:
        return self.page(f"/b/{purpose}/{booking_id}/{person_id}")

    def mailed(self, purpose: str, token: str) -> str:
        return self.page(f"/{purpose}/{token}")


LINKS = PlainLinks()


async def a_job_in_review(database: Database) -> tuple[JobId, PersonId, PersonId]:
    """A job that waits, its firm's recruiter, and a reviewer."""
    async with database.writing() as session:
        place = await world.a_place(session)
        job = await world.a_job(session, place.firm_id, state=JobState.IN_REVIEW)
        reviewer = await world.a_person(session)
    return JobId(job.id or 0), place.recruiter_id, world.id_of(reviewer)


async def test_an_approved_job_is_public_from_that_moment_and_its_firm_is_told(database: Database):
    job_id, recruiter, reviewer = await a_job_in_review(database)
    async with database.writing() as session:
        await approve(session, job_id, reviewer, links=LINKS, now=START)

    async with database.reading() as session:
        job = (await posting(session, job_id)).job
        [letter] = await session.scalars(select(Outbox))
        assert await was_ever_public(session, job_id)
    assert (job.state, job.posted_at) == (JobState.APPROVED, START)
    assert (letter.recipient_id, letter.kind) == (recruiter, "letter")
    assert letter.payload["letter"] == "job-approved"
    assert letter.payload["link"] == f"https://daigang.example/jobs/{job_id}"


async def test_a_returned_job_carries_the_reason_to_its_firm(database: Database):
    job_id, _, reviewer = await a_job_in_review(database)
    async with database.writing() as session:
        await send_back(session, job_id, reviewer, reason=" 薪资写错 ", links=LINKS, now=START)

    async with database.reading() as session:
        job = (await posting(session, job_id)).job
        [letter] = await session.scalars(select(Outbox))
        [review] = await reviews_of(session, job_id)
        assert not await was_ever_public(session, job_id)
    assert job.state == JobState.RETURNED
    assert (review.decision, review.reason) == ("returned", "薪资写错")
    assert letter.payload["letter"] == "job-returned"
    assert letter.payload["reason"] == "薪资写错"
    assert letter.payload["link"].endswith(f"/hr/jobs/{job_id}/edit")


async def test_an_approved_job_may_be_taken_down_later(database: Database):
    job_id, _, reviewer = await a_job_in_review(database)
    async with database.writing() as session:
        await approve(session, job_id, reviewer, links=LINKS, now=START)
        await send_back(session, job_id, reviewer, reason="x" * 900, links=LINKS, now=START)
        latest = await last_reviews(session, [job_id])
        history = await reviews_of(session, job_id)

    assert latest[job_id].decision == "returned"
    assert len(latest[job_id].reason) == LONGEST_REASON
    assert [review.decision for review in history] == ["returned", "approved"]


async def test_no_job_goes_back_without_a_reason(database: Database):
    job_id, _, reviewer = await a_job_in_review(database)
    async with database.writing() as session:
        with pytest.raises(ReasonMissing):
            await send_back(session, job_id, reviewer, reason="  ", links=LINKS, now=START)


async def test_a_decided_job_is_not_decided_again_and_nobody_is_told_twice(database: Database):
    job_id, _, reviewer = await a_job_in_review(database)
    async with database.writing() as session:
        await approve(session, job_id, reviewer, links=LINKS, now=START)
        with pytest.raises(JobStepNotAllowed):
            await approve(session, job_id, reviewer, links=LINKS, now=START)

    async with database.reading() as session:
        assert len(list(await session.scalars(select(Outbox)))) == 1

from datetime import timedelta

import pytest
from sqlalchemy import select

from interviews.bookings.commands import Book
from interviews.bookings.service.book import book
from interviews.consents.service import SHARE_PROFILE, TEXT_VERSIONS
from interviews.employers.models import Firm, FirmId, Recruiter
from interviews.employers.service import join_firm
from interviews.identity.models import Role
from interviews.jobs.models import Job, JobState
from interviews.reviews.models import JobReview
from interviews.slots.models import SlotId
from tests.support import world
from tests.support.accounts import Register
from tests.support.clock import START
from tests.support.site import Browser, Site

JOB = {
    "title_zh": "运维实习生",
    "title_en": "Operations Intern",
    "headcount": "3",
    "employment_type": "internship",
    "level_min": "zhuanke",
    "major_categories": "51",
    "duties_zh": "机房巡检与脚本值守。",
    "city_name": "贵阳市",
    "pay_min": "120",
    "pay_max": "160",
    "months_per_year": "12",
    "expires_on": "2026-11-30",
}


@pytest.fixture
async def place(site: Site) -> world.Place:
    async with site.database.writing() as session:
        return await world.a_place(session)


@pytest.fixture
async def recruiter(site: Site, register: Register, place: world.Place) -> Browser:
    person = await register("hr@example.com", Role.RECRUITER)
    async with site.database.writing() as session:
        await join_firm(session, place.firm_id, person)
    return await site.signed_in(person)


async def newest_job(site: Site) -> Job:
    async with site.database.reading() as session:
        job = await session.scalar(select(Job).order_by(Job.id.desc()))  # type: ignore[union-attr]  # a column
    assert job is not None
    return job


async def test_a_recruiter_posts_a_job_and_sends_it_for_review_at_once(
    site: Site, recruiter: Browser
):
    answer = await recruiter.send("/hr/jobs", on="/hr/jobs/new", **JOB, then="review")

    job = await newest_job(site)
    assert (answer.status, answer.target) == (303, "/hr/jobs")
    assert (job.state, job.pay_unit, job.major_categories) == (JobState.IN_REVIEW, "day", ["51"])
    assert "The job is with the organiser for review." in (await recruiter.get("/hr/jobs")).words


async def test_a_draft_is_saved_corrected_and_sent(site: Site, recruiter: Browser):
    saved = await recruiter.send("/hr/jobs", on="/hr/jobs/new", **JOB)
    job = await newest_job(site)
    assert (saved.target, job.state) == (f"/hr/jobs/{job.id}/edit", JobState.DRAFT)

    form = await recruiter.get(f"/hr/jobs/{job.id}/edit")
    assert 'value="运维实习生"' in form.text
    assert 'value="2026-11-30"' in form.text
    await recruiter.send(
        f"/hr/jobs/{job.id}", on=f"/hr/jobs/{job.id}/edit", **JOB | {"headcount": "5"}
    )
    answer = await recruiter.send(f"/hr/jobs/{job.id}/review", on=f"/hr/jobs/{job.id}/edit")

    changed = await newest_job(site)
    assert (changed.state, changed.headcount) == (JobState.IN_REVIEW, 5)
    assert answer.target == "/hr/jobs"


async def test_what_is_wrong_is_marked_and_nothing_typed_is_lost(site: Site, recruiter: Browser):
    wrong = JOB | {"pay_min": "200", "expires_on": "2026-11-01", "city_name": ""}
    answer = await recruiter.send("/hr/jobs", on="/hr/jobs/new", **wrong)

    assert answer.status == 422
    assert "This field is needed." in answer.words
    assert 'value="运维实习生"' in answer.text

    answer = await recruiter.send("/hr/jobs", on="/hr/jobs/new", **wrong | {"city_name": "贵阳"})
    assert "The highest pay is below the lowest." in answer.words
    assert "The expiry date has already passed." in answer.words
    assert (await newest_job(site)).title_zh == "机械结构工程师"


async def test_risky_words_are_shown_before_a_reviewer_sees_them(site: Site, recruiter: Browser):
    await recruiter.send("/hr/jobs", on="/hr/jobs/new", **JOB | {"title_zh": "文员(限女性)"})
    job = await newest_job(site)

    page = await recruiter.get(f"/hr/jobs/{job.id}/edit")

    assert "限女 — Limits by gender are not allowed." in page.words


async def test_changing_a_public_job_takes_it_back_to_review(
    site: Site, recruiter: Browser, place: world.Place
):
    path = f"/hr/jobs/{place.job_id}"
    wrong = await recruiter.send(path, on=f"{path}/edit", **JOB | {"pay_max": "1"})
    assert (wrong.status, (await newest_job(site)).state) == (422, JobState.APPROVED)

    await recruiter.send(path, on=f"{path}/edit", **JOB)
    assert (await newest_job(site)).state == JobState.IN_REVIEW
    assert (await recruiter.get(f"/jobs/{place.job_id}")).status == 404


async def test_a_withdrawn_job_stays_withdrawn(site: Site, recruiter: Browser, place: world.Place):
    path = f"/hr/jobs/{place.job_id}"
    await recruiter.send(f"{path}/withdrawal", on=f"{path}/edit")

    assert (await newest_job(site)).state == JobState.WITHDRAWN
    page = await recruiter.get(f"{path}/edit")
    assert "withdrawn and cannot be changed" in page.words
    again = await recruiter.send(path, on="/hr/jobs/new", **JOB)
    assert again.status == 409


async def test_another_firms_job_is_out_of_reach(site: Site, recruiter: Browser):
    async with site.database.writing() as session:
        other = await world.a_firm(session)
        job = await world.a_job(session, FirmId(other.id or 0))
    path = f"/hr/jobs/{job.id}"

    assert (await recruiter.get(f"{path}/edit")).status == 403
    for step in ("", "/review", "/withdrawal"):
        answer = await recruiter.send(path + step, on="/hr/jobs/new", **JOB)
        assert answer.status == 403
    assert (await newest_job(site)).state == JobState.APPROVED


async def test_the_reason_of_a_returned_job_is_on_every_page_of_its_firm(
    site: Site, recruiter: Browser, place: world.Place
):
    async with site.database.writing() as session:
        job = await session.get_one(Job, place.job_id)
        job.state = JobState.RETURNED
        session.add(
            JobReview(
                job_id=place.job_id,
                reviewer_id=place.recruiter_id,
                decision=JobState.RETURNED,
                reason="薪资写错",
                decided_at=START,
            )
        )

    for path in ("/hr", "/hr/jobs", f"/hr/jobs/{place.job_id}/edit"):
        assert "薪资写错" in (await recruiter.get(path)).words


async def test_today_shows_who_comes_and_the_way_into_the_room(
    site: Site, recruiter: Browser, place: world.Place
):
    async with site.database.writing() as session:
        graduate = world.id_of(await world.a_graduate(session, name="山知秋"))
        slot = await world.a_slot(
            session, place.job_id, (place.recruiter_id,), starts_at=START + timedelta(hours=3)
        )
    async with site.database.writing() as session:
        command = Book(
            slot_id=SlotId(slot.id or 0),
            graduate_id=graduate,
            text_version=TEXT_VERSIONS[SHARE_PROFILE],
        )
        booking = await book(session, command, now=START)

    page = await recruiter.get("/hr")

    assert "12:00–12:30 Person" in page.words
    assert "The room opens Mon, 23 Nov, 11:00." in page.words
    assert f'href="/interviews/{booking.booking_id}/room"' not in page.text
    site.clock.advance(timedelta(hours=2))
    assert f'href="/interviews/{booking.booking_id}/room"' in (await recruiter.get("/hr")).text


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (10, "Your verification runs out on"),
        (-1, "Your re-check was due on"),
        (None, "Your firm is not verified yet"),
    ],
)
async def test_today_warns_of_the_firms_verification(
    site: Site, recruiter: Browser, place: world.Place, due: int | None, words: str
):
    async with site.database.writing() as session:
        firm = await session.get_one(Firm, place.firm_id)
        firm.recheck_due_on = None if due is None else START.date() + timedelta(days=due)

    page = await recruiter.get("/hr")

    assert words in page.words
    assert "No more interviews today" in page.words


async def test_a_recruiter_of_no_firm_is_told_no(site: Site, register: Register):
    visitor = await site.signed_in(await register("alone@example.com", Role.RECRUITER))

    assert (await visitor.get("/hr")).status == 403
    async with site.database.reading() as session:
        assert await session.scalar(select(Recruiter)) is None


async def test_a_firm_without_jobs_is_invited_to_post_one(site: Site, register: Register):
    person = await register("new@example.com", Role.RECRUITER)
    async with site.database.writing() as session:
        firm = await world.a_firm(session)
        await join_firm(session, FirmId(firm.id or 0), person)
    visitor = await site.signed_in(person)

    assert "No job yet" in (await visitor.get("/hr/jobs")).words

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interviews.database import Database
from interviews.employers.models import FirmId
from interviews.jobs.models import Job, JobId, JobState
from interviews.jobs.refusals import JobNotFound, JobStepNotAllowed
from interviews.jobs.rules import JobFacts
from interviews.jobs.service.read import (
    PAGE_SIZE,
    Wish,
    all_jobs_of,
    cities,
    in_review,
    open_jobs_of,
    posting,
    public_postings,
    search,
    similar,
)
from interviews.jobs.service.write import (
    change_job,
    own_job,
    post_job,
    send_for_review,
    step,
    withdraw_job,
)
from interviews.refusals import Malformed, NotAllowed
from tests.support import world
from tests.support.clock import START

SHANGHAI = ZoneInfo("Asia/Shanghai")
FACTS = JobFacts(
    title_zh="运维实习生",
    title_en="Operations Intern",
    employment_type="internship",
    headcount=3,
    city_name="贵阳市",
    level_min="zhuanke",
    major_categories=("51", "08", "08"),
    pay_min=120,
    pay_max=160,
    months_per_year=12,
    duties_zh="机房巡检与脚本值守。",
    expires_on=date(2026, 11, 30),
)


async def a_firm_id(database: Database) -> FirmId:
    async with database.writing() as session:
        firm = await world.a_firm(session)
    return FirmId(firm.id or 0)


async def a_job_id(database: Database, firm_id: FirmId, state: JobState) -> JobId:
    async with database.writing() as session:
        job = await world.a_job(session, firm_id, state=state)
    return JobId(job.id or 0)


async def test_a_posted_job_is_a_draft_open_to_the_end_of_its_last_day(database: Database):
    firm_id = await a_firm_id(database)
    async with database.writing() as session:
        job = await post_job(session, firm_id, FACTS, zone=SHANGHAI, now=START)

    assert (job.state, job.pay_unit, job.months_per_year) == (JobState.DRAFT, "day", 0)
    assert job.major_categories == ["08", "51"]
    assert job.valid_through == datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)


async def test_a_job_without_pay_place_or_expiry_is_not_kept(database: Database):
    firm_id = await a_firm_id(database)
    wrong = replace(FACTS, pay_min=0, city_name="", expires_on=date(2026, 11, 22))
    async with database.writing() as session:
        with pytest.raises(Malformed) as caught:
            await post_job(session, firm_id, wrong, zone=SHANGHAI, now=START)
        assert await all_jobs_of(session, firm_id) == ()

    assert set(caught.value.fields) == {"pay_min", "city_name", "expires_on"}


async def test_a_job_goes_from_draft_to_the_queue_and_is_withdrawn(database: Database):
    firm_id = await a_firm_id(database)
    async with database.writing() as session:
        job = await post_job(session, firm_id, FACTS, zone=SHANGHAI, now=START)
        job_id = JobId(job.id or 0)
        sent = await send_for_review(session, firm_id, job_id, now=START)
        assert (sent.state, sent.submitted_at) == (JobState.IN_REVIEW, START)
        with pytest.raises(JobStepNotAllowed):
            await send_for_review(session, firm_id, job_id, now=START)
        gone = await withdraw_job(session, firm_id, job_id)

    assert gone.state == JobState.WITHDRAWN


async def test_a_changed_approved_job_waits_for_review_again(database: Database):
    firm_id = await a_firm_id(database)
    job_id = await a_job_id(database, firm_id, JobState.APPROVED)
    later = START + timedelta(hours=1)
    async with database.writing() as session:
        job = await change_job(session, firm_id, job_id, FACTS, zone=SHANGHAI, now=later)

    assert (job.state, job.title_zh, job.submitted_at) == (JobState.IN_REVIEW, "运维实习生", later)


async def test_saving_an_approved_job_unchanged_leaves_it_public(database: Database):
    firm_id = await a_firm_id(database)
    async with database.writing() as session:
        job = await post_job(session, firm_id, FACTS, zone=SHANGHAI, now=START)
        approved = await step(session, job, JobState.APPROVED)
        job_id = JobId(approved.id or 0)
        same = await change_job(session, firm_id, job_id, FACTS, zone=SHANGHAI, now=START)

    assert same.state == JobState.APPROVED


async def test_a_changed_draft_stays_a_draft(database: Database):
    firm_id = await a_firm_id(database)
    job_id = await a_job_id(database, firm_id, JobState.DRAFT)
    async with database.writing() as session:
        job = await change_job(session, firm_id, job_id, FACTS, zone=SHANGHAI, now=START)

    assert (job.state, job.headcount) == (JobState.DRAFT, 3)


async def test_a_firm_touches_only_its_own_jobs(database: Database):
    firm_id, other = await a_firm_id(database), await a_firm_id(database)
    job_id = await a_job_id(database, firm_id, JobState.DRAFT)
    async with database.writing() as session:
        with pytest.raises(NotAllowed):
            await send_for_review(session, other, job_id, now=START)
        with pytest.raises(JobNotFound):
            await own_job(session, firm_id, JobId(404))


async def test_the_second_of_two_reviewers_finds_the_job_moved_on(database: Database):
    firm_id = await a_firm_id(database)
    job_id = await a_job_id(database, firm_id, JobState.IN_REVIEW)
    async with database.writing() as session:
        job = await own_job(session, firm_id, job_id)
        stale = Job.model_validate(job.model_dump())
        await step(session, job, JobState.APPROVED)
        with pytest.raises(JobStepNotAllowed):
            await step(session, stale, JobState.RETURNED)


async def found(database: Database, wish: Wish, page: int = 1) -> list[str]:
    async with database.reading() as session:
        answer = await search(session, wish, page=page, now=START)
    return [one.job.title_zh for one in answer.postings]


async def test_a_search_finds_by_word_city_own_level_and_type(database: Database):
    firm_id = await a_firm_id(database)
    await a_job_id(database, firm_id, JobState.APPROVED)
    async with database.writing() as session:
        job = await post_job(session, firm_id, FACTS, zone=SHANGHAI, now=START)
        await step(session, job, JobState.APPROVED)

    both = ["运维实习生", "机械结构工程师"]
    assert await found(database, Wish()) == both
    assert await found(database, Wish(text="实习")) == ["运维实习生"]
    assert await found(database, Wish(text="mechanical DESIGN")) == ["机械结构工程师"]
    assert await found(database, Wish(text="云梭")) == both
    assert await found(database, Wish(text="100%")) == []
    assert await found(database, Wish(city="贵阳市")) == ["运维实习生"]
    assert await found(database, Wish(level="zhuanke")) == ["运维实习生"]
    assert await found(database, Wish(level="shuoshi")) == both
    assert await found(database, Wish(employment_type="full_time")) == ["机械结构工程师"]
    async with database.reading() as session:
        assert set(await cities(session, now=START)) == {"杭州市", "贵阳市"}


async def test_only_approved_unexpired_jobs_of_verified_firms_are_public(database: Database):
    firm_id = await a_firm_id(database)
    for state in JobState:
        await a_job_id(database, firm_id, state)
    async with database.writing() as session:
        await world.a_job(session, firm_id, valid_through=START)
        pending = await world.a_firm(session)
        pending.verified_at = None
        await world.a_job(session, FirmId(pending.id or 0))

    assert len(await found(database, Wish())) == 1


async def test_pages_do_not_overlap_and_know_their_number(database: Database):
    firm_id = await a_firm_id(database)
    async with database.writing() as session:
        for _ in range(PAGE_SIZE + 1):
            await world.a_job(session, firm_id)
    async with database.reading() as session:
        first = await search(session, Wish(), page=1, now=START)
        second = await search(session, Wish(), page=2, now=START)

    ids = {one.job.id for one in (*first.postings, *second.postings)}
    assert (first.total, first.pages, len(ids)) == (PAGE_SIZE + 1, 2, PAGE_SIZE + 1)


async def test_similar_jobs_come_from_the_same_city_and_level_first(database: Database):
    firm_id = await a_firm_id(database)
    async with database.writing() as session:
        asked = await world.a_job(session, firm_id)
        far = await world.a_job(session, firm_id, level_min="boshi")
        far.city_name = "贵阳市"
        level = await world.a_job(session, firm_id)
        level.city_name = "贵阳市"
        city = await world.a_job(session, firm_id, level_min="boshi")
        both = await world.a_job(session, firm_id)
    async with database.reading() as session:
        alike = await similar(session, asked, now=START)

    assert [one.job.id for one in alike] == [both.id, city.id, level.id]


async def test_a_firm_lists_its_public_jobs_and_all_of_them(database: Database):
    firm_id = await a_firm_id(database)
    draft = await a_job_id(database, firm_id, JobState.DRAFT)
    public = await a_job_id(database, firm_id, JobState.APPROVED)
    async with database.reading() as session:
        shown = await open_jobs_of(session, firm_id, now=START)
        assert [one.job.id for one in shown] == [public]
        assert [job.id for job in await all_jobs_of(session, firm_id)] == [public, draft]
        some = await public_postings(session, [draft, public], now=START)
        assert [one.job.id for one in some] == [public]
        assert (await posting(session, draft)).firm.id == firm_id
        with pytest.raises(JobNotFound):
            await posting(session, JobId(404))


async def test_the_queue_shows_what_waited_longest_first(database: Database):
    firm_id = await a_firm_id(database)
    second = await a_job_id(database, firm_id, JobState.DRAFT)
    first = await a_job_id(database, firm_id, JobState.RETURNED)
    async with database.writing() as session:
        await send_for_review(session, firm_id, first, now=START)
        await send_for_review(session, firm_id, second, now=START + timedelta(hours=1))
    async with database.reading() as session:
        assert [one.job.id for one in await in_review(session)] == [first, second]

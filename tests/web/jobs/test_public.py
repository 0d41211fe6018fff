from datetime import timedelta

from interviews.database import Database
from interviews.employers.models import Firm, FirmId
from interviews.identity.models import Role
from interviews.jobs.models import Job, JobId, JobState
from interviews.reviews.models import JobReview
from tests.support import world
from tests.support.accounts import Register
from tests.support.clock import START
from tests.support.site import Site


async def a_place(database: Database) -> world.Place:
    async with database.writing() as session:
        return await world.a_place(session)


async def approved_once(database: Database, job_id: JobId, reviewer: int) -> None:
    async with database.writing() as session:
        session.add(
            JobReview(
                job_id=job_id, reviewer_id=reviewer, decision=JobState.APPROVED, decided_at=START
            )
        )


async def test_the_home_page_opens_before_any_campaign_is_set_up(site: Site):
    page = await site.browser().get("/")

    assert page.status == 200
    assert "No open jobs yet" in page.words
    assert "No free times this week" in page.words


async def test_the_home_page_shows_the_phase_and_what_is_free_today(site: Site):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        await world.a_slot(
            session, place.job_id, (place.recruiter_id,), starts_at=START + timedelta(hours=2)
        )

    page = await site.browser().get("/")

    assert "day 43 of 50" in page.words
    assert "Small firms, wide skies" in page.words
    assert "Free to book today Mechanical Design Engineer" in page.words
    assert " 11:00 " in page.words
    assert "See the open job" in page.words


async def test_the_first_page_says_in_whose_zone_its_times_are_so_that_the_script_can_ask_again(
    site: Site, register: Register
):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        await world.a_slot(
            session, place.job_id, (place.recruiter_id,), starts_at=START + timedelta(hours=2)
        )
    visitor = site.browser()
    for path in ("/", f"/jobs/{place.job_id}"):
        assert 'aria-labelledby="free" data-zoned="Asia/Shanghai"' in (await visitor.get(path)).text
    visitor.http.cookie_jar.update_cookies({"zone": "Europe/Berlin"}, visitor.base)
    page = await visitor.get("/")
    assert 'aria-labelledby="free" data-zoned="Europe/Berlin"' in page.text
    assert " 04:00 " in page.words
    member = await site.signed_in(await register("li@example.com"))
    assert "data-zoned" not in (await member.get("/")).text


async def test_without_a_free_time_today_the_next_days_are_shown(site: Site):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        await world.a_slot(
            session, place.job_id, (place.recruiter_id,), starts_at=START + timedelta(days=2)
        )

    page = await site.browser().get("/")

    assert "Next free times" in page.words
    assert "Wed, 25 Nov, 09:00" in page.words


async def test_before_and_after_its_phases_the_campaign_says_so(site: Site):
    await a_place(site.database)

    site.clock.advance(timedelta(days=-60))
    assert "opens on Mon, 12 Oct 2026" in (await site.browser().get("/")).words
    site.clock.advance(timedelta(days=90))
    assert "The campaign is over" in (await site.browser().get("/")).words


async def test_each_role_finds_its_way_in_on_the_home_page(site: Site, register: Register):
    expected = {
        Role.GRADUATE: 'href="/me/interviews"',
        Role.RECRUITER: 'href="/hr"',
        Role.ORGANISER: 'href="/org"',
    }
    for role, link in expected.items():
        visitor = await site.signed_in(await register(f"{role}@example.com", role))
        page = await visitor.get("/")
        assert link in page.text.split("<main")[1], role


async def test_the_list_keeps_its_filters_in_the_address_of_the_next_page(site: Site):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        for _ in range(12):
            await world.a_job(session, place.firm_id)

    page = await site.browser().get("/jobs?q=Mechanical&city=杭州市&level=boshi&type=full_time")

    assert "13 jobs" in page.words
    assert "/jobs?q=Mechanical&amp;city=%E6%9D%AD%E5%B7%9E%E5%B8%82&amp;level=boshi" in page.text
    assert "Hangzhou" in page.words


async def test_nonsense_in_the_address_counts_as_not_given(site: Site):
    await a_place(site.database)
    visitor = site.browser()

    assert "1 job " in (await visitor.get("/jobs?level=phd&type=gig&page=none")).words
    assert "No job fits" in (await visitor.get("/jobs?q=submarine")).words
    assert "1 job " in (await visitor.get("/jobs?page=99999999")).words
    assert "There is no such page" in (await visitor.get("/jobs?page=7")).words


async def test_a_job_page_says_what_is_paid_asked_and_free_next(site: Site):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        for day in (1, 2, 3, 4):
            starts_at = START + timedelta(days=day)
            await world.a_slot(session, place.job_id, (place.recruiter_id,), starts_at=starts_at)

    page = await site.browser().get(f"/jobs/{place.job_id}")

    assert page.status == 200
    assert "CNY 9,000–14,000 a month · 14 payments a year" in page.words
    assert "Bachelor's or above" in page.words
    assert "Verified on" in page.words
    assert "Thu, 26 Nov, 09:00" in page.words
    assert "Fri, 27 Nov" not in page.words
    assert f'href="/jobs/{place.job_id}/slots' in page.text
    assert 'itemtype="https://schema.org/JobPosting"' in page.text


async def test_a_job_page_in_chinese_speaks_chinese(site: Site):
    place = await a_place(site.database)

    page = await site.browser(Accept_Language="zh-CN").get(f"/jobs/{place.job_id}")

    assert "机械结构工程师" in page.words
    assert "杭州市" in page.words


async def test_a_graduate_is_told_what_matches_and_what_lacks(site: Site, register: Register):
    place = await a_place(site.database)
    person = await register("grad@example.com", Role.GRADUATE)
    visitor = await site.signed_in(person)

    before = await visitor.get(f"/jobs/{place.job_id}")
    await visitor.send(
        "/me/profile", on="/me/profile", level="shuoshi", major_category="08", school="星河大学"
    )
    after = await visitor.get(f"/jobs/{place.job_id}")

    assert "Your profile does not say your level of education." in before.words
    assert "You meet the conditions of this job." in after.words


async def test_a_closed_job_is_gone_with_its_reason_and_similar_jobs(site: Site):
    place = await a_place(site.database)
    await approved_once(site.database, place.job_id, place.recruiter_id)
    async with site.database.writing() as session:
        other = await world.a_job(session, place.firm_id)
        job = await session.get_one(Job, place.job_id)
        job.state = JobState.WITHDRAWN
    page = await site.browser().get(f"/jobs/{place.job_id}")

    assert page.status == 410
    assert "The firm has withdrawn this job." in page.words
    assert f'href="/jobs/{other.id}"' in page.text
    assert "JobPosting" not in page.text


async def test_an_expired_job_is_gone_even_when_nothing_is_similar(site: Site):
    place = await a_place(site.database)
    await approved_once(site.database, place.job_id, place.recruiter_id)
    site.clock.advance(timedelta(days=30))

    page = await site.browser().get(f"/jobs/{place.job_id}")

    assert page.status == 410
    assert "This job has reached its expiry date." in page.words
    assert "No open jobs yet" in page.words


async def test_a_job_that_never_was_public_is_not_found(site: Site):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        draft = await world.a_job(session, place.firm_id, state=JobState.DRAFT)
    visitor = site.browser()

    assert (await visitor.get(f"/jobs/{draft.id}")).status == 404
    assert (await visitor.get("/jobs/999999999")).status == 404


async def test_a_job_of_an_unverified_firm_is_not_found(site: Site):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        firm = await session.get_one(Firm, place.firm_id)
        firm.verified_at = None

    assert (await site.browser().get(f"/jobs/{place.job_id}")).status == 404


async def test_an_overdue_firm_is_grey_and_offers_no_times(site: Site):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        firm = await session.get_one(Firm, place.firm_id)
        firm.recheck_due_on = START.date() - timedelta(days=1)
        slug = firm.slug
        await world.a_slot(session, place.job_id, (place.recruiter_id,))
    visitor = site.browser()

    job, page = await visitor.get(f"/jobs/{place.job_id}"), await visitor.get(f"/firms/{slug}")

    for shown in (job, page):
        assert "Re-check overdue" in shown.words
        assert "it takes no new bookings" in shown.words
    assert "/slots" not in job.text


async def test_a_firms_page_shows_its_facts_tier_and_jobs(site: Site):
    place = await a_place(site.database)
    async with site.database.writing() as session:
        firm = await session.get_one(Firm, place.firm_id)
        firm.tier, firm.tier_valid_until = "little_giant", START.date()
        firm.website = "https://example.com/yunsuo"
        slug = firm.slug
    visitor = site.browser()

    on_the_last_day = await visitor.get(f"/firms/{slug}")
    site.clock.advance(timedelta(days=1))
    lapsed = await visitor.get(f"/firms/{slug}")

    assert "Little giant" in on_the_last_day.words
    assert "Little giant" not in lapsed.words
    assert "Mechanical Design Engineer" in lapsed.words
    assert (await visitor.get("/firms/nobody")).status == 404


async def test_a_firm_without_jobs_says_so(site: Site):
    async with site.database.writing() as session:
        firm = await world.a_firm(session)
        assert FirmId(firm.id or 0)

    page = await site.browser().get(f"/firms/{firm.slug}")

    assert "No open jobs at the moment" in page.words

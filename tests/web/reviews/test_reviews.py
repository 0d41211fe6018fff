import pytest

from interviews.employers.models import Firm
from interviews.identity.models import Role
from interviews.jobs.models import Job, JobId, JobState
from tests.support import world
from tests.support.accounts import Register, letters
from tests.support.clock import START
from tests.support.site import Browser, Site


@pytest.fixture
async def organiser(site: Site, register: Register) -> Browser:
    return await site.signed_in(await register("org@example.com", Role.ORGANISER))


async def a_waiting_job(site: Site) -> JobId:
    async with site.database.writing() as session:
        place = await world.a_place(session)
        job = await world.a_job(session, place.firm_id, state=JobState.IN_REVIEW)
        job.title_zh, job.submitted_at = "文员(限女性)", START
    return JobId(job.id or 0)


async def state_of(site: Site, job_id: JobId) -> str:
    async with site.database.reading() as session:
        return (await session.get_one(Job, job_id)).state


async def test_an_empty_queue_says_so(organiser: Browser):
    assert "Nothing waits" in (await organiser.get("/org")).words


async def test_the_queue_shows_how_long_a_job_waits_and_its_flags(site: Site, organiser: Browser):
    job_id = await a_waiting_job(site)

    page = await organiser.get("/org")

    assert "1 job waits" in page.words
    assert "1 flag" in page.words
    assert "waiting since Mon, 23 Nov, 09:00" in page.words
    assert f'href="/org/jobs/{job_id}"' in page.text


async def test_an_approved_job_is_public_and_its_firm_gets_a_letter(site: Site, organiser: Browser):
    job_id = await a_waiting_job(site)
    here = f"/org/jobs/{job_id}"
    assert "限女 — Limits by gender are not allowed." in (await organiser.get(here)).words

    answer = await organiser.send(f"{here}/approval", on=here)

    assert answer.target == "/org"
    assert (await site.browser().get(f"/jobs/{job_id}")).status == 200
    [letter] = await letters(site.database)
    assert letter["letter"] == "job-approved"
    assert letter["link"] == f"http://daigang.example/jobs/{job_id}"


async def test_a_job_goes_back_with_a_reason_and_not_without(site: Site, organiser: Browser):
    job_id = await a_waiting_job(site)
    here = f"/org/jobs/{job_id}"

    without = await organiser.send(f"{here}/return", on=here, reason="  ")
    assert without.status == 422
    assert "Say why the job goes back to the firm." in without.words
    too_long = await organiser.send(f"{here}/return", on=here, reason="x" * 501)
    assert "at most 500 characters" in too_long.words
    assert await state_of(site, job_id) == JobState.IN_REVIEW

    answer = await organiser.send(f"{here}/return", on=here, reason="请删去性别要求。")
    assert answer.target == "/org"
    assert await state_of(site, job_id) == JobState.RETURNED
    assert "Returned 请删去性别要求。" in (await organiser.get(here)).words


async def test_the_second_reviewer_learns_that_the_job_is_decided(site: Site, organiser: Browser):
    job_id = await a_waiting_job(site)
    here = f"/org/jobs/{job_id}"
    page = await organiser.get(here)
    await organiser.post(f"{here}/approval", csrf=page.csrf)

    again = await organiser.post(f"{here}/approval", csrf=page.csrf)

    assert again.status == 409
    assert "Approve and publish" not in (await organiser.get(here)).words


async def test_doubts_about_a_code_reach_the_reviewer(site: Site, organiser: Browser):
    job_id = await a_waiting_job(site)
    async with site.database.writing() as session:
        job = await session.get_one(Job, job_id)
        firm = await session.get_one(Firm, job.firm_id)
        firm.uscc = "91330108MAFAKE0100"

    page = await organiser.get(f"/org/jobs/{job_id}")
    assert "Character 17 should be 9" in page.words

    async with site.database.writing() as session:
        firm = await session.get_one(Firm, job.firm_id)
        firm.uscc = "91330108MAFAKE0101"
    page = await organiser.get(f"/org/jobs/{job_id}")
    assert "The last character should be 0." in page.words


async def test_recruiters_and_strangers_stay_out(site: Site, register: Register):
    job_id = await a_waiting_job(site)
    recruiter = await site.signed_in(await register("hr@example.com", Role.RECRUITER))
    page = await recruiter.get("/me/account")

    assert (await recruiter.get("/org")).status == 403
    answer = await recruiter.post(f"/org/jobs/{job_id}/approval", csrf=page.csrf)
    assert answer.status == 403
    assert (await site.browser().get("/org")).target.startswith("/sign-in")

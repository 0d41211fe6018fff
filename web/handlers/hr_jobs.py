"""/hr/jobs: a firm's jobs from draft to withdrawal."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.campaigns.service import campaign_today, campaign_zone
from interviews.employers.models import FirmId
from interviews.employers.service import firm_by_id
from interviews.jobs.models import Job, JobId, JobState
from interviews.jobs.rules import EDITABLE, EmploymentType, JobFacts
from interviews.jobs.service.read import Posting, all_jobs_of
from interviews.jobs.service.write import (
    change_job,
    own_job,
    post_job,
    send_for_review,
    withdraw_job,
)
from interviews.refusals import Malformed, NotAllowed
from interviews.reviews.models import JobReview
from interviews.reviews.service import last_reviews
from interviews.texts import N_
from web.handlers.choices import employment_types, levels, majors
from web.handlers.job_words import STATE_NAMES, STATE_TONES, flags_of, job_of
from web.handlers.shown import ShownJob, shown_job
from web.keys import CLOCK
from web.pages import form, render, say, see_other, typed
from web.unit import unit
from web.viewer import viewer

DEFAULTS = {"months_per_year": "12", "employment_type": EmploymentType.FULL_TIME.value}
MOST_PAY = 1_000_000  # CNY; more is a slip of the keyboard
TEXT = 4000  # characters, the column's width


class JobForm(BaseModel):
    """A job as typed, in the order of the notice of January 2026."""

    title_zh: str = Field(max_length=80)
    title_en: str = Field(default="", max_length=120)
    headcount: int = Field(ge=1, le=9999)
    employment_type: Literal["full_time", "internship"]
    level_min: Literal["zhuanke", "benke", "shuoshi", "boshi"]
    major_categories: tuple[str, ...] = ()
    duties_zh: str = Field(max_length=TEXT)
    duties_en: str = Field(default="", max_length=TEXT)
    requirements_zh: str = Field(default="", max_length=TEXT)
    requirements_en: str = Field(default="", max_length=TEXT)
    city_name: str = Field(max_length=60)
    pay_min: int = Field(ge=1, le=MOST_PAY)
    pay_max: int = Field(ge=1, le=MOST_PAY)
    months_per_year: int = 12
    expires_on: date


@dataclass(frozen=True, slots=True)
class OwnJob:
    """A line of the firm's list."""

    job: ShownJob
    state_name: str
    tone: str
    reason: str


async def index(request: web.Request) -> web.Response:
    """GET /hr/jobs: the firm's jobs in every state."""
    return render(request, "hr/jobs.html", jobs=await own_jobs(request))


async def show_new(request: web.Request) -> web.Response:
    """GET /hr/jobs/new: an empty form."""
    return await _form_page(request, None, {}, {})


async def create(request: web.Request) -> web.Response:
    """POST /hr/jobs: keep a new draft, and send it in when asked to."""
    session, now = await unit(request), request.app[CLOCK].now()
    firm_id = own_firm(request)
    try:
        facts = await _facts(request)
        zone = await campaign_zone(session)
        job = await post_job(session, firm_id, facts, zone=zone, now=now)
    except Malformed as refusal:
        return await _again(request, None, refusal)
    return await _kept(request, firm_id, job)


async def show_edit(request: web.Request) -> web.Response:
    """GET /hr/jobs/{id}/edit: the job's form with its review."""
    job = await own_job(await unit(request), own_firm(request), job_of(request))
    zone = await campaign_zone(await unit(request))
    values = {name: str(getattr(job, name)) for name in JobForm.model_fields if hasattr(job, name)}
    values["expires_on"] = job.valid_through.astimezone(zone).date().isoformat()
    return await _form_page(request, job, values, {}, chosen=job.major_categories)


async def change(request: web.Request) -> web.Response:
    """POST /hr/jobs/{id}: keep the changes; a public job goes back to review."""
    session, now = await unit(request), request.app[CLOCK].now()
    firm_id, job_id = own_firm(request), job_of(request)
    job = await own_job(session, firm_id, job_id)
    try:
        facts = await _facts(request)
        zone = await campaign_zone(session)
        job = await change_job(session, firm_id, job_id, facts, zone=zone, now=now)
    except Malformed as refusal:
        return await _again(request, job, refusal)
    return await _kept(request, firm_id, job)


async def send(request: web.Request) -> web.Response:
    """POST /hr/jobs/{id}/review: into the organisers' queue."""
    now = request.app[CLOCK].now()
    await send_for_review(await unit(request), own_firm(request), job_of(request), now=now)
    return see_other(request, "/hr/jobs", N_("The job is with the organiser for review."))


async def withdraw(request: web.Request) -> web.Response:
    """POST /hr/jobs/{id}/withdrawal: take the job back for good."""
    await withdraw_job(await unit(request), own_firm(request), job_of(request))
    return see_other(request, "/hr/jobs", N_("The job is withdrawn; booked interviews stay."))


def own_firm(request: web.Request) -> FirmId:
    """The recruiter's firm.

    Raises:
        NotAllowed: the account acts for no firm.
    """
    firm_id = viewer(request).firm_id
    if firm_id is None:
        raise NotAllowed
    return firm_id


async def _facts(request: web.Request) -> JobFacts:
    return JobFacts(**(await form(request, JobForm)).model_dump())


async def _kept(request: web.Request, firm_id: FirmId, job: Job) -> web.Response:
    sent = (await request.post()).get("then") == "review"
    if sent and job.state in {JobState.DRAFT, JobState.RETURNED}:
        now = request.app[CLOCK].now()
        await send_for_review(await unit(request), firm_id, JobId(job.id or 0), now=now)
        return see_other(request, "/hr/jobs", N_("The job is with the organiser for review."))
    if job.state == JobState.IN_REVIEW:
        return see_other(request, "/hr/jobs", N_("The job is with the organiser for review."))
    return see_other(request, f"/hr/jobs/{job.id}/edit", N_("The job is saved."))


async def own_jobs(request: web.Request) -> list[OwnJob]:
    """The firm's jobs in every state, each with its last reason."""
    session, firm_id = await unit(request), own_firm(request)
    firm = await firm_by_id(session, firm_id)
    jobs = await all_jobs_of(session, firm_id)
    on = await campaign_today(session, request.app[CLOCK].now())
    reviews = await last_reviews(session, [JobId(job.id or 0) for job in jobs])
    return [
        OwnJob(
            job=shown_job(request, Posting(job, firm), on),
            state_name=say(request, STATE_NAMES[JobState(job.state)]),
            tone=STATE_TONES[JobState(job.state)],
            reason=_reason(job, reviews.get(JobId(job.id or 0))),
        )
        for job in jobs
    ]


def _reason(job: Job, review: JobReview | None) -> str:
    return review.reason if review and job.state == JobState.RETURNED else ""


async def _again(request: web.Request, job: Job | None, refusal: Malformed) -> web.Response:
    errors = {name: say(request, text) for name, text in refusal.fields.items()}
    chosen = [str(code) for code in (await request.post()).getall("major_categories", [])]
    values = await typed(request)
    return await _form_page(request, job, values, errors, chosen=chosen, status=422)


async def _form_page(
    request: web.Request,
    job: Job | None,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    chosen: list[str] | None = None,
    status: int = 200,
) -> web.Response:
    session, now = await unit(request), request.app[CLOCK].now()
    review = None
    if job is not None:
        review = (await last_reviews(session, [JobId(job.id or 0)])).get(JobId(job.id or 0))
    return render(
        request,
        "hr/job_form.html",
        status=status,
        job=job,
        state_name=say(request, STATE_NAMES[JobState(job.state)]) if job else "",
        tone=STATE_TONES[JobState(job.state)] if job else "",
        reason=_reason(job, review) if job else "",
        editable=job is None or job.state in EDITABLE,
        values=dict.fromkeys(JobForm.model_fields, "") | DEFAULTS | values,
        chosen=chosen or [],
        errors=errors,
        flags=flags_of(request, values) if values else [],
        types=employment_types(request),
        levels=levels(request),
        majors=majors(request),
        today=await campaign_today(session, now),
    )

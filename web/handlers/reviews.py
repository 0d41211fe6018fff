"""/org and /org/jobs/{id}: the organisers' queue and one decision."""

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.campaigns.service import campaign_today
from interviews.employers import uscc
from interviews.employers.models import Firm
from interviews.employers.refusals import UsccMalformed
from interviews.jobs.models import Job, JobState
from interviews.jobs.service.read import in_review, posting
from interviews.people.models import PersonId
from interviews.refusals import Malformed, NotAllowed
from interviews.reviews.refusals import ReasonMissing
from interviews.reviews.service import LONGEST_REASON, approve, reviews_of, send_back
from interviews.texts import N_
from web.handlers.job_words import STATE_NAMES, STATE_TONES, flags_of, job_of
from web.handlers.shown import shown_job
from web.keys import CLOCK, LINKS
from web.pages import Problem, explain, form, render, say, see_other, typed
from web.unit import unit
from web.viewer import viewer


class Reason(BaseModel):
    """Why a job goes back."""

    reason: str = Field(default="", max_length=LONGEST_REASON)


async def queue(request: web.Request) -> web.Response:
    """GET /org: the jobs that wait, the longest first."""
    session, now = await unit(request), request.app[CLOCK].now()
    today = await campaign_today(session, now)
    waiting = await in_review(session)
    rows = [
        (shown_job(request, one, today), one.job.submitted_at, flags_of(request, texts_of(one.job)))
        for one in waiting
    ]
    return render(request, "org/queue.html", rows=rows)


async def show(request: web.Request) -> web.Response:
    """GET /org/jobs/{id}: everything that a reviewer looks at."""
    return await _page(request)


async def accept(request: web.Request) -> web.Response:
    """POST /org/jobs/{id}/approval: make the job public."""
    await approve(
        await unit(request),
        job_of(request),
        _reviewer(request),
        links=request.app[LINKS],
        now=request.app[CLOCK].now(),
    )
    return see_other(request, "/org", N_("The job is public; its firm gets a letter."))


async def give_back(request: web.Request) -> web.Response:
    """POST /org/jobs/{id}/return: back to the firm with a reason."""
    try:
        reason = (await form(request, Reason)).reason
        await send_back(
            await unit(request),
            job_of(request),
            _reviewer(request),
            reason=reason,
            links=request.app[LINKS],
            now=request.app[CLOCK].now(),
        )
    except Malformed as refusal:
        return await _page(request, errors=refusal.fields, status=422)
    except ReasonMissing as refusal:
        return await _page(request, problem=explain(request, refusal), status=422)
    return see_other(request, "/org", N_("The job went back; its firm gets your reason by mail."))


def _reviewer(request: web.Request) -> PersonId:
    person_id = viewer(request).person_id
    if person_id is None:
        raise NotAllowed
    return person_id


def texts_of(job: Job) -> dict[str, str]:
    """What the checker of words reads of a job."""
    names = ("title_zh", "title_en", "duties_zh", "duties_en", "requirements_zh",
             "requirements_en", "city_name", "pay_min")  # fmt: skip
    return {name: str(getattr(job, name)) for name in names}


def code_doubts(request: web.Request, firm: Firm) -> list[str]:
    """What a reviewer should know about the firm's code."""
    try:
        code = uscc.parse(firm.uscc)
    except UsccMalformed as refusal:
        return [explain(request, refusal).message]
    return [say(request, doubt.text, **doubt.parameters) for doubt in code.doubts]


async def _page(
    request: web.Request,
    *,
    problem: Problem | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> web.Response:
    session, now = await unit(request), request.app[CLOCK].now()
    found = await posting(session, job_of(request))
    today = await campaign_today(session, now)
    state = JobState(found.job.state)
    return render(
        request,
        "org/job.html",
        status=status,
        job=shown_job(request, found, today),
        both=found.job,
        state_name=say(request, STATE_NAMES[state]),
        tone=STATE_TONES[state],
        may_approve=state is JobState.IN_REVIEW,
        may_return=state in {JobState.IN_REVIEW, JobState.APPROVED},
        flags=flags_of(request, texts_of(found.job)),
        doubts=code_doubts(request, found.firm),
        history=[
            (one, say(request, STATE_NAMES[JobState(one.decision)]))
            for one in await reviews_of(session, job_of(request))
        ],
        problem=problem,
        errors=errors or {},
        values={"reason": ""} | await typed(request),
    )

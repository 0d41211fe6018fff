"""Jobs with free times that may suit a graduate when a page would else be empty."""

from collections.abc import Collection

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.service import free_slots_of
from interviews.campaigns.service import campaign_today
from interviews.graduates.service import profile
from interviews.identity.models import Role
from interviews.jobs.models import JobId
from interviews.jobs.rules import lacking
from interviews.jobs.service.read import Posting, public_job_ids, public_postings
from interviews.people.models import PersonId
from interviews.slots.models import FreeSlot
from web.handlers.home import FreeJob
from web.handlers.shown import shown_job
from web.keys import CLOCK
from web.viewer import viewer

JOBS, TIMES = 3, 3  # one row of cards, each with its first times


async def others_with_times(
    request: web.Request, session: AsyncSession, found: Posting
) -> list[FreeJob]:
    """Other firms' jobs with free times: those that the graduate may book, or of the subject."""
    others = [one for one in await _public(request, session) if one.firm.id != found.firm.id]
    graduate = graduate_or_none(request)
    studies = await profile(session, graduate) if graduate is not None else None
    if studies is not None and studies.major_category:
        fitting = [one for one in others if not lacking(one.job, studies)]
    else:
        fitting = [one for one in others if _shares_subject(one, found)]
    return await _with_times(request, session, fitting)


async def matching_jobs(request: web.Request, session: AsyncSession) -> list[FreeJob]:
    """Jobs with free times whose conditions the graduate meets."""
    graduate = graduate_or_none(request)
    if graduate is None:
        return []
    studies = await profile(session, graduate)
    public = await _public(request, session)
    return await _with_times(
        request, session, [one for one in public if not lacking(one.job, studies)]
    )


def graduate_or_none(request: web.Request) -> PersonId | None:
    """The graduate who asks; None for everybody else."""
    watcher = viewer(request)
    return watcher.person_id if watcher.role is Role.GRADUATE else None


async def _public(request: web.Request, session: AsyncSession) -> tuple[Posting, ...]:
    now = request.app[CLOCK].now()
    return await public_postings(session, await public_job_ids(session, now=now), now=now)


async def _with_times(
    request: web.Request, session: AsyncSession, fitting: Collection[Posting]
) -> list[FreeJob]:
    now = request.app[CLOCK].now()
    postings = {JobId(one.job.id): one for one in fitting if one.job.id is not None}
    if not postings:
        return []
    free: dict[JobId, list[FreeSlot]] = {}
    graduate = graduate_or_none(request)
    for slot in await free_slots_of(session, list(postings), graduate, now=now):
        if slot.clash is None:
            free.setdefault(slot.job_id, []).append(slot)
    today = await campaign_today(session, now)
    return [
        FreeJob(shown_job(request, postings[job_id], today), tuple(slots[:TIMES]))
        for job_id, slots in list(free.items())[:JOBS]
    ]


def _shares_subject(one: Posting, other: Posting) -> bool:
    """Whether some graduate's major could fit both; a job without categories takes any."""
    mine, theirs = one.job.major_categories, set(other.job.major_categories)
    return not mine or not theirs or not theirs.isdisjoint(mine)

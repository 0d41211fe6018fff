"""/jobs: the list with its filters in the URL, and the page of one job."""

from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.service.free import free_slots
from interviews.campaigns.service import campaign_today
from interviews.graduates.service import profile
from interviews.identity.models import Role
from interviews.jobs.models import Job, JobId
from interviews.jobs.refusals import JobNotFound
from interviews.jobs.rules import CLOSED_TEXTS, LACK_TEXTS, Closed, closed, lacking
from interviews.jobs.service.read import Posting, Wish, cities, posting, search, similar
from interviews.reviews.service import was_ever_public
from interviews.slots.models import FreeSlot
from web.handlers.choices import employment_types, levels
from web.handlers.shown import city_name, shown_job
from web.keys import CLOCK
from web.pages import render, say
from web.unit import unit
from web.viewer import viewer

LONGEST_TEXT = 60  # characters of a search
LAST_PAGE = 10_000
FREE_SHOWN = 3


async def index(request: web.Request) -> web.Response:
    """GET /jobs: what can be applied for, by text, city, own level and type."""
    session, now = await unit(request), request.app[CLOCK].now()
    wish = wish_of(request)
    found = await search(session, wish, page=page_of(request), now=now)
    today = await campaign_today(session, now)
    known = await cities(session, now=now)
    return render(
        request,
        "jobs/index.html",
        wish=wish,
        found=found,
        jobs=[shown_job(request, one, today) for one in found.postings],
        address=address_of(wish),
        cities=[(name, city_name(request, name)) for name in known],
        levels=levels(request),
        types=employment_types(request),
    )


def wish_of(request: web.Request) -> Wish:
    """The filters of the URL; what is too long or unknown counts as not given."""
    query = request.query
    kinds = {key for key, _ in employment_types(request)}
    ranks = {key for key, _ in levels(request)}
    return Wish(
        text=query.get("q", "").strip()[:LONGEST_TEXT],
        city=query.get("city", "").strip()[:LONGEST_TEXT],
        level=query.get("level", "") if query.get("level") in ranks else "",
        employment_type=query.get("type", "") if query.get("type") in kinds else "",
    )


def page_of(request: web.Request) -> int:
    """The page of the URL, from 1."""
    text = request.query.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len("100000") else 1
    return min(max(1, number), LAST_PAGE)


def address_of(wish: Wish) -> Callable[[int], str]:
    """The address of a page of this search."""
    given = {
        "q": wish.text,
        "city": wish.city,
        "level": wish.level,
        "type": wish.employment_type,
    }
    kept = {name: value for name, value in given.items() if value}

    def address(page: int) -> str:
        query = urlencode(kept | ({"page": str(page)} if page > 1 else {}))
        return f"/jobs?{query}" if query else "/jobs"

    return address


async def show(request: web.Request) -> web.Response:
    """GET /jobs/{id}: one job; 410 with a reason and similar jobs once it is closed."""
    session, now = await unit(request), request.app[CLOCK].now()
    found = await posting(session, JobId(int(request.match_info["job_id"])))
    today = await campaign_today(session, now)
    why = await _closed(session, found, now)
    if why is not None:
        return await _gone(request, session, found, why, today=today)
    slots = await _next_free(request, session, found.job, now)
    return render(
        request,
        "jobs/show.html",
        job=shown_job(request, found, today),
        match=await _match(request, session, found.job),
        slots=slots,
    )


async def _closed(session: AsyncSession, found: Posting, now: datetime) -> Closed | None:
    """Why the page is gone; a job that never was public is not found at all."""
    why = closed(found.job, now=now)
    unseen = found.firm.verified_at is None
    if unseen or (why and not await was_ever_public(session, JobId(found.job.id or 0))):
        raise JobNotFound
    return why


async def _gone(
    request: web.Request, session: AsyncSession, found: Posting, why: Closed, *, today: date
) -> web.Response:
    others = await similar(session, found.job, now=request.app[CLOCK].now())
    return render(
        request,
        "jobs/gone.html",
        status=410,
        job=shown_job(request, found, today),
        reason=say(request, CLOSED_TEXTS[why]),
        similar=[shown_job(request, one, today) for one in others],
    )


async def _next_free(
    request: web.Request, session: AsyncSession, job: Job, now: datetime
) -> list[FreeSlot]:
    watcher = viewer(request)
    graduate = watcher.person_id if watcher.role is Role.GRADUATE else None
    slots = await free_slots(session, JobId(job.id or 0), graduate, now=now)
    return [slot for slot in slots if slot.clash is None][:FREE_SHOWN]


async def _match(request: web.Request, session: AsyncSession, job: Job) -> list[str] | None:
    """What the signed-in graduate lacks, in words; None for everybody else."""
    watcher = viewer(request)
    if watcher.role is not Role.GRADUATE or watcher.person_id is None:
        return None
    graduate = await profile(session, watcher.person_id)
    return [say(request, LACK_TEXTS[lack]) for lack in lacking(job, graduate)]

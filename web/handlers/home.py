"""GET /: the campaign, free times today, a way in for each role."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.service.free import free_slots_of
from interviews.campaigns.rules import campaign_day
from interviews.campaigns.service import (
    DEFAULT_ZONE,
    CurrentCampaign,
    campaign_zone,
    current_campaign,
)
from interviews.jobs.models import JobId
from interviews.jobs.service.read import Wish, public_job_ids, public_postings, search
from interviews.slots.models import FreeSlot
from interviews.slots.ranges import TimeRange
from web.handlers.shown import ShownJob, english, shown_job
from web.keys import CLOCK
from web.pages import render
from web.unit import unit
from web.viewer import viewer

SHOWN = 6  # cards: two rows on a desktop
SOON = timedelta(days=7)  # how far to look when nothing is free today


@dataclass(frozen=True, slots=True)
class FreeJob:
    """A job with its first free times."""

    job: ShownJob
    slots: tuple[FreeSlot, ...]


async def show(request: web.Request) -> web.Response:
    """The home page."""
    session, now = await unit(request), request.app[CLOCK].now()
    current = await current_campaign(session)
    zone = current.zone if current else DEFAULT_ZONE
    free = await _free(request, session, now, _end_of_day(now, zone))
    later = [] if free else await _free(request, session, now, now + SOON)
    newest = await search(session, Wish(), page=1, now=now)
    today = now.astimezone(zone).date()
    return render(
        request,
        "jobs/home.html",
        campaign=_campaign(request, current, now) if current else None,
        free=free or later,
        is_today=bool(free),
        newest=[shown_job(request, one, today) for one in newest.postings[:SHOWN]],
        total=newest.total,
    )


def _end_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=zone)


async def _free(
    request: web.Request, session: AsyncSession, now: datetime, until: datetime
) -> list[FreeJob]:
    ids = await public_job_ids(session, now=now)
    if not ids:
        return []
    watcher = viewer(request)
    graduate = watcher.person_id if watcher.role == "graduate" else None
    slots = await free_slots_of(session, ids, graduate, now=now, between=TimeRange(now, until))
    by_job: dict[JobId, list[FreeSlot]] = {}
    for slot in slots:
        by_job.setdefault(slot.job_id, []).append(slot)
    first = list(by_job)[:SHOWN]
    postings = {one.job.id: one for one in await public_postings(session, first, now=now)}
    today = now.astimezone(await campaign_zone(session)).date()
    return [
        FreeJob(shown_job(request, postings[job_id], today), tuple(by_job[job_id][:3]))
        for job_id in first
        if job_id in postings
    ]


@dataclass(frozen=True, slots=True)
class ShownCampaign:
    """The campaign in one language with where it stands today."""

    name: str
    slogan: str
    phase: str
    stand: str
    day: int
    days: int
    days_until: int
    starts_on: date
    campaign_day: int
    campaign_days: int


def _campaign(
    request: web.Request, current: CurrentCampaign, now: datetime
) -> ShownCampaign | None:
    position = current.position(now)
    if position is None:
        return None
    in_english, campaign = english(request), current.campaign
    day, days = campaign_day(current.phases, now.astimezone(current.zone).date())
    return ShownCampaign(
        name=(in_english and campaign.name_en) or campaign.name_zh,
        slogan=(in_english and campaign.slogan_en) or campaign.slogan_zh,
        phase=(in_english and position.phase.name_en) or position.phase.name_zh,
        stand=position.stand,
        day=position.day,
        days=position.days,
        days_until=position.days_until,
        starts_on=position.phase.starts_on,
        campaign_day=day,
        campaign_days=days,
    )

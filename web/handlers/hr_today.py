"""GET /hr: a recruiter's day."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from interviews.bookings.models import BookingState
from interviews.bookings.service.views import firm_bookings
from interviews.campaigns.service import campaign_today
from interviews.employers.service import firm_by_id
from interviews.jobs.models import JobState
from interviews.slots.ranges import TimeRange
from web.handlers.hr_jobs import own_firm, own_jobs
from web.handlers.shown import english, shown_firm
from web.keys import CLOCK
from web.pages import render
from web.unit import unit
from web.viewer import viewer


async def show(request: web.Request) -> web.Response:
    """GET /hr: what needs the recruiter today."""
    session, now = await unit(request), request.app[CLOCK].now()
    firm = await firm_by_id(session, own_firm(request))
    on = await campaign_today(session, now)
    jobs = await own_jobs(request)
    day = today_in(viewer(request).zone, now)
    booked = await firm_bookings(
        session, own_firm(request), between=day, states=(BookingState.CONFIRMED,)
    )
    return render(
        request,
        "hr/today.html",
        interviews=[one for one in booked if one.ends_at > now],
        in_english=english(request),
        firm=shown_firm(request, firm, on),
        counts={state.value: sum(one.job.state == state for one in jobs) for state in JobState},
        returned=[one for one in jobs if one.job.state == JobState.RETURNED],
    )


def today_in(zone: str, now: datetime) -> TimeRange:
    """The present day on the wall clock of a zone."""
    midnight = datetime.combine(now.astimezone(ZoneInfo(zone)).date(), time(), ZoneInfo(zone))
    return TimeRange(midnight, midnight + timedelta(days=1))

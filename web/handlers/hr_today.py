"""GET /hr: a recruiter's day."""

from zoneinfo import ZoneInfo

from aiohttp import web

from interviews.bookings.models import BookingState
from interviews.bookings.service.views import firm_bookings
from interviews.campaigns.service import campaign_today
from interviews.employers.service import firm_by_id
from interviews.jobs.models import JobState
from web.handlers.acts import wording
from web.handlers.hr_bookings import range_of
from web.handlers.hr_jobs import own_firm, own_jobs
from web.handlers.shown import shown_firm
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
    zone = viewer(request).zone
    day = range_of(now.astimezone(ZoneInfo(zone)).date(), zone)
    booked = await firm_bookings(
        session, own_firm(request), between=day, states=(BookingState.CONFIRMED,)
    )
    words = await wording(request, "panel")
    return render(
        request,
        "hr/today.html",
        interviews=[one for one in map(words, booked) if not one.is_over],
        firm=shown_firm(request, firm, on),
        counts={state.value: sum(one.job.state == state for one in jobs) for state in JobState},
        returned=[one for one in jobs if one.job.state == JobState.RETURNED],
    )

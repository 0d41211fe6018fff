"""GET /firms/{slug}: who a firm is, how far it is verified, which jobs it has."""

from aiohttp import web

from interviews.campaigns.service import campaign_today
from interviews.employers.models import FirmId
from interviews.employers.service import firm_by_slug
from interviews.jobs.service.read import open_jobs_of
from web.handlers.shown import shown_firm, shown_job
from web.keys import CLOCK
from web.pages import render
from web.unit import unit


async def show(request: web.Request) -> web.Response:
    """The firm's page."""
    session, now = await unit(request), request.app[CLOCK].now()
    firm = await firm_by_slug(session, request.match_info["slug"])
    today = await campaign_today(session, now)
    jobs = await open_jobs_of(session, FirmId(firm.id or 0), now=now)
    return render(
        request,
        "firms/show.html",
        firm=shown_firm(request, firm, today),
        jobs=[shown_job(request, one, today) for one in jobs],
    )

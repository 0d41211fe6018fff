"""Media sessions for administrators: all of them, one with its last minute, and that minute."""

from aiohttp import web

from interviews.refusals import NotFound
from signaling.engine.insight import MediaSession
from signaling.forwarding.record import FlightRecord, to_json
from signaling.refusals import Refusal
from web.handlers.freezes import causes
from web.keys import CLOCK, ENGINE
from web.pages import render


async def index(request: web.Request) -> web.Response:
    """GET /admin/media: every media session of this process."""
    sessions = await request.app[ENGINE].insight.sessions()
    return render(request, "media/index.html", sessions=sessions)


async def show(request: web.Request) -> web.Response:
    """GET /admin/media/{session_id}: its numbers, and why its picture froze in the last minute."""
    record = await _record(request)
    one = await _session(request)
    found = causes(request, record, now=request.app[CLOCK].now())
    return render(request, "media/show.html", one=one, record=record, causes=found)


async def download(request: web.Request) -> web.Response:
    """GET /admin/media/{session_id}/record.json: headers and decisions of the last minute."""
    record = await _record(request)
    name = f"daigang-{record.session}.json"
    return web.Response(
        text=to_json(record),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _record(request: web.Request) -> FlightRecord:
    """The record of the session in the address.

    Raises:
        NotFound: it has ended, or its worker does not answer.
    """
    try:
        return await request.app[ENGINE].insight.flight(request.match_info["session_id"])
    except Refusal as refusal:
        raise NotFound from refusal


async def _session(request: web.Request) -> MediaSession:
    wanted = request.match_info["session_id"]
    for one in await request.app[ENGINE].insight.sessions():
        if one.id == wanted:
            return one
    raise NotFound

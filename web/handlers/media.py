"""Media sessions for administrators: all of them, one with its last minute, and that minute."""

from itertools import groupby

from aiohttp import web

from interviews.bookings.service.meeting import room_names
from interviews.refusals import NotFound
from signaling.engine.insight import MediaSession
from signaling.forwarding.record import FlightRecord, to_json
from signaling.refusals import Refusal
from web.handlers.freezes import causes
from web.keys import CLOCK, ENGINE
from web.pages import render
from web.unit import unit


async def index(request: web.Request) -> web.Response:
    """GET /admin/media: every media session of this process."""
    sessions = await request.app[ENGINE].insight.sessions()
    names = await room_names(await unit(request), {one.room for one in sessions})
    by_room = groupby(sessions, key=lambda one: one.room)
    rooms = [(room, names.get(room), list(listed)) for room, listed in by_room]
    return render(request, "media/index.html", rooms=rooms, count=len(sessions))


async def show(request: web.Request) -> web.Response:
    """GET /admin/media/{session_id}: its numbers, and why its picture froze in the last minute."""
    record = await _record(request)
    one = await _session(request)
    found = causes(request, record, now=request.app[CLOCK].now())
    names = await room_names(await unit(request), {one.room})
    return render(
        request, "media/show.html", one=one, name=names.get(one.room), record=record, causes=found
    )


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

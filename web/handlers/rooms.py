"""The waiting room and the interview room: one page for everybody who may come in."""

from aiohttp import web

from interviews.bookings.models import BookingId
from interviews.bookings.refusals import NotLive, NotYours
from interviews.bookings.service.meeting import Meeting, meeting_of
from interviews.identity.models import Role
from interviews.identity.rules import check_booking_link
from interviews.people.models import PersonId
from web.handlers.picker import name_chooser
from web.keys import CLOCK, ENGINE
from web.links import open_link
from web.pages import render
from web.rooms import admit
from web.unit import unit
from web.viewer import viewer


async def enter(request: web.Request) -> web.Response:
    """GET /interviews/{id}/room: for the graduate, the panel and the firm's recruiters."""
    person = viewer(request).person_id
    if person is None:
        raise NotYours
    booking = BookingId(int(request.match_info["id"]))
    return await _room(request, booking, person, by_link=False)


async def enter_by_link(request: web.Request) -> web.Response:
    """GET /i/{token}/room: for the holder of a signed link, who knocks."""
    linked = await open_link(request)
    if linked.purpose != "room":
        raise NotYours
    try:
        return await _room(request, linked.booking_id, linked.person_id, by_link=True)
    except NotLive:  # the link's own page says what became of the interview
        raise web.HTTPSeeOther(request.path.removesuffix("/room")) from None


async def _room(
    request: web.Request, booking: BookingId, person: PersonId, *, by_link: bool
) -> web.Response:
    meeting = await meeting_of(await unit(request), booking, person)
    now = request.app[CLOCK].now()
    if by_link:
        check_booking_link(ends_at=meeting.ends_at, attends=True, now=now)
    grant = admit(request.app[ENGINE], meeting, by_link=by_link, now=now)
    choose = name_chooser(request)
    return render(
        request,
        "room/room.html",
        meeting=meeting,
        panel=[choose(name, latin) for name, latin in meeting.panel],
        title=_titled(request, meeting),
        grant=grant,
        back=_back(request, booking, meeting),
    )


def _back(request: web.Request, booking: BookingId, meeting: Meeting) -> str:
    """The page about this interview that this person may see."""
    if viewer(request).role is Role.RECRUITER and meeting.is_panel:
        return f"/hr/bookings/{booking}"
    return request.path.removesuffix("/room")


def _titled(request: web.Request, meeting: Meeting) -> str:
    chinese = viewer(request).locale == "zh_CN"
    return meeting.title_zh if chinese or not meeting.title_en else meeting.title_en

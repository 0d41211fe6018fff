"""/me/interviews and /interviews/{id}: what a graduate has agreed to, and what may be done."""

from aiohttp import web

from interviews.bookings.models import BookingId, BookingState
from interviews.bookings.service import history, my_interviews
from interviews.bookings.service.history import Carried, Turn
from interviews.refusals import Refusal
from interviews.texts import N_
from web.handlers.acts import call_off, move_on, move_page, shown, will_come, wording
from web.handlers.alternatives import matching_jobs
from web.handlers.calendars import calendar_answer, calendar_links
from web.handlers.slots import graduate_of
from web.handlers.steps import ShownRefusal, shown_refusal
from web.keys import CLOCK
from web.pages import render, say, see_other
from web.unit import undo, unit

TURNS = {
    Turn.BOOKED: N_("Booked for %(when)s"),
    Turn.MOVED: N_("Moved to %(when)s"),
    Turn.UPDATED: N_("Changed; the time stays %(when)s"),
    Turn.CANCELLED: N_("Cancelled; it was to be %(when)s"),
}
MAILS = {
    Carried.WAITING: N_("mail is on its way"),
    Carried.SENT: N_("mail sent"),
    Carried.FAILED: N_("mail could not be delivered"),
}


async def index(request: web.Request) -> web.Response:
    """GET /me/interviews: the next one big, then the rest by state."""
    session, now = await unit(request), request.app[CLOCK].now()
    words = await wording(request)
    mine = [words(one) for one in await my_interviews(session, graduate_of(request))]
    coming = [one for one in mine if not one.is_over]
    over = [one for one in reversed(mine) if one.is_over and one.state != BookingState.CANCELLED]
    return render(
        request,
        "interviews/index.html",
        next=coming[0] if coming else None,
        calendar=calendar_links(request, coming[0]) if coming else None,
        later=coming[1:],
        over=over,
        cancelled=[one for one in reversed(mine) if one.state == BookingState.CANCELLED],
        is_now=bool(coming) and coming[0].starts_at <= now,
        matching=[] if coming else await matching_jobs(request, session),
    )


async def show(request: web.Request) -> web.Response:
    """GET /interviews/{id}: when, with whom, and what can be done about it."""
    booking_id, person_id = booking_of(request), graduate_of(request)
    one = await shown(request, booking_id, person_id)
    told = await history(await unit(request), booking_id, person_id)
    return render(
        request,
        "interviews/show.html",
        one=one,
        calendar=calendar_links(request, one),
        turns=[(entry, TURNS[entry.turn], say(request, MAILS[entry.carried])) for entry in told],
        mail_failed=bool(told) and told[-1].carried is Carried.FAILED,
    )


async def show_move(request: web.Request) -> web.Response:
    """GET /interviews/{id}/move: the picker, with how often and until when."""
    return await _move_page(request, None)


async def move(request: web.Request) -> web.Response:
    """POST /interviews/{id}/move: to another time of the same job."""
    booking_id = booking_of(request)
    try:
        await move_on(request, booking_id, graduate_of(request))
    except Refusal as refusal:
        await undo(request, refusal)
        return await _move_page(request, shown_refusal(request, refusal))
    return see_other(
        request, f"/interviews/{booking_id}", N_("Moved. An updated invite is on its way.")
    )


async def _move_page(request: web.Request, problem: ShownRefusal | None) -> web.Response:
    booking_id, person_id = booking_of(request), graduate_of(request)
    one = await shown(request, booking_id, person_id)
    here = f"/interviews/{booking_id}"
    return await move_page(request, one, person_id, path=f"{here}/move", back=here, problem=problem)


async def show_cancel(request: web.Request) -> web.Response:
    """GET /interviews/{id}/cancellation: what cancelling means, and a place for a reason."""
    return await _cancel_page(request, None)


async def cancel(request: web.Request) -> web.Response:
    """POST /interviews/{id}/cancellation: the time is free again and everybody is told."""
    try:
        await call_off(request, booking_of(request), graduate_of(request))
    except Refusal as refusal:
        await undo(request, refusal)
        return await _cancel_page(request, shown_refusal(request, refusal))
    return see_other(
        request, "/me/interviews", N_("The interview is cancelled and everybody is told.")
    )


async def _cancel_page(request: web.Request, problem: ShownRefusal | None) -> web.Response:
    booking_id = booking_of(request)
    one = await shown(request, booking_id, graduate_of(request))
    here = f"/interviews/{booking_id}"
    return render(
        request,
        "interviews/cancel.html",
        status=problem.status if problem else 200,
        one=one,
        address=f"{here}/cancellation",
        back=here,
        problem=problem,
        typed=str((await request.post()).get("reason", "")),
        needs_reason=False,
    )


async def keep(request: web.Request) -> web.Response:
    """POST /interviews/{id}/attendance: I will be there."""
    booking_id = booking_of(request)
    await will_come(request, booking_id, graduate_of(request))
    return see_other(request, f"/interviews/{booking_id}", N_("Good, you are expected."))


async def calendar(request: web.Request) -> web.Response:
    """GET /interviews/{id}/calendar.ics: for everybody who takes part."""
    return await calendar_answer(request, booking_of(request), graduate_of(request))


def booking_of(request: web.Request) -> BookingId:
    """The interview that the address names."""
    return BookingId(int(request.match_info["id"]))

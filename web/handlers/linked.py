"""/i/{token}: one interview for the holder of a signed link, who needs no account.

A link is good for one purpose; reading it changes nothing, since scanners of mail read it first.
"""

from aiohttp import web

from interviews.bookings.models import BookingId
from interviews.bookings.refusals import NotYours
from interviews.bookings.service import booking_for
from interviews.identity.refusals import BookingLinkOver
from interviews.identity.rules import check_booking_link
from interviews.refusals import NotAllowed, Refusal
from interviews.texts import N_
from web.handlers.acts import call_off, move_on, move_page, side_of, will_come, wording
from web.handlers.interview_words import ShownInterview, ShownPerson
from web.handlers.steps import ShownRefusal, shown_refusal
from web.keys import CLOCK
from web.links import LinkedPerson, open_link
from web.pages import render, see_other
from web.unit import undo, unit

DONE = {
    "confirm": N_("Good, you are expected."),
    "move": N_("Moved. An updated invite is on its way."),
    "cancel": N_("The interview is cancelled and everybody is told."),
}


async def show(request: web.Request) -> web.Response:
    """GET /i/{token}: the interview, with the one thing that this link is for."""
    linked = await open_link(request)
    return await _page(request, linked, None)


async def act(request: web.Request) -> web.Response:
    """POST /i/{token}: do what the link is for."""
    linked = await open_link(request)
    await _checked(request, linked)
    try:
        await _do(request, linked)
    except NotAllowed:
        raise
    except Refusal as refusal:
        await undo(request, refusal)
        return await _page(request, linked, shown_refusal(request, refusal))
    return see_other(request, request.path, DONE[linked.purpose])


async def _do(request: web.Request, linked: LinkedPerson) -> None:
    """One verb for one purpose.

    Raises:
        NotAllowed: the link only finds the room, or an interviewer wants to move.
    """
    booking_id, person_id = linked.booking_id, linked.person_id
    if linked.purpose == "confirm":
        await will_come(request, booking_id, person_id)
    elif linked.purpose == "cancel":
        await call_off(request, booking_id, person_id)
    elif linked.purpose == "move":
        await move_on(request, booking_id, person_id)
    else:
        raise NotAllowed


async def _checked(
    request: web.Request, linked: LinkedPerson
) -> tuple[ShownInterview, ShownPerson]:
    """The interview and its person, while the link is good.

    Raises:
        BookingLinkOver: the interview is long over, or the person is in it no more.
    """
    try:
        found = await booking_for(await unit(request), linked.booking_id, linked.person_id)
    except NotYours as refusal:
        raise BookingLinkOver from refusal
    people = {party.person_id for party in found.people}
    now = request.app[CLOCK].now()
    check_booking_link(ends_at=found.ends_at, attends=linked.person_id in people, now=now)
    one = (await wording(request, side_of(found, linked.person_id)))(found)
    everybody = (one.graduate, *one.panel)
    return one, next(who for who in everybody if who.person_id == linked.person_id)


async def _page(
    request: web.Request, linked: LinkedPerson, problem: ShownRefusal | None
) -> web.Response:
    one, reader = await _checked(request, linked)
    is_graduate = reader == one.graduate
    if linked.purpose == "move" and is_graduate and one.is_live:
        return await move_page(
            request, one, linked.person_id, path=request.path, back="", problem=problem
        )
    return render(
        request,
        "interviews/linked.html",
        status=problem.status if problem else 200,
        one=one,
        reader=reader,
        is_graduate=is_graduate,
        purpose=linked.purpose,
        problem=problem,
        typed=str((await request.post()).get("reason", "")),
        needs_reason=not is_graduate,
        booking=BookingId(one.id),
    )

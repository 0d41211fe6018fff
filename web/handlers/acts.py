"""What somebody does to one interview, whether signed in or by a signed link."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from interviews.bookings.commands import Answer, Cancel, Move
from interviews.bookings.models import BookingId
from interviews.bookings.service import Interview, answer, booking_for, cancel, move
from interviews.campaigns.service import current_campaign
from interviews.jobs.models import JobId
from interviews.people.models import PersonId
from interviews.slots.models import SlotId
from signaling.rooms.values import Role
from web.handlers.choices import Number
from web.handlers.interview_words import ShownInterview, Wording
from web.handlers.picker import picker_for
from web.handlers.steps import ShownRefusal
from web.keys import CLOCK
from web.pages import form, render
from web.rooms import room_changed
from web.unit import unit


class Wanted(BaseModel):
    """The time to move to."""

    slot_id: Number


class CalledOff(BaseModel):
    """Why it is cancelled; the graduate may keep that to themselves."""

    reason: Annotated[str, Field(max_length=500)] = ""


async def wording(request: web.Request, side: Role = "candidate") -> Wording:
    """How interviews are worded for this reader."""
    campaign = await current_campaign(await unit(request))
    return Wording(request, campaign, request.app[CLOCK].now(), side)


async def shown(
    request: web.Request, booking_id: BookingId, person_id: PersonId, side: Role = "candidate"
) -> ShownInterview:
    """One interview for somebody in it.

    Raises:
        NotYours: there is none, or it belongs to others.
    """
    interview = await booking_for(await unit(request), booking_id, person_id)
    return (await wording(request, side))(interview)


def side_of(interview: Interview, person_id: PersonId) -> Role:
    """Which side of the interview somebody is on."""
    return "candidate" if interview.graduate.person_id == person_id else "panel"


async def will_come(request: web.Request, booking_id: BookingId, person_id: PersonId) -> None:
    """Write that this person will come.

    Raises:
        NotYours, NotLive.
    """
    command = Answer(booking_id=booking_id, by=person_id)
    await answer(await unit(request), command, now=request.app[CLOCK].now())


async def call_off(request: web.Request, booking_id: BookingId, person_id: PersonId) -> None:
    """Cancel with the reason of the form, and let an open room know.

    Raises:
        Malformed, NotYours, NotLive, ReasonMissing.
    """
    said = await form(request, CalledOff)
    command = Cancel(booking_id=booking_id, by=person_id, reason=said.reason)
    await cancel(await unit(request), command, now=request.app[CLOCK].now())
    await room_changed(request, booking_id)


async def move_on(request: web.Request, booking_id: BookingId, graduate_id: PersonId) -> None:
    """Move to the time of the form, and let an open room know.

    Raises:
        Malformed, and everything that `interviews.bookings.service.move` says no with.
    """
    wanted = await form(request, Wanted)
    command = Move(booking_id=booking_id, slot_id=SlotId(wanted.slot_id), graduate_id=graduate_id)
    await move(await unit(request), command, now=request.app[CLOCK].now())
    await room_changed(request, booking_id)


async def move_page(
    request: web.Request,
    one: ShownInterview,
    graduate_id: PersonId,
    *,
    path: str,
    back: str,
    problem: ShownRefusal | None = None,
) -> web.Response:
    """The same picker as for booking, with what may still be moved and until when."""
    picker = await picker_for(
        request,
        JobId(one.job_id),
        path=path,
        graduate_id=graduate_id,
        moving=BookingId(one.id),
    )
    return render(
        request,
        "interviews/move.html",
        status=problem.status if problem else 200,
        one=one,
        picker=picker,
        address=path,
        back=back,
        problem=problem,
    )

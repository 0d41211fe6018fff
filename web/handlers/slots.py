"""A job's free times for a graduate: pick one, hold it for 90 seconds, or let it go."""

from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.commands import Hold
from interviews.bookings.models import BookingId
from interviews.bookings.refusals import (
    AlreadyBooked,
    GraduateBusy,
    PhaseClosed,
    SlotClosed,
    SlotTaken,
)
from interviews.bookings.rules import LACKS
from interviews.bookings.service import hold, my_interviews, nearest_of, release
from interviews.campaigns.rules import Stand
from interviews.campaigns.service import campaign_today, current_campaign
from interviews.employers.rules import check_firm_may_recruit
from interviews.graduates.service import profile
from interviews.identity.models import Role
from interviews.identity.refusals import EmailNotVerified
from interviews.jobs.models import JobId
from interviews.jobs.rules import closed, lacking
from interviews.jobs.service.read import Posting, posting
from interviews.people.models import PersonId
from interviews.refusals import NotAllowed, Refusal
from interviews.slots.models import Slot, SlotId
from interviews.texts import N_
from web.handlers.alternatives import others_with_times
from web.handlers.picker import picker_for
from web.handlers.shown import shown_job
from web.handlers.steps import shown_refusal
from web.keys import CLOCK
from web.pages import render, see_other
from web.unit import undo, unit
from web.viewer import viewer

GONE = (SlotTaken, GraduateBusy)  # other times may do


async def show(request: web.Request) -> web.Response:
    """GET /jobs/{job_id}/slots: days as chips, times, and why it may be closed to this reader."""
    return await slots_page(request, JobId(int(request.match_info["job_id"])))


async def hold_slot(request: web.Request) -> web.Response:
    """POST /slots/{slot_id}/hold: keep the time for 90 seconds, then ask for the agreement."""
    slot_id, graduate_id = slot_of(request), graduate_of(request)
    session, now = await unit(request), request.app[CLOCK].now()
    try:
        check_may_book(request)
        command = Hold(slot_id=slot_id, graduate_id=graduate_id)
        await hold(session, command, now=now, suggest=False)
    except Refusal as refusal:
        return await refused(request, slot_id, refusal)
    return see_other(request, f"/slots/{slot_id}/confirm")


async def let_go(request: web.Request) -> web.Response:
    """POST /slots/{slot_id}/release: somebody else may have the time."""
    slot_id, now = slot_of(request), request.app[CLOCK].now()
    session = await unit(request)
    await release(session, graduate_of(request), slot_id, now=now)
    slot = await existing(session, slot_id)
    return see_other(request, f"/jobs/{slot.job_id}/slots", N_("You let the time go."))


def slot_of(request: web.Request) -> SlotId:
    """The slot that the address names."""
    return SlotId(int(request.match_info["slot_id"]))


def graduate_of(request: web.Request) -> PersonId:
    """The graduate who asks.

    Raises:
        NotAllowed: nobody is signed in.
    """
    person_id = viewer(request).person_id
    if person_id is None:
        raise NotAllowed
    return person_id


def check_may_book(request: web.Request) -> None:
    """Nothing, if this account may book at all.

    Raises:
        EmailNotVerified: an invite to an unproved address may reach a stranger.
    """
    if not viewer(request).email_verified:
        raise EmailNotVerified


async def existing(session: AsyncSession, slot_id: SlotId) -> Slot:
    """The slot, in any state.

    Raises:
        SlotClosed: there is none with that number.
    """
    slot = await session.get(Slot, slot_id)
    if slot is None:
        raise SlotClosed
    return slot


async def refused(request: web.Request, slot_id: SlotId, refusal: Refusal) -> web.Response:
    """The job's times again, with what was wrong and the nearest times that are free."""
    await undo(request, refusal)
    slot = await existing(await unit(request), slot_id)
    return await slots_page(request, slot.job_id, refusal, slot)


async def slots_page(
    request: web.Request,
    job_id: JobId,
    refusal: Refusal | None = None,
    wanted: Slot | None = None,
) -> web.Response:
    """The page of a job's times; with a refusal, under it and with its status.

    `wanted` is the time that was refused: the nearest ones are looked up among the page's own.
    """
    session, now = await unit(request), request.app[CLOCK].now()
    found = await posting(session, job_id)
    if closed(found.job, now=now) is not None and refusal is None:
        raise web.HTTPSeeOther(f"/jobs/{job_id}")  # that page says why, and what is similar
    watcher = viewer(request)
    graduate = watcher.person_id if watcher.role is Role.GRADUATE else None
    picker = await picker_for(request, job_id, path=f"/jobs/{job_id}/slots", graduate_id=graduate)
    taken = isinstance(refusal, SlotTaken)  # so not booked by this graduate, and often said
    mine = None if taken else await booked_for(session, job_id, graduate)
    barrier = await _barrier(request, session, found, mine, now)
    why = refusal or barrier  # what was just refused says more than what holds for every time
    near = nearest_of(picker.slots, wanted) if wanted and isinstance(refusal, GONE) else ()
    explained = (
        shown_refusal(request, why, job_id=job_id, booking_id=mine, nearest=near) if why else None
    )
    return render(
        request,
        "slots/pick.html",
        status=refusal.status if refusal else 200,
        job=shown_job(request, found, await campaign_today(session, now)),
        picker=picker,
        problem=explained,
        is_open=barrier is None,
        is_graduate=graduate is not None,
        others=[] if picker.chips else await others_with_times(request, session, found),
    )


async def booked_for(
    session: AsyncSession, job_id: JobId, graduate: PersonId | None
) -> BookingId | None:
    """The interview that this graduate has for this job already."""
    if graduate is None:
        return None
    mine = await my_interviews(session, graduate)
    return next((one.booking_id for one in mine if one.job_id == job_id and one.is_live), None)


async def _barrier(
    request: web.Request,
    session: AsyncSession,
    found: Posting,
    mine: BookingId | None,
    now: datetime,
) -> Refusal | None:
    """Why nothing here can be booked by this reader; the same refusals that booking gives."""
    try:
        await _check_campaign(session, now)
        check_firm_may_recruit(found.firm, await campaign_today(session, now))
        if viewer(request).role is Role.GRADUATE:
            if mine is not None:
                raise AlreadyBooked
            check_may_book(request)
            await _check_profile(session, found, graduate_of(request))
    except Refusal as refusal:
        return refusal
    return None


async def _check_campaign(session: AsyncSession, now: datetime) -> None:
    current = await current_campaign(session)
    position = current.position(now) if current else None
    if position is None or position.stand is Stand.OVER:
        raise PhaseClosed


async def _check_profile(session: AsyncSession, found: Posting, graduate_id: PersonId) -> None:
    """Say no as `interviews.bookings.rules.check_graduate` will.

    Raises:
        ProfileIncomplete, ConditionsNotMet.
    """
    for lack in lacking(found.job, await profile(session, graduate_id)):
        raise LACKS[lack]

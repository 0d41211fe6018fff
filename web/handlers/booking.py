"""The agreement on one time: what will be shared with whom, and the clock of the hold."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from interviews.bookings.commands import Book
from interviews.bookings.refusals import SlotTaken
from interviews.bookings.service import book, free_slots
from interviews.campaigns.service import campaign_today
from interviews.consents.service import SHARE_PROFILE, TEXT_VERSIONS
from interviews.graduates.service import profile
from interviews.jobs.service.read import posting
from interviews.people.models import PersonId
from interviews.refusals import Refusal
from interviews.slots.models import FreeSlot, Slot, SlotId, SlotInterviewer
from interviews.slots.ranges import TimeRange
from interviews.texts import N_
from web.handlers.picker import names_of
from web.handlers.shown import category_name, level_name, shown_job
from web.handlers.slots import booked_for, check_may_book, existing, graduate_of, refused, slot_of
from web.handlers.steps import shown_refusal
from web.keys import CLOCK
from web.pages import form, render, say, see_other
from web.unit import undo, unit
from web.viewer import viewer


class TextChanged(Refusal):
    """Nobody agrees to a text that they have not been shown."""

    code = "consent-text-changed"
    message = N_("What will be shared was worded anew while you were reading.")
    next_step = N_("Read it again, then confirm; your time is still held.")


class Agreed(BaseModel):
    """The graduate has read this version of what will be shared."""

    text_version: str = Field(max_length=20)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the firm will see."""

    name: str
    value: str


async def show(request: web.Request) -> web.Response:
    """GET /slots/{slot_id}/confirm: what is agreed on, while the hold runs."""
    return await _page(request, slot_of(request))


async def create(request: web.Request) -> web.Response:
    """POST /slots/{slot_id}/booking: agree, and go to the interview's page."""
    slot_id, graduate_id = slot_of(request), graduate_of(request)
    session, now = await unit(request), request.app[CLOCK].now()
    agreed = await form(request, Agreed)
    try:
        check_may_book(request)
        _check_text(agreed)
        command = Book(slot_id=slot_id, graduate_id=graduate_id, text_version=agreed.text_version)
        agreement = await book(session, command, now=now, suggest=False)
    except TextChanged as refusal:
        await undo(request, refusal)
        return await _page(request, slot_id, refusal)
    except Refusal as refusal:
        return await refused(request, slot_id, refusal)
    return see_other(
        request,
        f"/interviews/{agreement.booking_id}",
        N_("Booked. The invite is on its way to %(email)s: open it to add it to your calendar."),
        email=viewer(request).email,
    )


def _check_text(agreed: Agreed) -> None:
    if agreed.text_version != TEXT_VERSIONS[SHARE_PROFILE]:
        raise TextChanged


async def _page(
    request: web.Request, slot_id: SlotId, refusal: Refusal | None = None
) -> web.Response:
    session, now = await unit(request), request.app[CLOCK].now()
    graduate_id = graduate_of(request)
    slot = await existing(session, slot_id)
    if (own := await booked_for(session, slot.job_id, graduate_id)) is not None:
        raise web.HTTPSeeOther(f"/interviews/{own}")  # the browser went back after booking
    free = await _as_free(session, slot, graduate_id, now)
    if free is None:
        return await refused(request, slot_id, SlotTaken())
    found = await posting(session, slot.job_id)
    return render(
        request,
        "slots/confirm.html",
        status=refusal.status if refusal else 200,
        slot=slot,
        held_until=free.held_until,
        job=shown_job(request, found, await campaign_today(session, now)),
        panel=await _panel(request, session, slot_id),
        facts=await _facts(request, session, graduate_id),
        text_version=TEXT_VERSIONS[SHARE_PROFILE],
        problem=shown_refusal(request, refusal) if refusal else None,
    )


async def _as_free(
    session: AsyncSession, slot: Slot, graduate_id: PersonId, now: datetime
) -> FreeSlot | None:
    """The slot as long as this graduate may still have it."""
    around = TimeRange(slot.starts_at, slot.ends_at)
    free = await free_slots(session, slot.job_id, graduate_id, now=now, between=around)
    return next((one for one in free if one.slot_id == slot.id and one.clash is None), None)


async def _panel(request: web.Request, session: AsyncSession, slot_id: SlotId) -> tuple[str, ...]:
    query = select(col(SlotInterviewer.person_id)).where(col(SlotInterviewer.slot_id) == slot_id)
    people = list(await session.scalars(query))
    return tuple((await names_of(request, session, people)).values())


async def _facts(
    request: web.Request, session: AsyncSession, graduate_id: PersonId
) -> tuple[Fact, ...]:
    """What the firm will see of this graduate, in the order of the profile."""
    known = await profile(session, graduate_id)
    watcher = viewer(request)
    facts = (
        Fact(say(request, N_("Name")), watcher.name),
        Fact(say(request, N_("E-mail")), watcher.email),
        Fact(say(request, N_("School")), known.school),
        Fact(say(request, N_("Level")), level_name(request, known.level)),
        Fact(say(request, N_("Major")), known.major_name),
        Fact(say(request, N_("Category")), category_name(request, known.major_category)),
        Fact(say(request, N_("Graduation")), known.graduation_month),
    )
    return tuple(fact for fact in facts if fact.value)

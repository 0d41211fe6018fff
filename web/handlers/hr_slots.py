"""/hr/slots: what the firm offers by job and day, and taking a time back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from aiohttp import web

from interviews.bookings.service import OfferedSlot, offered_slots, withdraw_slot
from interviews.jobs.models import JobId
from interviews.jobs.service.read import all_jobs_of
from interviews.people.models import PersonId
from interviews.refusals import NotAllowed, NotFound, Refusal
from interviews.slots.models import SlotState
from interviews.slots.ranges import TimeRange
from interviews.texts import N_
from web.handlers.hr_bookings import Filters, filters_of, range_of
from web.handlers.hr_jobs import own_firm
from web.handlers.picker import name_chooser, names_of
from web.handlers.shown import english
from web.handlers.slots import slot_of
from web.handlers.steps import ShownRefusal, shown_refusal
from web.keys import CLOCK
from web.pages import render, say, see_other
from web.unit import undo, unit
from web.viewer import viewer

AHEAD = timedelta(days=400)  # no phase is planned further away
FREE, TAKEN, WITHDRAWN, PAST = "free", "taken", "withdrawn", "past"
STANDS = {
    FREE: N_("Free"),
    TAKEN: N_("Booked"),
    WITHDRAWN: N_("Withdrawn"),
    PAST: N_("Past"),
}


@dataclass(frozen=True, slots=True)
class ShownSlot:
    """One offered time with whoever has booked it."""

    id: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    stand: str
    stand_name: str
    panel: tuple[str, ...]
    graduates: tuple[tuple[int, str], ...]  # booking and name
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class DayOfJob:
    """What is offered for one job on one day of the reader's calendar."""

    day: date
    job_id: int
    title: str
    slots: tuple[ShownSlot, ...]
    seats: int
    booked: int

    @property
    def percent(self) -> int:
        """How much of what was not withdrawn is booked."""
        return round(100 * self.booked / self.seats) if self.seats else 0


async def index(request: web.Request) -> web.Response:
    """GET /hr/slots?job=&day=&stand=: the firm's times by day, with who has booked them."""
    return await _page(request, None)


async def withdraw(request: web.Request) -> web.Response:
    """POST /hr/slots/{slot_id}/withdrawal: nobody may book it any more."""
    try:
        await withdraw_slot(await unit(request), slot_of(request), reader_of(request))
    except NotFound:
        raise
    except Refusal as refusal:
        await undo(request, refusal)
        return await _page(request, shown_refusal(request, refusal))
    return see_other(request, "/hr/slots", N_("The time is withdrawn."))


def reader_of(request: web.Request) -> PersonId:
    """The recruiter who asks.

    Raises:
        NotAllowed: nobody is signed in.
    """
    person_id = viewer(request).person_id
    if person_id is None:
        raise NotAllowed
    return person_id


async def _page(request: web.Request, problem: ShownRefusal | None) -> web.Response:
    session, filters = await unit(request), filters_of(request)
    wanted = request.query.get("stand", "")
    stand = wanted if wanted in STANDS else ""
    in_english = english(request)
    jobs = await all_jobs_of(session, own_firm(request))
    days = await _days(request, filters, stand)
    return render(
        request,
        "slots/offered.html",
        status=problem.status if problem else 200,
        days=days,
        filters=filters,
        stand=stand,
        stands=[(key, say(request, name)) for key, name in STANDS.items()],
        jobs=[(job.id, (in_english and job.title_en) or job.title_zh) for job in jobs],
        seats=sum(one.seats for one in days),
        booked=sum(one.booked for one in days),
        problem=problem,
    )


async def _days(request: web.Request, filters: Filters, stand: str) -> list[DayOfJob]:
    now, zone = request.app[CLOCK].now(), viewer(request).zone
    today = range_of(now.astimezone(ZoneInfo(zone)).date(), zone)
    coming = TimeRange(today.start, today.start + AHEAD)
    found = await offered_slots(
        await unit(request),
        own_firm(request),
        between=range_of(filters.day, zone) if filters.day else coming,
        job_id=JobId(filters.job) if filters.job else None,
    )
    groups: dict[tuple[date, int], list[OfferedSlot]] = {}
    for slot in found:
        if stand in {"", stand_of(slot, now)}:
            day = slot.starts_at.astimezone(ZoneInfo(zone)).date()
            groups.setdefault((day, slot.job_id), []).append(slot)
    panels = {person for slot in found for person in slot.panel}
    names = await names_of(request, await unit(request), panels)
    return [_day(request, day, slots, names) for (day, _), slots in sorted(groups.items())]


def _day(
    request: web.Request, day: date, slots: Iterable[OfferedSlot], names: Mapping[PersonId, str]
) -> DayOfJob:
    listed, now, in_english = list(slots), request.app[CLOCK].now(), english(request)
    first = listed[0]
    kept = [slot for slot in listed if slot.state == SlotState.OPEN or slot.interviews]
    return DayOfJob(
        day=day,
        job_id=first.job_id,
        title=(in_english and first.title_en) or first.title_zh,
        slots=tuple(_shown(request, slot, names, now) for slot in listed),
        seats=sum(slot.capacity for slot in kept),
        booked=sum(len(slot.interviews) for slot in kept),
    )


def _shown(
    request: web.Request, slot: OfferedSlot, names: Mapping[PersonId, str], now: datetime
) -> ShownSlot:
    stand, choose = stand_of(slot, now), name_chooser(request)
    return ShownSlot(
        id=slot.slot_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        zone=slot.zone,
        stand=stand,
        stand_name=say(request, STANDS[stand]),
        panel=tuple(names[person] for person in slot.panel),
        graduates=tuple(
            (one.booking_id, choose(one.graduate.name, one.graduate.name_latin))
            for one in slot.interviews
        ),
        may_withdraw=stand == FREE and not slot.interviews,
    )


def stand_of(slot: OfferedSlot, now: datetime) -> str:
    """Whether a time is free, taken, withdrawn, or past without anybody."""
    if slot.interviews and slot.seats_left <= 0:
        return TAKEN
    if slot.state != SlotState.OPEN:
        return WITHDRAWN
    return PAST if slot.starts_at <= now else FREE

"""/hr/bookings: who comes when, the way into the room, and calling off with a reason."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel

from interviews.bookings.commands import Finish
from interviews.bookings.models import BookingId, BookingState
from interviews.bookings.refusals import NotYours
from interviews.bookings.rules import check_finish
from interviews.bookings.service import booking_for, finish, firm_bookings, history
from interviews.bookings.service.history import Carried
from interviews.graduates.service import profile
from interviews.jobs.models import JobId
from interviews.jobs.service.read import all_jobs_of
from interviews.people.models import PersonId
from interviews.refusals import NotAllowed, Refusal
from interviews.slots.ranges import TimeRange
from interviews.texts import N_
from web.handlers.acts import call_off, wording
from web.handlers.hr_jobs import own_firm
from web.handlers.interview_words import STATE_NAMES, ShownInterview
from web.handlers.interviews import booking_of
from web.handlers.shown import category_name, english, level_name
from web.handlers.steps import ShownRefusal, shown_refusal
from web.keys import CLOCK
from web.pages import form, render, say, see_other
from web.rooms import room_changed
from web.unit import undo, unit
from web.viewer import viewer

DAY = timedelta(days=1)
OUTCOMES = {BookingState.DONE: N_("It took place"), BookingState.NO_SHOW: N_("Nobody came")}


class Ended(BaseModel):
    """How the interview ended."""

    outcome: BookingState


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of the address; what is unknown counts as not given."""

    day: date | None
    job: int | None
    state: BookingState | None

    def query(self) -> str:
        """The filters as a query, for the link that comes back here."""
        given = {"day": self.day, "job": self.job, "state": self.state}
        return urlencode({name: str(value) for name, value in given.items() if value})

    @property
    def any(self) -> bool:
        """Whether the list is narrowed at all."""
        return self.day is not None or self.job is not None or self.state is not None


@dataclass(frozen=True, slots=True)
class DayOfInterviews:
    """One date on the reader's clock with its interviews."""

    day: date
    interviews: tuple[ShownInterview, ...]


async def index(request: web.Request) -> web.Response:
    """GET /hr/bookings?day=&job=&state=: the firm's interviews by day."""
    session, filters = await unit(request), filters_of(request)
    jobs = await all_jobs_of(session, own_firm(request))
    in_english = english(request)
    return render(
        request,
        "bookings/index.html",
        days=await _days(request, filters),
        filters=filters,
        jobs=[(job.id, (in_english and job.title_en) or job.title_zh) for job in jobs],
        states=[(state.value, say(request, name)) for state, name in STATE_NAMES.items()],
    )


def filters_of(request: web.Request) -> Filters:
    """What the address narrows the list to."""
    query = request.query
    job, state = query.get("job", ""), query.get("state", "")
    return Filters(
        day=day_of(query.get("day", "")),
        job=int(job) if job.isascii() and job.isdigit() and len(job) < len("1000000000") else None,
        state=next((one for one in STATE_NAMES if one.value == state), None),
    )


def day_of(text: str) -> date | None:
    """A date as addresses write it; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min + DAY < day < date.max - DAY else None


def range_of(day: date, zone: str) -> TimeRange:
    """The day on the clocks of a zone."""
    midnight = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    return TimeRange(midnight, datetime.combine(day + DAY, time(), tzinfo=ZoneInfo(zone)))


async def _days(request: web.Request, filters: Filters) -> list[DayOfInterviews]:
    zone = viewer(request).zone
    found = await firm_bookings(
        await unit(request),
        own_firm(request),
        between=range_of(filters.day, zone) if filters.day else None,
        states=[filters.state] if filters.state else (),
        job_id=JobId(filters.job) if filters.job else None,
    )
    words = await wording(request, "panel")
    days: dict[date, list[ShownInterview]] = {}
    for one in map(words, found):
        days.setdefault(one.starts_at.astimezone(ZoneInfo(zone)).date(), []).append(one)
    today = request.app[CLOCK].now().astimezone(ZoneInfo(zone)).date()
    coming = [day for day in days if day >= today]  # in order of time, then what is past
    past = sorted((day for day in days if day < today), reverse=True)
    return [DayOfInterviews(day, tuple(days[day])) for day in (*coming, *past)]


async def show(request: web.Request) -> web.Response:
    """GET /hr/bookings/{id}: one interview, and what the graduate shares while it stands."""
    return await _page(request, None)


async def cancel(request: web.Request) -> web.Response:
    """POST /hr/bookings/{id}/cancellation: with a reason that the graduate reads."""
    booking_id = booking_of(request)
    try:
        await _check_own(request, booking_id)
        await call_off(request, booking_id, _reader(request))
    except NotYours:
        raise
    except Refusal as refusal:
        await undo(request, refusal)
        return await _page(request, shown_refusal(request, refusal))
    return see_other(
        request,
        f"/hr/bookings/{booking_id}",
        N_("The interview is cancelled and everybody is told."),
    )


async def end(request: web.Request) -> web.Response:
    """POST /hr/bookings/{id}/outcome: it took place, or nobody came."""
    booking_id = booking_of(request)
    session, now = await unit(request), request.app[CLOCK].now()
    try:
        await _check_own(request, booking_id)
        ended = await form(request, Ended)
        command = Finish(booking_id=booking_id, by=_reader(request), outcome=ended.outcome)
        await finish(session, command, now=now)
        await room_changed(request, booking_id)
    except NotYours:
        raise
    except Refusal as refusal:
        await undo(request, refusal)
        return await _page(request, shown_refusal(request, refusal))
    return see_other(request, f"/hr/bookings/{booking_id}", N_("Saved."))


def _reader(request: web.Request) -> PersonId:
    person_id = viewer(request).person_id
    if person_id is None:
        raise NotAllowed
    return person_id


async def _check_own(request: web.Request, booking_id: BookingId) -> None:
    """Nothing, if the interview is of the recruiter's firm.

    Raises:
        NotYours: also where the recruiter is only the graduate of another firm's interview.
    """
    found = await booking_for(await unit(request), booking_id, _reader(request))
    if found.firm_id != own_firm(request):
        raise NotYours


async def _page(request: web.Request, problem: ShownRefusal | None) -> web.Response:
    session, booking_id = await unit(request), booking_of(request)
    await _check_own(request, booking_id)
    found = await booking_for(session, booking_id, _reader(request))
    one = (await wording(request, "panel"))(found)
    studies = await profile(session, one.graduate.person_id)
    told = await history(session, booking_id, one.graduate.person_id)
    return render(
        request,
        "bookings/show.html",
        status=problem.status if problem else 200,
        one=one,
        studies=studies,
        level=level_name(request, studies.level),
        category=category_name(request, studies.major_category),
        problem=problem,
        typed=str((await request.post()).get("reason", "")),
        outcomes=[
            (outcome.value, say(request, text))
            for outcome, text in OUTCOMES.items()
            if _may_end(request, one, outcome)
        ],
        mail_failed=bool(told) and told[-1].carried is Carried.FAILED,
    )


def _may_end(request: web.Request, one: ShownInterview, outcome: BookingState) -> bool:
    try:
        check_finish(one.state, one.starts_at, outcome, now=request.app[CLOCK].now())
    except Refusal:
        return False
    return True

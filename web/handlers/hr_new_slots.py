"""/hr/slots/new: a window, a length, a panel; a preview of the times; then they are offered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, Field, ValidationError

from interviews.bookings.service import preview_slots, publish_slots
from interviews.campaigns.service import campaign_today
from interviews.employers.service import recruiters_of
from interviews.jobs.models import JobId, JobState
from interviews.jobs.service.read import all_jobs_of
from interviews.people.models import PersonId
from interviews.refusals import Malformed, Refusal
from interviews.slots.ranges import TimeRange
from interviews.slots.service import SKIP_TEXTS, Published, PublishSlots
from interviews.texts import N_
from web.handlers.choices import Number
from web.handlers.hr_jobs import own_firm
from web.handlers.hr_slots import reader_of
from web.handlers.picker import name_chooser
from web.handlers.shown import english
from web.handlers.steps import ShownRefusal, shown_refusal
from web.keys import CLOCK
from web.pages import explain, field_message, render, say, see_other
from web.unit import undo, unit
from web.viewer import viewer

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
HOURS = 8 * 60  # minutes; nobody interviews one person for longer
WORKWEEK = 5  # days that one form fills at most
SATURDAY = 5
PRESET = {"start": "09:00", "end": "12:00", "length": "20", "gap": "5", "days": "2"}
USUAL = {"start": "09:00", "end": "12:00", "length": "20", "gap": "5", "days": "1"}
FIELDS = ("job", "on", "days", "start", "end", "length", "gap", "before", "after")

Minutes = Annotated[int, Field(ge=0, le=HOURS)]


class Window(BaseModel):
    """What a recruiter types, in minutes and wall-clock times of their own zone."""

    job: Number
    on: date
    days: Annotated[int, Field(ge=1, le=WORKWEEK)] = 1
    start: time
    end: time
    length: Annotated[int, Field(ge=5, le=HOURS)]
    gap: Minutes = 0
    before: Minutes = 0
    after: Minutes = 0
    panel: Annotated[tuple[Number, ...], Field(min_length=1, max_length=2)]

    def commands(self, by: PersonId, zone: str) -> Iterator[PublishSlots]:
        """One command a day."""
        for offset in range(self.days):
            yield PublishSlots(
                by=by,
                job_id=JobId(self.job),
                panel=tuple(PersonId(person) for person in self.panel),
                on=self.on + offset * DAY,
                start=self.start,
                end=self.end,
                zone=zone,
                length=self.length * MINUTE,
                gap=self.gap * MINUTE,
                buffer_before=self.before * MINUTE,
                buffer_after=self.after * MINUTE,
            )


@dataclass(frozen=True, slots=True)
class ShownSkip:
    """A stretch that is not offered, and why."""

    time: TimeRange
    why: str


@dataclass(frozen=True, slots=True)
class DayPreview:
    """What would be offered on one day; `why` says it when nothing can be."""

    day: date
    times: tuple[TimeRange, ...]
    skipped: tuple[ShownSkip, ...]
    why: str


async def show(request: web.Request) -> web.Response:
    """GET /hr/slots/new: the form; once it is filled in, with the times that it means."""
    query = request.query
    if "on" not in query or "preset" in query:
        return await _page(request, await _start(request), [])
    try:
        window = _window(request, query)
        days = await _previewed(request, window)
    except Malformed as refusal:
        return await _page(request, query, query.getall("panel", []), errors=refusal.fields)
    except Refusal as refusal:
        problem = shown_refusal(request, refusal)
        return await _page(request, query, query.getall("panel", []), problem=problem)
    return await _page(request, query, query.getall("panel", []), days=days)


async def publish(request: web.Request) -> web.Response:
    """POST /hr/slots: offer the times of the form."""
    posted = await request.post()
    typed = {name: value for name, value in posted.items() if isinstance(value, str)}
    panel = [str(person) for person in posted.getall("panel", [])]
    try:
        window = _window(request, posted)
        count = await _published(request, window)
    except Malformed as refusal:
        return await _page(request, typed, panel, errors=refusal.fields, status=refusal.status)
    except Refusal as refusal:
        await undo(request, refusal)
        problem = shown_refusal(request, refusal)
        return await _page(request, typed, panel, problem=problem, status=refusal.status)
    target = f"/hr/slots?{urlencode({'job': window.job})}"
    return see_other(request, target, N_("%(count)d times are offered now."), count=count)


def _window(request: web.Request, given: MultiMapping[object]) -> Window:
    """The form as a value.

    Raises:
        Malformed: with a translated message for each field.
    """
    values: dict[str, object] = {name: given[name] for name in FIELDS if given.get(name)}
    values["panel"] = [person for person in given.getall("panel", []) if person]
    try:
        return Window.model_validate(values)
    except ValidationError as error:
        fields = {
            str(problem["loc"][0]): field_message(
                request, {"type": problem["type"], "ctx": problem.get("ctx", {})}
            )
            for problem in error.errors()
        }
        if "panel" in fields:
            fields["panel"] = say(request, N_("Choose one or two interviewers."))
        raise Malformed(fields) from error


async def _previewed(request: web.Request, window: Window) -> list[DayPreview]:
    """The times of each day.

    Raises:
        Refusal: no day has any, for this reason.
    """
    session, now = await unit(request), request.app[CLOCK].now()
    days: list[DayPreview] = []
    last: Refusal | None = None
    for command in window.commands(reader_of(request), viewer(request).zone):
        try:
            found = await preview_slots(session, command, now=now)
        except Refusal as refusal:
            last = refusal
            days.append(DayPreview(command.on, (), (), explain(request, refusal).message))
        else:
            days.append(_preview(request, command.on, found))
    if last is not None and all(day.why for day in days):
        raise last
    return days


def _preview(request: web.Request, on: date, found: Published) -> DayPreview:
    skipped = (ShownSkip(one.time, say(request, SKIP_TEXTS[one.reason])) for one in found.skipped)
    return DayPreview(on, found.times, tuple(skipped), "")


async def _published(request: web.Request, window: Window) -> int:
    """How many times are offered now; a day on which nothing fits is left out.

    Raises:
        Refusal: nothing fits on any of the days.
    """
    session, now = await unit(request), request.app[CLOCK].now()
    count, last = 0, None
    for command in window.commands(reader_of(request), viewer(request).zone):
        try:
            count += len((await publish_slots(session, command, now=now)).slots)
        except Refusal as refusal:  # said before anything of this day is written
            last = refusal
    if count == 0 and last is not None:
        raise last
    return count


async def _start(request: web.Request) -> dict[str, str]:
    """What the form shows at first: the next working day, the usual or the preset window."""
    today = await campaign_today(await unit(request), request.app[CLOCK].now())
    on = today + DAY
    while on.weekday() >= SATURDAY:
        on += DAY
    usual = PRESET if request.query.get("preset") == "two-mornings" else USUAL
    return {**usual, "on": on.isoformat(), "job": request.query.get("job", "")}


async def _page(
    request: web.Request,
    typed: Mapping[str, str],
    panel: list[str],
    *,
    errors: Mapping[str, str] | None = None,
    problem: ShownRefusal | None = None,
    days: list[DayPreview] | None = None,
    status: int = 200,
) -> web.Response:
    session, firm_id = await unit(request), own_firm(request)
    jobs = await all_jobs_of(session, firm_id)
    people = await recruiters_of(session, firm_id)
    choose, in_english = name_chooser(request), english(request)
    return render(
        request,
        "slots/new.html",
        status=status,
        typed={name: typed.get(name, "") for name in FIELDS},
        chosen=panel or [str(reader_of(request))],
        errors=errors or {},
        problem=problem,
        days=days,
        count=sum(len(day.times) for day in days or ()),
        jobs=[
            (job.id, (in_english and job.title_en) or job.title_zh)
            for job in jobs
            if job.state == JobState.APPROVED
        ],
        people=[(str(one.id), choose(one.name, one.name_latin)) for one in people],
    )

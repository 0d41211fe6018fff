"""Picking a time: days as chips, times by part of day, on the reader's clock and the host's."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.bookings.models import BookingId
from interviews.bookings.service import free_slots
from interviews.database import connection_of, table_of
from interviews.jobs.models import JobId
from interviews.people.models import Person, PersonId
from interviews.slots.models import FreeSlot
from interviews.slots.rules import DayOfSlots, OfferedSlot, TimeRange, grouped_by_day
from web.handlers.shown import english
from web.keys import CLOCK
from web.unit import unit
from web.viewer import viewer

MINUTE = timedelta(minutes=1)
PERSON = table_of(Person)
NAMES = (
    select(PERSON.c.id, PERSON.c.name, PERSON.c.name_latin)
    .where(PERSON.c.id.in_(bindparam("people", expanding=True)))
    .order_by(PERSON.c.id)
)


@dataclass(frozen=True, slots=True)
class Chip:
    """One day that may be chosen; `free` counts the times that this reader may take."""

    day: date
    free: int
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Picker:
    """The days with free times, and the times of the chosen one."""

    slots: tuple[FreeSlot, ...]  # all of them
    chips: tuple[Chip, ...]
    chosen: DayOfSlots[FreeSlot] | None
    panels: dict[PersonId, str]
    host_zones: tuple[str, ...]  # of hosts whose clocks show something else
    wanted: FreeSlot | None  # the time that the address names, while it is free

    @property
    def minutes(self) -> int:
        """How long an interview of the chosen day takes."""
        slots = _slots_of(self.chosen)
        return round((slots[0].ends_at - slots[0].starts_at) / MINUTE) if slots else 0

    @property
    def everybody(self) -> tuple[str, ...]:
        """Everyone who interviews on the chosen day."""
        return tuple(self.panels.values())


async def picker_for(
    request: web.Request,
    job_id: JobId,
    *,
    path: str,
    graduate_id: PersonId | None = None,
    moving: BookingId | None = None,
) -> Picker:
    """The free times of a job as one graduate, or anybody, sees them; `path` is the page's."""
    session, now = await unit(request), request.app[CLOCK].now()
    slots = await free_slots(session, job_id, graduate_id, now=now, moving=moving)
    days = grouped_by_day(map(_offered, slots), ZoneInfo(viewer(request).zone))
    wanted = _wanted_slot(request, slots)
    chosen = _chosen(days, wanted, _wanted_day(request))
    people = {person for slot in _slots_of(chosen) for person in slot.panel}
    return Picker(
        slots=tuple(slots),
        chips=tuple(_chip(day, path, is_chosen=day is chosen) for day in days),
        chosen=chosen,
        panels=await names_of(request, session, people),
        host_zones=_other_zones(chosen),
        wanted=wanted,
    )


def _offered(slot: FreeSlot) -> OfferedSlot[FreeSlot]:
    return OfferedSlot(slot, TimeRange(slot.starts_at, slot.ends_at), ZoneInfo(slot.zone))


def _wanted_slot(request: web.Request, slots: Iterable[FreeSlot]) -> FreeSlot | None:
    wanted = request.query.get("slot", "")
    return next((slot for slot in slots if str(slot.slot_id) == wanted and not slot.clash), None)


def _wanted_day(request: web.Request) -> date | None:
    try:
        return date.fromisoformat(request.query.get("day", ""))
    except ValueError:
        return None


def _chosen(
    days: Sequence[DayOfSlots[FreeSlot]], slot: FreeSlot | None, wanted: date | None
) -> DayOfSlots[FreeSlot] | None:
    """The day of the address; else the first on which this reader may take a time."""
    for day in days:
        if slot in _slots_of(day) or (slot is None and day.day == wanted):
            return day
    return next((day for day in days if _free(day)), days[0] if days else None)


def _chip(day: DayOfSlots[FreeSlot], path: str, *, is_chosen: bool) -> Chip:
    return Chip(day.day, _free(day), f"{path}?day={day.day.isoformat()}", is_chosen)


def _free(day: DayOfSlots[FreeSlot]) -> int:
    return sum(slot.clash is None for slot in _slots_of(day))


def _slots_of(day: DayOfSlots[FreeSlot] | None) -> list[FreeSlot]:
    return [slot.key for part in day.parts for slot in part.slots] if day else []


def _other_zones(day: DayOfSlots[FreeSlot] | None) -> tuple[str, ...]:
    if day is None:
        return ()
    differing = (slot for part in day.parts for slot in part.slots if slot.host_start)
    return tuple(dict.fromkeys(slot.key.zone for slot in differing))


async def names_of(
    request: web.Request, session: AsyncSession, people: Collection[PersonId]
) -> dict[PersonId, str]:
    """The names of these people in the reader's script."""
    if not people:
        return {}
    connection = await connection_of(session)
    rows: list[Any] = list(await connection.execute(NAMES, {"people": sorted(people)}))
    choose = name_chooser(request)
    return {PersonId(one or 0): choose(name, latin) for one, name, latin in rows}


def name_chooser(request: web.Request) -> Callable[[str, str], str]:
    """Picks the Chinese or the Latin spelling of a name for this reader."""
    latin_first = english(request)

    def choose(chinese: str, latin: str) -> str:
        return (latin_first and latin) or chinese or latin

    return choose

"""Free slots as a booking page shows them: by day and part of day on the viewer's clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from interviews.slots.ranges import TimeRange

NOON, EVENING = 12, 18  # hours of the viewer's clock at which the next part of the day begins

Key = TypeVar("Key")


class PartName(StrEnum):
    """The part of the viewer's day in which a slot starts."""

    MORNING = "morning"  # before 12:00
    AFTERNOON = "afternoon"  # before 18:00
    EVENING = "evening"


@dataclass(frozen=True, slots=True)
class OfferedSlot(Generic[Key]):
    """A free slot: what the caller knows it by, when it is, and the zone of its host."""

    key: Key
    when: TimeRange
    host_zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class ShownSlot(Generic[Key]):
    """A free slot on the viewer's clock, and on the host's when that shows something else.

    `start` and `end` are aware and in the viewer's zone; `host_start` and `host_end` are aware,
    in the host's zone, and None when both clocks show the same.
    """

    key: Key
    start: datetime
    end: datetime
    host_start: datetime | None
    host_end: datetime | None


@dataclass(frozen=True, slots=True)
class PartOfDay(Generic[Key]):
    """The free slots of one part of a day, earliest first; never empty."""

    name: PartName
    slots: tuple[ShownSlot[Key], ...]


@dataclass(frozen=True, slots=True)
class DayOfSlots(Generic[Key]):
    """One date of the viewer's calendar with at least one free slot."""

    day: date
    parts: tuple[PartOfDay[Key], ...]

    @property
    def count(self) -> int:
        """How many slots are free on this day."""
        return sum(len(part.slots) for part in self.parts)


def grouped_by_day(
    offers: Iterable[OfferedSlot[Key]], viewer_zone: ZoneInfo
) -> tuple[DayOfSlots[Key], ...]:
    """The offers by the viewer's dates and parts of day; days and parts without one are left out.

    The day and part are those in which a slot starts. Offers come in any order; those of one
    time keep the order in which they came.
    """
    days: dict[date, dict[PartName, list[ShownSlot[Key]]]] = {}
    for offer in sorted(offers, key=lambda offer: offer.when):
        slot = _shown(offer, viewer_zone)
        parts = days.setdefault(slot.start.date(), {})
        parts.setdefault(part_of(slot.start), []).append(slot)
    return tuple(
        DayOfSlots(
            day, tuple(PartOfDay(name, tuple(parts[name])) for name in PartName if name in parts)
        )
        for day, parts in sorted(days.items())
    )


def part_of(local: datetime) -> PartName:
    """The part of the day that a clock showing `local` is in."""
    if local.hour < NOON:
        return PartName.MORNING
    return PartName.AFTERNOON if local.hour < EVENING else PartName.EVENING


def _shown(offer: OfferedSlot[Key], viewer_zone: ZoneInfo) -> ShownSlot[Key]:
    start, end = offer.when.start.astimezone(viewer_zone), offer.when.end.astimezone(viewer_zone)
    host_start = offer.when.start.astimezone(offer.host_zone)
    host_end = offer.when.end.astimezone(offer.host_zone)
    # Compared without their zones: what matters is what the two clocks show.
    viewer_walls = start.replace(tzinfo=None), end.replace(tzinfo=None)
    if viewer_walls == (host_start.replace(tzinfo=None), host_end.replace(tzinfo=None)):
        return ShownSlot(offer.key, start, end, None, None)
    return ShownSlot(offer.key, start, end, host_start, host_end)

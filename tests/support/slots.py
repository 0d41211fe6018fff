"""Short ways to write times, hours and panels in the tests of the slot generator."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from interviews.slots.rules import (
    DateOverride,
    LocalHours,
    OpeningHours,
    PanelMember,
    SlotShape,
    TimeRange,
    Weekday,
    WeeklyRule,
)

UTC_ZONE = ZoneInfo("UTC")
WORKDAYS = tuple(Weekday)[:5]
EVERY_DAY = tuple(Weekday)


def at(text: str) -> datetime:
    """The aware moment that an ISO 8601 text names."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment


def between(start: str, end: str) -> TimeRange:
    """The half-open range between two ISO 8601 moments."""
    return TimeRange(at(start), at(end))


def minutes(count: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)


def hours(text: str) -> LocalHours:
    """Hours written as `08:00-17:00`; 24:00 is the midnight that ends the day."""
    start, end = text.split("-")
    if end == "24:00":
        return LocalHours(time.fromisoformat(start), time(0), ends_next_day=True)
    return LocalHours(time.fromisoformat(start), time.fromisoformat(end))


def weekly(days: tuple[Weekday, ...], text: str) -> tuple[WeeklyRule, ...]:
    """The same hours on each of these weekdays."""
    return tuple(WeeklyRule(day, hours(text)) for day in days)


def on_dates(zone: str, *openings: tuple[str, str]) -> OpeningHours:
    """Hours on single dates only: pairs of date and `08:00-17:00`."""
    overrides = (DateOverride(date.fromisoformat(day), hours(text)) for day, text in openings)
    return OpeningHours(ZoneInfo(zone), overrides=tuple(overrides))


def member(zone: str, *openings: tuple[str, str], busy: tuple[TimeRange, ...] = ()) -> PanelMember:
    """A panel member who is open on single dates only."""
    return PanelMember(on_dates(zone, *openings), busy)


def shape(length: float, gap: float = 0, *, before: float = 0, after: float = 0) -> SlotShape:
    """A slot's shape in minutes."""
    return SlotShape(minutes(length), minutes(gap), minutes(before), minutes(after))


def starts(slots: tuple[TimeRange, ...], zone: str = "UTC") -> list[str]:
    """What a clock in the zone shows at the start of each slot."""
    return [f"{slot.start.astimezone(ZoneInfo(zone)):%H:%M}" for slot in slots]

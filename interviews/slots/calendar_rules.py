"""A host's opening hours, told in local wall time, and the windows in UTC that they mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from interviews.slots.ranges import TimeRange, merged
from interviews.slots.refusals import (
    DateOutOfReach,
    DatesReversed,
    HoursEndBeforeStart,
    LocalTimeWithZone,
    TravelsOverlap,
    WeeklyRuleWithoutTime,
)

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 1970, 2199  # far from where datetime arithmetic overflows


class Weekday(IntEnum):
    """A day of the week, numbered as `date.weekday()` does."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@dataclass(frozen=True, slots=True)
class LocalHours:
    """A stretch of wall-clock time of at most 24 hours that begins on some date.

    `ends_next_day` with an end of 00:00 means midnight. Equal times on the same day are no time
    at all: that is how a closed day is written.

    Raises:
        LocalTimeWithZone: a time carries a zone of its own.
        HoursEndBeforeStart: the end is before the start, or more than 24 hours after it.
    """

    start: time
    end: time
    ends_next_day: bool = False

    def __post_init__(self) -> None:
        for wall in (self.start, self.end):
            if wall.tzinfo is not None:
                raise LocalTimeWithZone(wall=wall.isoformat())
        too_early = self.end < self.start and not self.ends_next_day
        too_late = self.end > self.start and self.ends_next_day
        if too_early or too_late:
            raise HoursEndBeforeStart(start=f"{self.start:%H:%M}", end=f"{self.end:%H:%M}")

    @property
    def is_closed(self) -> bool:
        """Whether these hours hold no time at all."""
        return self.start == self.end and not self.ends_next_day


CLOSED = LocalHours(time(0), time(0))
WHOLE_DAY = LocalHours(time(0), time(0), ends_next_day=True)


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """Hours that repeat on one weekday, on dates from `valid_from` to `valid_until` inclusive.

    `zone` is where these hours are counted; None means wherever the host is that day.

    Raises:
        DatesReversed: the last valid date is before the first.
        WeeklyRuleWithoutTime: the hours hold no time.
    """

    weekday: Weekday
    hours: LocalHours
    valid_from: date | None = None
    valid_until: date | None = None
    zone: ZoneInfo | None = None

    def __post_init__(self) -> None:
        _check_order(self.valid_from, self.valid_until)
        if self.hours.is_closed:
            raise WeeklyRuleWithoutTime(wall=f"{self.hours.start:%H:%M}")

    def holds_on(self, day: date) -> bool:
        """Whether the rule opens hours that begin on this date."""
        return (
            day.weekday() == self.weekday
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class DateOverride:
    """Hours that replace every weekly rule on one date; closed hours close the date."""

    on: date
    hours: LocalHours


@dataclass(frozen=True, slots=True)
class Travel:
    """The zone a host lives in from `first` to `last` inclusive; without `last`, from then on.

    Raises:
        DatesReversed: the last date is before the first.
    """

    zone: ZoneInfo
    first: date
    last: date | None = None

    def __post_init__(self) -> None:
        _check_order(self.first, self.last)

    def covers(self, day: date) -> bool:
        """Whether the host is there on this date."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """When one host may be asked at all: weekly rules, dates that differ, dated zones.

    Raises:
        TravelsOverlap: two journeys claim the same date.
    """

    zone: ZoneInfo
    weekly: tuple[WeeklyRule, ...] = ()
    overrides: tuple[DateOverride, ...] = ()
    travels: tuple[Travel, ...] = ()

    def __post_init__(self) -> None:
        journeys = sorted(self.travels, key=lambda travel: travel.first)
        for earlier, later in pairwise(journeys):
            if earlier.covers(later.first):
                raise TravelsOverlap(day=later.first.isoformat())

    def zone_on(self, day: date) -> ZoneInfo:
        """The zone whose clocks the host reads on this date."""
        return next((travel.zone for travel in self.travels if travel.covers(day)), self.zone)

    def windows(self, first: date, last: date) -> tuple[TimeRange, ...]:
        """The open windows that begin on the local dates `first` to `last`, sorted and disjoint.

        Windows that overlap or touch are one, also across midnight. Where that would give a
        window of more than a week, it is cut at the host's Monday midnights that come at least a
        week after it opened: the grid of someone who never closes needs an anchor too.
        """
        runs = merged(self._windows_of_each_day(first, last))
        return tuple(piece for run in runs for piece in self._cut_by_week(run))

    def _windows_of_each_day(self, first: date, last: date) -> Iterator[TimeRange]:
        overrides: dict[date, list[LocalHours]] = {}
        for override in self.overrides:
            overrides.setdefault(override.on, []).append(override.hours)
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            zone = self.zone_on(day)
            if day in overrides:
                found = [(hours, zone) for hours in overrides[day]]
            else:
                held = (rule for rule in self.weekly if rule.holds_on(day))
                found = [(rule.hours, rule.zone or zone) for rule in held]
            for hours, where in found:
                window = window_on(day, hours, where)
                if window is not None:
                    yield window

    def _cut_by_week(self, run: TimeRange) -> Iterator[TimeRange]:
        start = run.start
        day = (run.start + WEEK).astimezone(self.zone).date() - 2 * DAY  # zones are 26 h apart
        monday = day + timedelta(days=(Weekday.MONDAY - day.weekday()) % 7)
        while (cut := moment_of(monday, time(0), self.zone_on(monday))) < run.end:
            if cut - run.start >= WEEK:
                yield TimeRange(start, cut)
                start = cut
            monday += WEEK
        yield TimeRange(start, run.end)


def window_on(day: date, hours: LocalHours, zone: ZoneInfo) -> TimeRange | None:
    """The window these hours mean on this local date, or None when no time is left of them.

    Hours that lie in the hour a clock change skips may come out empty or turned around.
    """
    start = moment_of(day, hours.start, zone)
    end = moment_of(day + DAY if hours.ends_next_day else day, hours.end, zone)
    return TimeRange(start, end) if start < end else None


def moment_of(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, that a wall clock in `zone` names.

    A time that a clock change skips is read with the offset before the change; a time that comes
    twice is its first coming (RFC 5545 §3.3.5). That is what PEP 495 gives for `fold=0`.

    Raises:
        LocalTimeWithZone: the wall time carries a zone of its own.
        DateOutOfReach: the year is not one we plan in.
    """
    if wall.tzinfo is not None:
        raise LocalTimeWithZone(wall=wall.isoformat())
    if not FIRST_YEAR - 1 <= day.year <= LAST_YEAR + 1:
        raise DateOutOfReach(day=day.isoformat(), first=FIRST_YEAR, last=LAST_YEAR)
    return datetime.combine(day, wall.replace(fold=0), tzinfo=zone).astimezone(UTC)


def wall_text(moment: datetime, zone: ZoneInfo) -> str:
    """What a clock in `zone` shows at an aware moment, as `YYYY-MM-DDTHH:MM:SS`."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}"


def _check_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise DatesReversed(first=first.isoformat(), last=last.isoformat())

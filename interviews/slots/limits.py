"""How many interviews one person takes in a day, week, month or year."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from interviews.slots.ranges import TimeRange, as_utc
from interviews.slots.refusals import LimitNotPositive, LimitReached, LimitsContradict
from interviews.texts import N_


class Period(StrEnum):
    """A stretch of the calendar in which interviews are counted."""

    DAY = N_("day")
    WEEK = N_("week")
    MONTH = N_("month")
    YEAR = N_("year")


@dataclass(frozen=True, slots=True)
class Limits:
    """The most interviews that may start in each period; None is no limit.

    Periods are those of the interviewer's home zone; weeks begin on Monday (ISO 8601).

    Raises:
        LimitNotPositive: a limit is below 1.
        LimitsContradict: a shorter period allows more than a longer one.
    """

    day: int | None = None
    week: int | None = None
    month: int | None = None
    year: int | None = None

    def __post_init__(self) -> None:
        given = self.given()
        for period, count in given:
            if count < 1:
                raise LimitNotPositive(period=period.value, count=count)
        for (shorter, less), (longer, more) in pairwise(given):
            if less > more:
                raise LimitsContradict(
                    shorter=shorter.value,
                    shorter_count=less,
                    longer=longer.value,
                    longer_count=more,
                )

    def given(self) -> tuple[tuple[Period, int], ...]:
        """The limits that are set, from the shortest period to the longest."""
        counts = zip(Period, (self.day, self.week, self.month, self.year), strict=True)
        return tuple((period, count) for period, count in counts if count is not None)


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _PeriodKey:
    """One particular day, week, month or year."""

    period: Period
    first_parts: tuple[int, ...]


class BookedCounts:
    """Which periods of one interviewer are full, given the starts of what is booked."""

    def __init__(self, limits: Limits, booked: Iterable[datetime], zone: ZoneInfo) -> None:
        """Count the `booked` starts (aware, in any order) in the periods of `zone`."""
        self._limits = limits.given()
        self._zone = zone
        self._counts: Counter[_PeriodKey] = Counter()
        for moment in booked:
            day = as_utc(moment).astimezone(zone).date()
            self._counts.update(_key(period, day) for period, _ in self._limits)

    def check(self, start: datetime) -> None:
        """Say no when one more interview starting at `start` would break a limit.

        Raises:
            LimitReached: the shortest period that is full.
        """
        day = as_utc(start).astimezone(self._zone).date()
        for period, most in self._limits:
            if self._counts[_key(period, day)] >= most:
                raise LimitReached(period=period.value, count=most)

    def allowed(self, slots: Iterable[TimeRange]) -> tuple[TimeRange, ...]:
        """The slots that could be booked, each by itself, without breaking a limit."""
        full: dict[date, bool] = {}
        result: list[TimeRange] = []
        for slot in slots:
            day = slot.start.astimezone(self._zone).date()
            if day not in full:
                full[day] = any(self._counts[_key(p, day)] >= most for p, most in self._limits)
            if not full[day]:
                result.append(slot)
        return tuple(result)


def _key(period: Period, day: date) -> _PeriodKey:
    year, week, _ = day.isocalendar()
    parts = {
        Period.DAY: (day.toordinal(),),
        Period.WEEK: (year, week),
        Period.MONTH: (day.year, day.month),
        Period.YEAR: (day.year,),
    }
    return _PeriodKey(period, parts[period])

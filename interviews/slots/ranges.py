"""Half-open stretches of time and the three sweeps over them: merge, subtract, intersect."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from interviews.slots.refusals import EmptyRange, TimeWithoutZone

_START = attrgetter("start")  # comparing whole ranges field by field is the slow part of a sweep


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """The moments from `start` up to, but not including, `end`.

    Both are aware datetimes and are kept in UTC, so equal moments given in different zones make
    equal ranges.

    Raises:
        TimeWithoutZone: a bound is naive.
        EmptyRange: the end is not after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is not UTC:
            object.__setattr__(self, "start", as_utc(self.start))
        if self.end.tzinfo is not UTC:
            object.__setattr__(self, "end", as_utc(self.end))
        if not self.start < self.end:
            raise EmptyRange(start=self.start.isoformat(), end=self.end.isoformat())

    @property
    def length(self) -> timedelta:
        """How long the range lasts."""
        return self.end - self.start

    def overlaps(self, other: "TimeRange") -> bool:
        """Whether some moment lies in both; ranges that only touch do not overlap."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "TimeRange") -> bool:
        """Whether every moment of `other` lies in this range."""
        return self.start <= other.start and other.end <= self.end

    def widened(self, *, before: timedelta, after: timedelta) -> "TimeRange":
        """The range with `before` added at its front and `after` at its back."""
        return TimeRange(self.start - before, self.end + after)


def as_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        TimeWithoutZone: the moment is naive.
    """
    if moment.utcoffset() is None:
        raise TimeWithoutZone(moment=moment.isoformat())
    return moment.astimezone(UTC)


def merged(ranges: Iterable[TimeRange]) -> tuple[TimeRange, ...]:
    """The same moments as few sorted ranges: those that overlap or touch become one."""
    result: list[TimeRange] = []
    for current in sorted(ranges, key=_START):
        if result and current.start <= result[-1].end:
            if current.end > result[-1].end:
                result[-1] = TimeRange(result[-1].start, current.end)
        else:
            result.append(current)
    return tuple(result)


def subtracted(ranges: Sequence[TimeRange], holes: Iterable[TimeRange]) -> tuple[TimeRange, ...]:
    """What is left of sorted, disjoint `ranges` when the `holes`, in any order, are taken out."""
    sorted_holes = merged(holes)
    result: list[TimeRange] = []
    first = 0
    for current in ranges:
        while first < len(sorted_holes) and sorted_holes[first].end <= current.start:
            first += 1
        result.extend(_left_of(current, sorted_holes, first))
    return tuple(result)


def _left_of(current: TimeRange, holes: Sequence[TimeRange], first: int) -> Iterator[TimeRange]:
    """What is left of one range, looking at the sorted holes from index `first` on."""
    start = current.start
    for index in range(first, len(holes)):
        hole = holes[index]
        if hole.start >= current.end:
            break
        if start < hole.start:
            yield TimeRange(start, hole.start)
        start = hole.end
    if start < current.end:
        yield TimeRange(start, current.end)


def intersected(left: Sequence[TimeRange], right: Sequence[TimeRange]) -> tuple[TimeRange, ...]:
    """The moments that lie in both sequences, each sorted and disjoint."""
    result: list[TimeRange] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i].start, right[j].start)
        end = min(left[i].end, right[j].end)
        if start < end:
            result.append(TimeRange(start, end))
        if left[i].end < right[j].end:
            i += 1
        else:
            j += 1
    return tuple(result)

"""How many interviews one person takes."""

from zoneinfo import ZoneInfo

import pytest

from interviews.slots.refusals import LimitNotPositive, LimitReached, LimitsContradict
from interviews.slots.rules import BookedCounts, Limits
from tests.support.slots import at, between

BEIJING = ZoneInfo("Asia/Shanghai")
MONDAY_MORNING = at("2026-11-23T09:00:00+08:00")


@pytest.mark.parametrize("count", [0, -1])
def test_a_limit_below_one_is_refused(count: int):
    with pytest.raises(LimitNotPositive, match="limit per week"):
        Limits(week=count)


def test_contradicting_limits_are_named():
    with pytest.raises(
        LimitsContradict, match="30 per month can never be reached with 25 per year"
    ):
        Limits(day=3, month=30, year=25)


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [
        (Limits(day=1), "2026-11-23T23:59:00+08:00", "2026-11-24T00:00:00+08:00"),
        (Limits(week=1), "2026-11-29T23:59:00+08:00", "2026-11-30T00:00:00+08:00"),
        (Limits(month=1), "2026-11-30T23:59:00+08:00", "2026-12-01T00:00:00+08:00"),
        (Limits(year=1), "2026-12-31T23:59:00+08:00", "2027-01-01T00:00:00+08:00"),
    ],
)
def test_a_period_is_full_on_the_interviewers_own_calendar(
    limits: Limits, inside: str, outside: str
):
    counts = BookedCounts(limits, [MONDAY_MORNING], BEIJING)
    with pytest.raises(LimitReached):
        counts.check(at(inside))
    counts.check(at(outside))


def test_a_week_belongs_to_its_iso_year():
    counts = BookedCounts(Limits(week=1), [at("2026-12-31T09:00:00+08:00")], BEIJING)
    with pytest.raises(LimitReached):
        counts.check(at("2027-01-01T09:00:00+08:00"))


def test_the_shortest_full_period_is_named():
    counts = BookedCounts(Limits(day=1, week=1), [MONDAY_MORNING], BEIJING)
    with pytest.raises(LimitReached, match="already has 1 interviews in that day"):
        counts.check(MONDAY_MORNING)


def test_slots_in_full_periods_are_left_out():
    monday = between("2026-11-23T15:00:00+08:00", "2026-11-23T15:20:00+08:00")
    monday_later = between("2026-11-23T16:00:00+08:00", "2026-11-23T16:20:00+08:00")
    tuesday = between("2026-11-24T15:00:00+08:00", "2026-11-24T15:20:00+08:00")
    counts = BookedCounts(Limits(day=1), [MONDAY_MORNING], BEIJING)
    assert counts.allowed([monday, monday_later, tuesday]) == (tuesday,)


def test_without_limits_everything_is_allowed():
    slot = between("2026-11-23T15:00:00+08:00", "2026-11-23T15:20:00+08:00")
    counts = BookedCounts(Limits(), [MONDAY_MORNING] * 50, BEIJING)
    counts.check(slot.start)
    assert counts.allowed([slot]) == (slot,)

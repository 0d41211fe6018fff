"""Weekly rules, exceptions, journeys: what a host writes and the windows that come of it."""

from datetime import UTC, date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from interviews.slots.refusals import (
    DateOutOfReach,
    DatesReversed,
    HoursEndBeforeStart,
    LocalTimeWithZone,
    TravelsOverlap,
    WeeklyRuleWithoutTime,
)
from interviews.slots.rules import (
    CLOSED,
    WHOLE_DAY,
    DateOverride,
    LocalHours,
    OpeningHours,
    Travel,
    Weekday,
    WeeklyRule,
    moment_of,
    wall_text,
)
from tests.support.slots import EVERY_DAY, WORKDAYS, at, between, hours, weekly

BEIJING = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)


def test_workdays_open_on_workdays_only():
    opening = OpeningHours(BEIJING, weekly=weekly(WORKDAYS, "09:00-17:00"))
    found = opening.windows(MONDAY, MONDAY + timedelta(days=6))
    assert [window.start.astimezone(BEIJING).weekday() for window in found] == [0, 1, 2, 3, 4]


def test_a_rule_holds_on_its_first_and_last_valid_date_and_not_outside():
    rule = WeeklyRule(Weekday.MONDAY, hours("09:00-10:00"), MONDAY, MONDAY + timedelta(days=7))
    found = OpeningHours(BEIJING, weekly=(rule,)).windows(
        MONDAY - timedelta(days=30), MONDAY + timedelta(days=30)
    )
    assert [wall_text(window.start, BEIJING) for window in found] == [
        "2026-11-23T09:00:00",
        "2026-11-30T09:00:00",
    ]


def test_a_rule_with_a_zone_of_its_own_does_not_travel():
    fixed = WeeklyRule(Weekday.MONDAY, hours("09:00-10:00"), zone=ZoneInfo("Europe/Berlin"))
    moving = WeeklyRule(Weekday.MONDAY, hours("09:00-10:00"))
    opening = OpeningHours(
        BEIJING, weekly=(fixed, moving), travels=(Travel(ZoneInfo("America/New_York"), MONDAY),)
    )
    assert opening.windows(MONDAY, MONDAY) == (
        between("2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"),
        between("2026-11-23T14:00:00Z", "2026-11-23T15:00:00Z"),
    )


def test_an_exception_replaces_the_weekly_hours_of_its_date():
    opening = OpeningHours(
        BEIJING,
        weekly=weekly(EVERY_DAY, "09:00-17:00"),
        overrides=(
            DateOverride(MONDAY, hours("13:00-14:00")),
            DateOverride(MONDAY, hours("10:00-11:00")),
        ),
    )
    assert opening.windows(MONDAY, MONDAY) == (
        between("2026-11-23T02:00:00Z", "2026-11-23T03:00:00Z"),
        between("2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z"),
    )


def test_an_exception_may_open_a_day_that_is_otherwise_closed():
    sunday = MONDAY - timedelta(days=1)
    opening = OpeningHours(
        BEIJING,
        weekly=weekly(WORKDAYS, "09:00-17:00"),
        overrides=(DateOverride(sunday, hours("10:00-11:00")),),
    )
    assert len(opening.windows(sunday, sunday)) == 1


def test_a_closed_date_says_so_by_hours_without_time():
    assert CLOSED.is_closed
    assert hours("09:00-09:00").is_closed
    assert not WHOLE_DAY.is_closed


def test_an_exception_on_a_journey_is_read_on_the_clocks_there():
    opening = OpeningHours(
        BEIJING,
        overrides=(DateOverride(MONDAY, hours("10:00-11:00")),),
        travels=(Travel(ZoneInfo("Europe/Berlin"), MONDAY, MONDAY),),
    )
    assert opening.windows(MONDAY, MONDAY)[0].start == at("2026-11-23T09:00:00Z")


def test_hours_may_run_into_the_next_day():
    night = LocalHours(time(22), time(2), ends_next_day=True)
    opening = OpeningHours(BEIJING, weekly=(WeeklyRule(Weekday.MONDAY, night),))
    assert opening.windows(MONDAY, MONDAY) == (
        between("2026-11-23T14:00:00Z", "2026-11-23T18:00:00Z"),
    )


def test_whole_days_in_a_row_are_one_window():
    opening = OpeningHours(BEIJING, weekly=tuple(WeeklyRule(d, WHOLE_DAY) for d in WORKDAYS))
    (window,) = opening.windows(MONDAY, MONDAY + timedelta(days=6))
    assert window.length == timedelta(days=5)


def test_a_host_who_never_closes_has_a_window_for_each_week():
    opening = OpeningHours(BEIJING, weekly=tuple(WeeklyRule(d, WHOLE_DAY) for d in EVERY_DAY))
    found = opening.windows(MONDAY - timedelta(days=2), MONDAY + timedelta(days=20))
    assert [wall_text(window.start, BEIJING) for window in found] == [
        "2026-11-21T00:00:00",
        "2026-11-30T00:00:00",
        "2026-12-07T00:00:00",
    ]
    assert all(a.end == b.start for a, b in pairwise(found))


def test_a_window_is_cut_on_no_monday_that_comes_within_a_week():
    tuesday = MONDAY + timedelta(days=1)
    rules = (WeeklyRule(d, WHOLE_DAY, tuesday, tuesday + timedelta(days=7)) for d in EVERY_DAY)
    opening = OpeningHours(BEIJING, weekly=tuple(rules))
    (window,) = opening.windows(MONDAY, MONDAY + timedelta(days=20))
    assert window.length == timedelta(days=8)


def test_a_journey_ends_on_its_last_date_inclusive():
    journey = Travel(ZoneInfo("Europe/Berlin"), MONDAY, MONDAY + timedelta(days=1))
    opening = OpeningHours(BEIJING, travels=(journey,))
    zones = [opening.zone_on(MONDAY + timedelta(days=n)).key for n in (-1, 0, 1, 2)]
    assert zones == ["Asia/Shanghai", "Europe/Berlin", "Europe/Berlin", "Asia/Shanghai"]


def test_two_journeys_on_one_date_are_refused():
    journeys = (
        Travel(ZoneInfo("Europe/Berlin"), MONDAY + timedelta(days=3)),
        Travel(ZoneInfo("Asia/Tokyo"), MONDAY, MONDAY + timedelta(days=3)),
    )
    with pytest.raises(TravelsOverlap, match="2026-11-26"):
        OpeningHours(BEIJING, travels=journeys)


def test_a_journey_of_dates_turned_around_is_refused():
    with pytest.raises(DatesReversed, match="2026-11-22 is before the first date 2026-11-23"):
        Travel(BEIJING, MONDAY, MONDAY - timedelta(days=1))


def test_a_rule_of_dates_turned_around_is_refused():
    with pytest.raises(DatesReversed):
        WeeklyRule(Weekday.MONDAY, WHOLE_DAY, MONDAY, MONDAY - timedelta(days=1))


def test_a_weekly_rule_without_time_is_refused():
    with pytest.raises(WeeklyRuleWithoutTime, match="09:00"):
        WeeklyRule(Weekday.MONDAY, hours("09:00-09:00"))


@pytest.mark.parametrize(
    ("start", "end", "ends_next_day"), [(time(17), time(9), False), (time(9), time(17), True)]
)
def test_hours_that_do_not_run_forward_within_a_day_are_refused(
    start: time, end: time, *, ends_next_day: bool
):
    with pytest.raises(HoursEndBeforeStart):
        LocalHours(start, end, ends_next_day=ends_next_day)


def test_a_wall_time_with_a_zone_is_refused():
    with pytest.raises(LocalTimeWithZone):
        LocalHours(time(9, tzinfo=UTC), time(17))
    with pytest.raises(LocalTimeWithZone):
        moment_of(MONDAY, time(9, tzinfo=UTC), BEIJING)


@pytest.mark.parametrize("year", [1, 1900, 2300, 9999])
def test_a_year_that_no_calendar_knows_is_refused(year: int):
    with pytest.raises(DateOutOfReach, match="1970 to 2199"):
        moment_of(date(year, 1, 1), time(9), BEIJING)

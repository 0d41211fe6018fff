"""The numbered cases that other booking systems are known by, with our answers."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from interviews.slots.refusals import LimitsContradict
from interviews.slots.rules import (
    Alignment,
    DateOverride,
    Limits,
    OpeningHours,
    PanelMember,
    Travel,
    Weekday,
    WeeklyRule,
    free_slots,
    laid_out,
    merged,
    moment_of,
    subtracted,
)
from tests.support.slots import (
    EVERY_DAY,
    WORKDAYS,
    at,
    between,
    hours,
    member,
    on_dates,
    shape,
    starts,
    weekly,
)

LONG_AGO = at("2007-01-01T00:00:00Z")
NOON_LESS_A_SECOND = at("2021-06-20T11:59:59Z")
DAY_AND_NEXT = between("2021-06-20T00:00:00Z", "2021-06-22T00:00:00Z")


def test_case_2_the_rest_of_today_offers_twelve_hours_from_noon():
    panel = [member("UTC", ("2021-06-20", "00:00-24:00"))]
    slots = free_slots(panel, shape(60), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND)
    assert len(slots) == 12
    assert slots[0].start == at("2021-06-20T12:00:00Z")


def test_case_4_a_day_that_ends_at_a_quarter_to_midnight_holds_71_slots_of_20_minutes():
    panel = [member("UTC", ("2021-06-21", "00:00-23:45"))]
    assert len(free_slots(panel, shape(20), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND)) == 71


def test_case_6_overlapping_windows_offer_no_time_twice():
    panel = [member("UTC", ("2021-06-21", "11:00-12:00"), ("2021-06-21", "11:20-12:40"))]
    slots = free_slots(panel, shape(20), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND)
    assert starts(slots) == ["11:00", "11:20", "11:40", "12:00", "12:20"]


@pytest.mark.parametrize("viewer", ["Asia/Kolkata", "UTC", "America/St_Johns", "Asia/Kathmandu"])
def test_case_8_the_grid_begins_with_the_hosts_window_for_every_viewer(viewer: str):
    panel = [member("Asia/Kolkata", ("2021-06-21", "07:30-09:30"))]
    span = between("2021-06-20T00:00:00Z", "2021-06-23T00:00:00Z")
    midnight = moment_of(date(2021, 6, 20), time(0), ZoneInfo(viewer))
    slots = free_slots(panel, shape(60), span=span, now=midnight)
    assert starts(slots, "Asia/Kolkata") == ["07:30", "08:30"]


def test_case_10_a_window_of_38_minutes_holds_four_slots_of_eight():
    panel = [member("UTC", ("2021-06-21", "07:22-08:00"))]
    slots = free_slots(panel, shape(8), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND)
    assert starts(slots) == ["07:22", "07:30", "07:38", "07:46"]


def test_case_11_the_second_window_of_a_day_begins_a_grid_of_its_own():
    zone = "America/Los_Angeles"
    panel = [member(zone, ("2021-06-21", "08:00-10:00"), ("2021-06-21", "10:10-12:30"))]
    slots = free_slots(panel, shape(60), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND)
    assert starts(slots, zone) == ["08:00", "09:00", "10:10", "11:10"]


def test_case_11_a_busy_time_between_two_free_windows_does_the_same():
    zone = "America/Los_Angeles"
    busy = between("2021-06-21T10:00:00-07:00", "2021-06-21T10:10:00-07:00")
    panel = [member(zone, ("2021-06-21", "08:00-12:30"), busy=(busy,))]
    slots = free_slots(panel, shape(60), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND)
    assert starts(slots, zone) == ["08:00", "09:00", "10:10", "11:10"]


@pytest.mark.parametrize("window", ["09:30-10:00", "08:30-09:00"])
def test_case_12_a_slot_that_only_touches_a_busy_time_is_free(window: str):
    busy = between("2021-06-21T09:00:00Z", "2021-06-21T09:30:00Z")
    panel = [member("UTC", ("2021-06-21", window), busy=(busy,))]
    slots = free_slots(panel, shape(30), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND)
    assert starts(slots) == [window[:5]]


def test_case_14_a_slot_in_another_zone_meets_a_busy_time_in_utc():
    slot = between("2021-06-21T09:00:00-05:00", "2021-06-21T09:30:00-05:00")
    busy = between("2021-06-21T14:15:00Z", "2021-06-21T14:45:00Z")
    panel = [member("Etc/GMT+5", ("2021-06-21", "09:00-09:30"), busy=(busy,))]
    assert slot.overlaps(busy)
    assert free_slots(panel, shape(30), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND) == ()


def test_case_16_hours_travel_with_their_host():
    opening = OpeningHours(
        ZoneInfo("Europe/Berlin"),
        weekly=tuple(
            WeeklyRule(day, hours("08:00-17:00"), valid_from=date(2023, 1, 1)) for day in EVERY_DAY
        ),
        travels=(
            Travel(ZoneInfo("America/New_York"), date(2023, 1, 3), date(2023, 1, 4)),
            Travel(ZoneInfo("Asia/Kolkata"), date(2023, 1, 6)),
        ),
    )
    assert opening.windows(date(2022, 12, 30), date(2023, 1, 7)) == (
        between("2023-01-01T07:00:00Z", "2023-01-01T16:00:00Z"),
        between("2023-01-02T07:00:00Z", "2023-01-02T16:00:00Z"),
        between("2023-01-03T13:00:00Z", "2023-01-03T22:00:00Z"),
        between("2023-01-04T13:00:00Z", "2023-01-04T22:00:00Z"),
        between("2023-01-05T07:00:00Z", "2023-01-05T16:00:00Z"),
        between("2023-01-06T02:30:00Z", "2023-01-06T11:30:00Z"),
        between("2023-01-07T02:30:00Z", "2023-01-07T11:30:00Z"),
    )


def test_case_18_hours_of_no_length_close_their_date():
    opening = OpeningHours(
        ZoneInfo("Europe/London"),
        weekly=weekly(WORKDAYS, "08:00-17:00"),
        overrides=(DateOverride(date(2023, 6, 13), hours("00:00-00:00")),),
    )
    assert opening.windows(date(2023, 6, 13), date(2023, 6, 14)) == (
        between("2023-06-14T07:00:00Z", "2023-06-14T16:00:00Z"),
    )


def test_case_20_windows_that_meet_at_midnight_are_one():
    after_midnight = tuple(Weekday)[1:6]
    opening = OpeningHours(
        ZoneInfo("Europe/London"),
        weekly=weekly(WORKDAYS, "23:00-24:00") + weekly(after_midnight, "00:00-00:30"),
    )
    span = between("2023-06-13T12:00:00Z", "2023-06-14T12:00:00Z")
    expected = between("2023-06-13T22:00:00Z", "2023-06-13T23:30:00Z")
    assert expected in opening.windows(date(2023, 6, 12), date(2023, 6, 15))
    assert free_slots([PanelMember(opening)], shape(90), span=span, now=span.start) == (expected,)


@pytest.mark.parametrize("order", [1, -1])
def test_case_22_busy_times_are_taken_out_in_any_order(order: int):
    busy = [
        between("2021-06-21T04:45:00Z", "2021-06-21T05:00:00Z"),
        between("2021-06-21T04:00:00Z", "2021-06-21T04:15:00Z"),
    ]
    window = between("2021-06-21T04:00:00Z", "2021-06-21T12:00:00Z")
    assert subtracted((window,), busy[::order]) == (
        between("2021-06-21T04:15:00Z", "2021-06-21T04:45:00Z"),
        between("2021-06-21T05:00:00Z", "2021-06-21T12:00:00Z"),
    )


def test_case_24_buffers_add_up():
    interview = shape(30, before=15, after=30)
    booked = (
        between("2021-06-21T12:30:00Z", "2021-06-21T13:00:00Z"),
        between("2021-06-21T14:30:00Z", "2021-06-21T15:00:00Z"),
    )
    claims = tuple(interview.claim(booking) for booking in booked)
    panel = [member("UTC", ("2021-06-21", "13:00-14:30"), busy=claims)]
    assert free_slots(panel, interview, span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND) == ()


def test_case_24_a_slot_fits_when_both_pairs_of_buffers_have_room():
    interview = shape(30, before=15, after=30)
    claim = interview.claim(between("2021-06-21T12:30:00Z", "2021-06-21T13:00:00Z"))
    panel = [member("UTC", ("2021-06-21", "13:00-14:30"), busy=(claim,))]
    slots = free_slots(panel, interview, span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND)
    assert starts(slots) == ["13:45"]


def test_case_26_a_day_may_not_allow_more_than_its_month():
    with pytest.raises(LimitsContradict):
        Limits(day=9, month=5)


@pytest.mark.parametrize(
    "limits", [Limits(day=3, month=5), Limits(day=9, year=25), Limits(day=5, week=5), Limits()]
)
def test_case_26_limits_that_grow_with_their_period_are_valid(limits: Limits):
    assert [count for _, count in limits.given()] == sorted(count for _, count in limits.given())


@pytest.mark.parametrize(
    ("opens", "step", "first"),
    [("01:00:10", 15, "1970-01-01T01:15:00Z"), ("00:30:00", 60, "1970-01-01T01:00:00Z")],
)
def test_case_28_on_request_the_grid_keeps_to_multiples_of_its_step(
    opens: str, step: int, first: str
):
    window = between(f"1970-01-01T{opens}Z", "1970-01-01T06:00:00Z")
    on_request = laid_out((window,), shape(step), align=Alignment.EPOCH)
    assert next(on_request).start == at(first)
    assert next(laid_out((window,), shape(step))).start == window.start


def test_case_28_the_whole_generator_takes_the_same_request():
    panel = [member("UTC", ("2021-06-21", "07:30-09:30"))]
    slots = free_slots(
        panel, shape(60), span=DAY_AND_NEXT, now=NOON_LESS_A_SECOND, align=Alignment.EPOCH
    )
    assert starts(slots) == ["08:00"]


@pytest.mark.parametrize(
    ("zone", "day", "wall", "moment"),
    [
        ("America/New_York", date(2007, 3, 11), time(2, 30), "2007-03-11T07:30:00Z"),
        ("America/New_York", date(2007, 11, 4), time(1, 30), "2007-11-04T05:30:00Z"),
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:45:00Z"),
        ("Asia/Kathmandu", date(2026, 6, 1), time(9), "2026-06-01T03:15:00Z"),
    ],
)
def test_cases_30_and_46_a_wall_clock_names_the_moment_that_rfc_5545_says(
    zone: str, day: date, wall: time, moment: str
):
    assert moment_of(day, wall, ZoneInfo(zone)) == at(moment)
    assert moment_of(day, wall.replace(fold=1), ZoneInfo(zone)) == at(moment)


def test_case_30_a_skipped_time_is_shown_an_hour_later():
    zone = ZoneInfo("America/New_York")
    shown = moment_of(date(2007, 3, 11), time(2, 30), zone).astimezone(zone)
    assert f"{shown:%H:%M %Z}" == "03:30 EDT"


def test_the_cases_do_not_depend_on_the_day_on_which_they_are_asked():
    opening = on_dates("Asia/Kolkata", ("2021-06-21", "07:30-09:30"))
    assert merged(opening.windows(date(2021, 6, 1), date(2021, 6, 30))) == opening.windows(
        date(2021, 6, 21), date(2021, 6, 21)
    )
    assert free_slots([PanelMember(opening)], shape(60), span=DAY_AND_NEXT, now=LONG_AGO)

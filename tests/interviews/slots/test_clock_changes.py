"""Opening hours across clock changes, in the zones whose rules go wrong elsewhere."""

from datetime import date, time, timedelta
from importlib.metadata import version
from zoneinfo import TZPATH, ZoneInfo

import pytest

from interviews.slots.rules import (
    OpeningHours,
    PanelMember,
    free_slots,
    laid_out,
    moment_of,
    wall_text,
    window_on,
)
from tests.support.slots import EVERY_DAY, at, between, hours, shape, starts, weekly


def windows(zone: str, text: str, first: str, last: str) -> list[tuple[str, str]]:
    opening = OpeningHours(ZoneInfo(zone), weekly=weekly(EVERY_DAY, text))
    found = opening.windows(date.fromisoformat(first), date.fromisoformat(last))
    return [(f"{w.start:%d %H:%M}", f"{w.end:%d %H:%M}") for w in found]


def test_time_zones_come_from_the_pinned_package_alone():
    assert TZPATH == ()
    assert tuple(map(int, version("tzdata").split("."))) >= (2026, 6)


def test_office_hours_in_berlin_move_by_an_hour_of_utc_in_spring():
    assert windows("Europe/Berlin", "09:00-17:00", "2026-03-28", "2026-03-29") == [
        ("28 08:00", "28 16:00"),
        ("29 07:00", "29 15:00"),
    ]


def test_office_hours_in_berlin_move_back_in_autumn():
    assert windows("Europe/Berlin", "09:00-17:00", "2026-10-24", "2026-10-25") == [
        ("24 07:00", "24 15:00"),
        ("25 08:00", "25 16:00"),
    ]


def test_a_night_shift_in_berlin_is_an_hour_shorter_in_spring():
    (night,) = OpeningHours(
        ZoneInfo("Europe/Berlin"), weekly=weekly(EVERY_DAY, "01:00-05:00")
    ).windows(date(2026, 3, 29), date(2026, 3, 29))
    assert night.length == timedelta(hours=3)
    assert starts(tuple(laid_out((night,), shape(60))), "Europe/Berlin") == [
        "01:00",
        "03:00",
        "04:00",
    ]


def test_a_night_shift_in_berlin_is_an_hour_longer_in_autumn():
    (night,) = OpeningHours(
        ZoneInfo("Europe/Berlin"), weekly=weekly(EVERY_DAY, "01:00-05:00")
    ).windows(date(2026, 10, 25), date(2026, 10, 25))
    slots = tuple(laid_out((night,), shape(60)))
    assert starts(slots, "Europe/Berlin") == ["01:00", "02:00", "02:00", "03:00", "04:00"]
    assert all(slot.length == timedelta(hours=1) for slot in slots)


def test_a_whole_day_in_new_york_has_23_hours_in_spring_and_25_in_autumn():
    zone = ZoneInfo("America/New_York")
    lengths = [
        window.length
        for day in (date(2026, 3, 8), date(2026, 6, 1), date(2026, 11, 1))
        if (window := window_on(day, hours("00:00-24:00"), zone)) is not None
    ]
    assert lengths == [timedelta(hours=23), timedelta(hours=24), timedelta(hours=25)]


def test_new_york_opens_within_the_skipped_hour_at_the_moment_before_the_change_would_give():
    assert windows("America/New_York", "02:30-05:00", "2026-03-07", "2026-03-09") == [
        ("07 07:30", "07 10:00"),
        ("08 07:30", "08 09:00"),
        ("09 06:30", "09 09:00"),
    ]


def test_new_york_ends_at_the_first_of_two_equal_times():
    assert windows("America/New_York", "00:30-01:30", "2026-11-01", "2026-11-01") == [
        ("01 04:30", "01 05:30")
    ]


def test_hours_that_the_change_swallows_offer_nothing():
    assert windows("Europe/Berlin", "02:30-03:00", "2026-03-29", "2026-03-29") == []


def test_lord_howe_changes_by_half_an_hour():
    assert windows("Australia/Lord_Howe", "09:00-10:00", "2026-10-03", "2026-10-04") == [
        ("02 22:30", "02 23:30"),
        ("03 22:00", "03 23:00"),
    ]
    night = window_on(date(2026, 10, 4), hours("01:00-03:00"), ZoneInfo("Australia/Lord_Howe"))
    assert night is not None
    assert night.length == timedelta(minutes=90)


def test_lord_howe_gains_half_an_hour_in_autumn():
    night = window_on(date(2026, 4, 5), hours("01:00-03:00"), ZoneInfo("Australia/Lord_Howe"))
    assert night is not None
    slots = tuple(laid_out((night,), shape(30)))
    assert starts(slots, "Australia/Lord_Howe") == ["01:00", "01:30", "01:30", "02:00", "02:30"]


def test_vancouver_stays_on_its_summer_offset_after_november_2026():
    assert windows("America/Vancouver", "09:00-17:00", "2026-10-31", "2026-11-02") == [
        ("31 16:00", "01 00:00"),
        ("01 16:00", "02 00:00"),
        ("02 16:00", "03 00:00"),
    ]
    zone = ZoneInfo("America/Vancouver")
    assert moment_of(date(2026, 12, 1), time(10), zone) == at("2026-12-01T17:00:00Z")
    assert wall_text(at("2027-03-14T17:00:00Z"), zone) == "2027-03-14T10:00:00"


def test_slots_in_vancouver_in_winter_are_offered_at_the_new_offset():
    host = PanelMember(
        OpeningHours(ZoneInfo("America/Vancouver"), weekly=weekly(EVERY_DAY, "09:00-11:00"))
    )
    span = between("2026-12-01T00:00:00-07:00", "2026-12-02T00:00:00-07:00")
    slots = free_slots([host], shape(60), span=span, now=span.start)
    assert [slot.start for slot in slots] == [
        at("2026-12-01T16:00:00Z"),
        at("2026-12-01T17:00:00Z"),
    ]


@pytest.mark.parametrize("day", ["2011-12-29", "2011-12-30", "2011-12-31"])
def test_the_date_that_samoa_skipped_lends_its_hours_to_the_next(day: str):
    opening = OpeningHours(ZoneInfo("Pacific/Apia"), weekly=weekly(EVERY_DAY, "09:00-10:00"))
    found = opening.windows(date(2011, 12, 29), date(2011, 12, 31))
    wanted = moment_of(date.fromisoformat(day), time(9), ZoneInfo("Pacific/Apia"))
    assert len(found) == 2
    assert wanted in {window.start for window in found}


def test_midnight_that_a_change_skips_ends_the_day_at_the_change():
    zone = ZoneInfo("Africa/Cairo")  # in Cairo summer time begins at midnight
    before = window_on(date(2026, 4, 23), hours("22:00-24:00"), zone)
    after = window_on(date(2026, 4, 24), hours("00:00-02:00"), zone)
    assert before is not None
    assert after is not None
    assert before.length == timedelta(hours=2)
    assert before.end == after.start

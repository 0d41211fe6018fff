"""Free slots as the booking page shows them."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from interviews.slots.rules import OfferedSlot, PartName, TimeRange, grouped_by_day
from tests.support.slots import at, minutes

BEIJING = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def offer(key: int, start: str, zone: ZoneInfo = BEIJING) -> OfferedSlot[int]:
    moment = at(start)
    return OfferedSlot(key, TimeRange(moment, moment + minutes(20)), zone)


def test_days_carry_counts_and_parts_in_order():
    days = grouped_by_day(
        [
            offer(4, "2026-11-26T09:00:00+08:00"),
            offer(3, "2026-11-25T18:00:00+08:00"),
            offer(2, "2026-11-25T12:00:00+08:00"),
            offer(5, "2026-11-25T17:59:00+08:00"),
            offer(1, "2026-11-25T11:59:00+08:00"),
        ],
        BEIJING,
    )
    assert [(day.day, day.count) for day in days] == [
        (date(2026, 11, 25), 4),
        (date(2026, 11, 26), 1),
    ]
    assert [(part.name, [slot.key for slot in part.slots]) for part in days[0].parts] == [
        (PartName.MORNING, [1]),
        (PartName.AFTERNOON, [2, 5]),
        (PartName.EVENING, [3]),
    ]
    assert [part.name for part in days[1].parts] == [PartName.MORNING]


def test_the_viewers_own_clock_shows_no_second_time():
    (day,) = grouped_by_day([offer(1, "2026-11-25T09:00:00+08:00")], BEIJING)
    (slot,) = day.parts[0].slots
    assert (slot.host_start, slot.host_end) == (None, None)
    assert f"{slot.start:%H:%M}-{slot.end:%H:%M}" == "09:00-09:20"


def test_a_viewer_elsewhere_sees_both_clocks_and_their_own_date():
    (day,) = grouped_by_day([offer(1, "2026-11-25T05:00:00+08:00")], BERLIN)
    (slot,) = day.parts[0].slots
    assert day.day == date(2026, 11, 24)
    assert day.parts[0].name is PartName.EVENING
    assert slot.host_start is not None
    assert slot.host_end is not None
    assert f"{slot.start:%d %H:%M %Z}" == "24 22:00 CET"
    assert f"{slot.host_start:%d %H:%M}-{slot.host_end:%H:%M}" == "25 05:00-05:20"


@pytest.mark.parametrize("zone", ["Asia/Singapore", "Asia/Taipei", "Australia/Perth"])
def test_another_zone_whose_clocks_agree_shows_no_second_time(zone: str):
    (day,) = grouped_by_day([offer(1, "2026-11-25T09:00:00+08:00")], ZoneInfo(zone))
    assert day.parts[0].slots[0].host_start is None


def test_a_host_whose_clocks_change_during_the_slot_is_shown():
    start = at("2026-03-29T00:50:00Z")
    late = OfferedSlot(1, TimeRange(start, start + minutes(20)), BERLIN)
    (day,) = grouped_by_day([late], ZoneInfo("Africa/Lagos"))  # no summer time in Lagos
    (slot,) = day.parts[0].slots
    assert slot.host_start is not None
    assert slot.host_end is not None
    assert (f"{slot.start:%H:%M}", f"{slot.host_start:%H:%M}") == ("01:50", "01:50")
    assert (f"{slot.end:%H:%M}", f"{slot.host_end:%H:%M}") == ("02:10", "03:10")


def test_the_hour_that_comes_twice_keeps_both_slots_in_order():
    first = offer(1, "2026-10-25T00:30:00Z", BERLIN)
    second = offer(2, "2026-10-25T01:30:00Z", BERLIN)
    (day,) = grouped_by_day([second, first], BERLIN)
    assert [(slot.key, f"{slot.start:%H:%M %Z}") for slot in day.parts[0].slots] == [
        (1, "02:30 CEST"),
        (2, "02:30 CET"),
    ]


def test_slots_of_one_time_keep_the_order_in_which_they_came():
    same = [offer(key, "2026-11-25T09:00:00+08:00") for key in (7, 3, 5)]
    (day,) = grouped_by_day(same, BEIJING)
    assert [slot.key for slot in day.parts[0].slots] == [7, 3, 5]


def test_no_offers_make_no_days():
    assert grouped_by_day([], BEIJING) == ()


def test_every_slot_is_shown_once_whoever_looks():
    offers = [
        OfferedSlot(n, TimeRange(start, start + minutes(20)), BEIJING)
        for n in range(200)
        for start in [at("2026-10-24T00:00:00Z") + timedelta(minutes=20 * n)]
    ]
    for viewer in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin", "Asia/Kathmandu"):
        days = grouped_by_day(offers, ZoneInfo(viewer))
        shown = [slot.key for day in days for part in day.parts for slot in part.slots]
        assert sorted(shown) == list(range(200))
        assert sum(day.count for day in days) == 200

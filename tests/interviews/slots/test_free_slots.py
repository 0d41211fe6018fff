"""What a panel offers: gaps, notice, horizon, buffers, several people."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interviews.slots.refusals import (
    DateOutOfReach,
    DurationOutOfBounds,
    PanelEmpty,
    SpanTooLong,
    TimeWithoutZone,
)
from interviews.slots.rules import (
    BookingPolicy,
    Limits,
    OpeningHours,
    PanelMember,
    SlotShape,
    TimeRange,
    WeeklyRule,
    busy_span,
    free_slots,
    free_windows,
)
from tests.support.slots import (
    EVERY_DAY,
    WORKDAYS,
    at,
    between,
    hours,
    member,
    minutes,
    shape,
    starts,
    weekly,
)

SPAN = between("2026-11-23T00:00:00+08:00", "2026-11-30T00:00:00+08:00")
NOW = SPAN.start
BEIJING = "Asia/Shanghai"
MORNING = ("2026-11-25", "09:00-10:30")


def test_the_gap_lies_between_one_slot_and_the_next():
    slots = free_slots([member(BEIJING, MORNING)], shape(20, 5), span=SPAN, now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "09:25", "09:50"]


def test_the_last_slot_needs_no_gap_behind_it():
    panel = [member(BEIJING, ("2026-11-25", "09:00-09:45"))]
    assert starts(free_slots(panel, shape(20, 5), span=SPAN, now=NOW), BEIJING) == [
        "09:00",
        "09:25",
    ]


def test_the_gap_is_kept_between_two_windows_too():
    panel = [member(BEIJING, ("2026-11-25", "09:00-09:55"), ("2026-11-25", "10:00-10:30"))]
    slots = free_slots(panel, shape(20, 15), span=SPAN, now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "10:00"]
    slots = free_slots(panel, shape(20, 5), span=SPAN, now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "09:25", "10:00"]


def test_a_window_too_short_for_a_slot_takes_no_gap_from_the_one_before():
    panel = [member(BEIJING, ("2026-11-25", "09:00-09:40"), ("2026-11-25", "09:41-09:50"))]
    slots = free_slots(panel, shape(20), span=SPAN, now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "09:20"]


def test_notice_hides_the_slots_that_start_too_soon_and_does_not_move_the_grid():
    now = at("2026-11-25T09:01:00+08:00")
    policy = BookingPolicy(notice=minutes(20))
    slots = free_slots([member(BEIJING, MORNING)], shape(20), span=SPAN, now=now, policy=policy)
    assert starts(slots, BEIJING) == ["09:40", "10:00"]


def test_a_slot_exactly_at_the_notice_is_offered():
    now = at("2026-11-25T09:00:00+08:00")
    policy = BookingPolicy(notice=minutes(20))
    slots = free_slots([member(BEIJING, MORNING)], shape(20), span=SPAN, now=now, policy=policy)
    assert starts(slots, BEIJING)[0] == "09:20"


def test_the_horizon_hides_what_starts_later():
    policy = BookingPolicy(horizon=minutes(40))
    now = at("2026-11-25T09:00:00+08:00")
    slots = free_slots([member(BEIJING, MORNING)], shape(20), span=SPAN, now=now, policy=policy)
    assert starts(slots, BEIJING) == ["09:00", "09:20", "09:40"]


def test_a_panel_offers_only_what_all_are_free_for():
    early, late = member(BEIJING, MORNING), member("Europe/Berlin", ("2026-11-25", "02:10-12:00"))
    slots = free_slots([early, late], shape(20), span=SPAN, now=NOW)
    assert starts(slots, BEIJING) == ["09:10", "09:30", "09:50", "10:10"]
    assert free_slots([late, early], shape(20), span=SPAN, now=NOW) == slots


def test_three_people_who_never_meet_offer_nothing():
    panel = [
        member(BEIJING, ("2026-11-25", "09:00-10:00")),
        member(BEIJING, ("2026-11-25", "10:00-11:00")),
        member(BEIJING, ("2026-11-25", "09:00-11:00")),
    ]
    assert free_slots(panel, shape(20), span=SPAN, now=NOW) == ()


def test_one_members_busy_time_closes_the_slot_for_all():
    busy = between("2026-11-25T09:20:00+08:00", "2026-11-25T09:40:00+08:00")
    panel = [member(BEIJING, MORNING), member(BEIJING, MORNING, busy=(busy,))]
    slots = free_slots(panel, shape(20), span=SPAN, now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "09:40", "10:00"]


def test_buffers_may_reach_out_of_the_window():
    interview = shape(30, before=60, after=60)
    slots = free_slots([member(BEIJING, MORNING)], interview, span=SPAN, now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "09:30", "10:00"]


def test_a_busy_time_outside_the_window_keeps_its_distance_to_the_slots_buffer():
    busy = between("2026-11-25T08:00:00+08:00", "2026-11-25T09:00:00+08:00")
    panel = [member(BEIJING, MORNING, busy=(busy,))]
    slots = free_slots(panel, shape(30, before=10), span=SPAN, now=NOW)
    assert starts(slots, BEIJING) == ["09:10", "09:40"]


def test_a_claim_is_the_slot_with_its_buffers():
    slot = between("2026-11-25T09:00:00Z", "2026-11-25T09:20:00Z")
    assert shape(20, before=5, after=10).claim(slot) == between(
        "2026-11-25T08:55:00Z", "2026-11-25T09:30:00Z"
    )


def test_a_full_day_is_closed_and_the_next_one_open():
    opening = OpeningHours(ZoneInfo(BEIJING), weekly=weekly(WORKDAYS, "09:00-10:00"))
    host = PanelMember(
        opening,
        limits=Limits(day=2),
        booked=(at("2026-11-23T09:00:00+08:00"), at("2026-11-23T09:30:00+08:00")),
    )
    slots = free_slots([host], shape(60), span=SPAN, now=NOW)
    assert [slot.start.astimezone(ZoneInfo(BEIJING)).day for slot in slots] == [24, 25, 26, 27]


def test_the_grid_of_a_host_who_never_closes_does_not_depend_on_the_question():
    opening = OpeningHours(
        ZoneInfo(BEIJING), weekly=tuple(WeeklyRule(d, hours("00:00-24:00")) for d in EVERY_DAY)
    )
    interview, length = shape(50), timedelta(days=1)
    month = TimeRange(SPAN.start, SPAN.start + 30 * length)
    whole = free_slots([PanelMember(opening)], interview, span=month, now=NOW)
    by_day = [
        slot
        for day in range(30)
        for slot in free_slots(
            [PanelMember(opening)],
            interview,
            span=TimeRange(month.start + day * length, month.start + (day + 1) * length),
            now=NOW,
        )
    ]
    assert list(whole) == by_day


def test_an_endless_busy_time_closes_everything_without_a_fault():
    forever = TimeRange(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    panel = [member(BEIJING, MORNING, busy=(forever,))]
    assert free_slots(panel, shape(20, before=15, after=15), span=SPAN, now=NOW) == ()


def test_free_windows_reach_beyond_the_span_that_is_asked_for():
    span = between("2026-11-25T09:40:00+08:00", "2026-11-25T09:41:00+08:00")
    (window,) = free_windows([member(BEIJING, MORNING)], shape(20), span=span)
    assert window == between("2026-11-25T09:00:00+08:00", "2026-11-25T10:30:00+08:00")
    assert busy_span(span).contains(window)


def test_nobody_on_the_panel_is_refused():
    with pytest.raises(PanelEmpty, match="at least one interviewer"):
        free_slots([], shape(20), span=SPAN, now=NOW)


def test_a_span_of_years_is_refused():
    span = TimeRange(SPAN.start, SPAN.start + timedelta(days=401))
    with pytest.raises(SpanTooLong, match="401 days at once; the most is 400"):
        free_slots([member(BEIJING, MORNING)], shape(20), span=span, now=NOW)


@pytest.mark.parametrize("year", ["1969", "2200"])
def test_a_span_in_a_year_out_of_reach_is_refused(year: str):
    span = between(f"{year}-01-01T00:00:00Z", f"{year}-01-02T00:00:00Z")
    with pytest.raises(DateOutOfReach):
        free_slots([member(BEIJING, MORNING)], shape(20), span=span, now=NOW)


def test_a_naive_now_is_refused():
    with pytest.raises(TimeWithoutZone):
        free_slots([member(BEIJING, MORNING)], shape(20), span=SPAN, now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("what", "length", "gap", "before", "after"),
    [
        ("length", 0, 0, 0, 0),
        ("length", 1441, 0, 0, 0),
        ("gap", 20, -1, 0, 0),
        ("buffer before", 20, 0, -5, 0),
        ("buffer after", 20, 0, 0, 1441),
    ],
)
def test_a_shape_out_of_its_bounds_is_refused(
    what: str, length: int, gap: int, before: int, after: int
):
    with pytest.raises(DurationOutOfBounds, match=f"The {what} of"):
        SlotShape(minutes(length), minutes(gap), minutes(before), minutes(after))


def test_a_notice_or_horizon_out_of_its_bounds_is_refused():
    with pytest.raises(DurationOutOfBounds, match="notice"):
        BookingPolicy(notice=minutes(-1))
    with pytest.raises(DurationOutOfBounds, match="horizon"):
        BookingPolicy(horizon=timedelta(days=401))

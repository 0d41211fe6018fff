"""The one-date form of the recruiter."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from interviews.slots.refusals import (
    DateOutOfReach,
    DurationOutOfBounds,
    NoTimeFree,
    TooManySlots,
    WindowInThePast,
    WindowTooShort,
)
from interviews.slots.rules import SlotPlan, clashes, planned_slots
from tests.support.slots import at, between, hours, minutes, starts

BEIJING = "Asia/Shanghai"
NOW = at("2026-11-23T09:00:00+08:00")


def plan(
    window: str = "09:00-11:00",
    *,
    on: date = date(2026, 11, 25),
    zone: str = BEIJING,
    length: float = 20,
    gap: float = 5,
    before: float = 0,
    after: float = 0,
) -> SlotPlan:
    return SlotPlan(
        on,
        hours(window),
        ZoneInfo(zone),
        minutes(length),
        minutes(gap),
        minutes(before),
        minutes(after),
    )


def test_a_morning_of_20_and_5_minutes_is_laid_out_from_its_start():
    slots = planned_slots(plan(), now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "09:25", "09:50", "10:15", "10:40"]
    assert slots[0].start == at("2026-11-25T01:00:00Z")
    assert {slot.length for slot in slots} == {minutes(20)}


def test_the_pause_leaves_room_for_the_buffers_of_both_neighbours():
    slots = planned_slots(plan(gap=5, before=5, after=10), now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "09:35", "10:10"]


def test_a_gap_longer_than_the_buffers_holds_them():
    slots = planned_slots(plan(gap=10, before=5, after=5), now=NOW)
    assert starts(slots, BEIJING) == ["09:00", "09:30", "10:00", "10:30"]


def test_claims_of_the_panel_begin_the_grid_anew():
    claim = between("2026-11-25T09:30:00+08:00", "2026-11-25T10:00:00+08:00")
    slots = planned_slots(plan(), now=NOW, busy=[claim])
    assert starts(slots, BEIJING) == ["09:00", "10:00", "10:25"]


def test_claims_of_the_panel_meet_the_buffers_of_a_slot():
    claim = between("2026-11-25T09:30:00+08:00", "2026-11-25T10:00:00+08:00")
    slots = planned_slots(plan(before=5, after=15), now=NOW, busy=[claim])
    assert starts(slots, BEIJING) == ["10:05"]


def test_what_has_begun_is_not_published_and_does_not_move_the_grid():
    slots = planned_slots(plan(), now=at("2026-11-25T09:26:00+08:00"))
    assert starts(slots, BEIJING) == ["09:50", "10:15", "10:40"]


def test_a_window_on_the_day_of_a_clock_change_has_its_real_length():
    spring = plan("01:00-04:00", on=date(2026, 3, 29), zone="Europe/Berlin", length=60, gap=0)
    slots = planned_slots(spring, now=at("2026-03-01T00:00:00Z"))
    assert starts(slots, "Europe/Berlin") == ["01:00", "03:00"]


def test_a_window_may_end_at_midnight():
    slots = planned_slots(plan("23:00-24:00", length=30, gap=0), now=NOW)
    assert starts(slots, BEIJING) == ["23:00", "23:30"]


def test_a_window_shorter_than_a_slot_is_refused():
    with pytest.raises(WindowTooShort, match="20 minutes does not fit into 15 minutes"):
        planned_slots(plan("09:00-09:15"), now=NOW)


def test_a_window_that_the_clock_change_swallows_is_refused():
    swallowed = plan("02:30-03:00", on=date(2026, 3, 29), zone="Europe/Berlin")
    with pytest.raises(WindowTooShort, match="does not fit into 0 minutes"):
        planned_slots(swallowed, now=at("2026-03-01T00:00:00Z"))
    assert clashes(swallowed, [between("2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z")]) == ()


def test_a_window_in_the_past_is_refused():
    with pytest.raises(WindowInThePast, match="later date"):
        planned_slots(plan(), now=at("2026-11-25T10:41:00+08:00"))


def test_a_window_in_which_the_panel_is_busy_throughout_is_refused():
    claim = between("2026-11-25T08:00:00+08:00", "2026-11-25T12:00:00+08:00")
    with pytest.raises(NoTimeFree, match="another panel"):
        planned_slots(plan(), now=NOW, busy=[claim])


def test_an_endless_claim_is_a_busy_panel_and_no_fault():
    forever = between("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
    with pytest.raises(NoTimeFree):
        planned_slots(plan(before=5, after=5), now=NOW, busy=[forever])


def test_more_slots_than_anybody_means_are_refused():
    with pytest.raises(TooManySlots, match="480 slots; at most 200"):
        planned_slots(plan("09:00-17:00", length=1, gap=0), now=NOW)


def test_a_length_of_nothing_is_refused():
    with pytest.raises(DurationOutOfBounds, match="length of 0 minutes"):
        plan(length=0)


def test_buffers_of_more_than_a_day_together_are_refused():
    with pytest.raises(DurationOutOfBounds, match="pause for two buffers of 1500 minutes"):
        plan(before=800, after=700)


def test_a_date_in_a_mistyped_year_is_refused():
    with pytest.raises(DateOutOfReach):
        planned_slots(plan(on=date(206, 11, 25)), now=NOW)


def test_the_claims_that_cut_into_a_window_are_shown_merged_and_sorted():
    day = "2026-11-25T"
    claims = [
        between(f"{day}10:30:00+08:00", f"{day}10:45:00+08:00"),
        between(f"{day}09:30:00+08:00", f"{day}09:45:00+08:00"),
        between(f"{day}09:40:00+08:00", f"{day}10:00:00+08:00"),
        between(f"{day}11:00:00+08:00", f"{day}11:45:00+08:00"),
    ]
    first, second = clashes(plan(), claims)
    assert first == between(f"{day}09:30:00+08:00", f"{day}10:00:00+08:00")
    assert second.start - first.end == timedelta(minutes=30)
    assert len(clashes(plan(after=5), claims)) == 3

"""The arithmetic of half-open ranges."""

from datetime import datetime, timedelta

import pytest

from interviews.slots.ranges import TimeRange, intersected, merged, subtracted
from interviews.slots.refusals import EmptyRange, TimeWithoutZone
from tests.support.slots import at, between, minutes

MORNING = between("2026-11-23T09:00:00Z", "2026-11-23T12:00:00Z")
NOON = between("2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z")


def test_equal_moments_in_two_zones_make_equal_ranges():
    berlin = between("2026-11-23T10:00:00+01:00", "2026-11-23T13:00:00+01:00")
    assert berlin == MORNING
    assert hash(berlin) == hash(MORNING)
    assert berlin.length == timedelta(hours=3)


def test_a_naive_moment_is_refused():
    naive = datetime(2026, 11, 23, 9)  # noqa: DTZ001  the very thing that is refused
    with pytest.raises(TimeWithoutZone, match="2026-11-23T09:00:00"):
        TimeRange(naive, at("2026-11-23T12:00:00Z"))


@pytest.mark.parametrize("end", ["2026-11-23T09:00:00Z", "2026-11-23T08:59:00Z"])
def test_a_range_without_time_is_refused(end: str):
    with pytest.raises(EmptyRange, match="later than the start"):
        between("2026-11-23T09:00:00Z", end)


def test_ranges_that_touch_do_not_overlap():
    assert not MORNING.overlaps(NOON)
    assert not NOON.overlaps(MORNING)
    assert MORNING.overlaps(NOON.widened(before=minutes(1), after=minutes(0)))


def test_a_range_contains_itself_and_its_parts():
    part = between("2026-11-23T09:00:00Z", "2026-11-23T09:20:00Z")
    assert MORNING.contains(MORNING)
    assert MORNING.contains(part)
    assert not part.contains(MORNING)
    assert not MORNING.contains(NOON)


def test_touching_nested_and_repeated_ranges_merge():
    inside = between("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z")
    later = between("2026-11-23T13:01:00Z", "2026-11-23T14:00:00Z")
    assert merged([later, NOON, inside, MORNING, MORNING]) == (
        TimeRange(MORNING.start, NOON.end),
        later,
    )


def test_subtraction_keeps_ranges_that_touch_apart():
    assert subtracted((MORNING, NOON), ()) == (MORNING, NOON)


def test_one_hole_may_reach_over_several_ranges():
    hole = between("2026-11-23T11:00:00Z", "2026-11-23T12:30:00Z")
    assert subtracted((MORNING, NOON), (hole,)) == (
        between("2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z"),
        between("2026-11-23T12:30:00Z", "2026-11-23T13:00:00Z"),
    )


def test_holes_before_and_after_take_nothing():
    early = between("2026-11-23T07:00:00Z", "2026-11-23T09:00:00Z")
    assert subtracted((MORNING,), (NOON, early)) == (MORNING,)


def test_a_hole_that_covers_everything_leaves_nothing():
    assert subtracted((MORNING,), (MORNING,)) == ()


def test_intersection_keeps_what_both_have():
    second = (
        between("2026-11-23T08:00:00Z", "2026-11-23T09:30:00Z"),
        between("2026-11-23T11:00:00Z", "2026-11-23T12:15:00Z"),
    )
    expected = (
        between("2026-11-23T09:00:00Z", "2026-11-23T09:30:00Z"),
        between("2026-11-23T11:00:00Z", "2026-11-23T12:00:00Z"),
        between("2026-11-23T12:00:00Z", "2026-11-23T12:15:00Z"),
    )
    assert intersected((MORNING, NOON), second) == expected
    assert intersected(second, (MORNING, NOON)) == expected
    assert intersected((MORNING,), (NOON,)) == ()

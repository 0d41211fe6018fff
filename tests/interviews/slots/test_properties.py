"""What holds for every panel, span and shape: drawn near clock changes by Hypothesis."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import combinations, pairwise, zip_longest
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from interviews.slots.refusals import NoTimeFree, WindowTooShort
from interviews.slots.rules import (
    NO_LIMITS,
    BookingPolicy,
    PanelMember,
    SlotPlan,
    SlotShape,
    TimeRange,
    free_slots,
    intersected,
    merged,
    moment_of,
    planned_slots,
    subtracted,
)
from tests.interviews.slots.strategies import (
    CHANGES,
    ZONES,
    Question,
    busy_ranges,
    local_hours,
    minutes_between,
    questions,
)

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def answer(question: Question) -> tuple[TimeRange, ...]:
    now = question.span.start
    return free_slots(question.panel, question.shape, span=question.span, now=now)


def without_limits(panel: Iterable[PanelMember]) -> tuple[PanelMember, ...]:
    return tuple(replace(member, limits=NO_LIMITS) for member in panel)


def minutes_of(ranges: Iterable[TimeRange]) -> set[datetime]:
    return {one.start + offset * MINUTE for one in ranges for offset in range(one.length // MINUTE)}


@given(questions() | questions(longest=24))
def test_slots_never_overlap_and_keep_their_gap(question: Question):
    for earlier, later in pairwise(answer(question)):
        assert later.start - earlier.end >= question.shape.gap


@given(questions())
def test_every_slot_lies_in_an_open_window_of_every_member(question: Question):
    first, last = question.span.start.date() - 9 * DAY, question.span.end.date() + 9 * DAY
    for member in question.panel:
        windows = member.hours.windows(first, last)
        for slot in answer(question):
            assert any(window.contains(slot) for window in windows)


@given(questions())
def test_no_slot_or_buffer_meets_what_occupies_a_member(question: Question):
    for slot in answer(question):
        claim = question.shape.claim(slot)
        assert not any(claim.overlaps(busy) for m in question.panel for busy in m.busy)


@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(question: Question, random: Random):
    def mixed(values: tuple) -> tuple:  # type: ignore[type-arg]  anything may be shuffled
        copy = list(values)
        random.shuffle(copy)
        return tuple(copy)

    panel = mixed(
        tuple(
            replace(
                member,
                busy=mixed(member.busy),
                booked=mixed(member.booked),
                hours=replace(
                    member.hours,
                    weekly=mixed(member.hours.weekly),
                    overrides=mixed(member.hours.overrides),
                ),
            )
            for member in question.panel
        )
    )
    assert answer(Question(panel, question.shape, question.span)) == answer(question)


@given(questions() | questions(longest=24), ZONES)
def test_every_viewer_is_offered_the_same_slots(question: Question, viewer: ZoneInfo):
    """A viewer who pages through the days of their own calendar meets the same slots."""
    first = question.span.start.astimezone(viewer).date()
    days = (question.span.end.astimezone(viewer).date() - first).days + 1
    midnights = [moment_of(first + n * DAY, time(0), viewer) for n in range(days + 1)]
    met: list[TimeRange] = []
    for midnight, following in pairwise(midnights):
        page = intersected((TimeRange(midnight, following),), (question.span,))
        for span in page:
            met.extend(answer(Question(question.panel, question.shape, span)))
    assert met == list(answer(question))


@given(questions(), minutes_between(0, 3000), minutes_between(0, 3000))
def test_notice_and_horizon_only_leave_slots_out(
    question: Question, notice: timedelta, horizon: timedelta
):
    now = question.span.start
    found = free_slots(
        question.panel,
        question.shape,
        span=question.span,
        now=now,
        policy=BookingPolicy(notice, horizon),
    )
    assert found == tuple(
        slot for slot in answer(question) if now + notice <= slot.start <= now + horizon
    )


@given(questions())
def test_any_slot_that_is_offered_can_be_booked_within_the_limits(question: Question):
    for slot in answer(question):
        for member in question.panel:
            limit, zone = member.limits, member.hours.zone
            day = slot.start.astimezone(zone).date()
            days = [booked.astimezone(zone).date() for booked in (*member.booked, slot.start)]
            same = (
                (limit.day, sum(other == day for other in days)),
                (limit.week, sum(o.isocalendar()[:2] == day.isocalendar()[:2] for o in days)),
                (limit.month, sum((o.year, o.month) == (day.year, day.month) for o in days)),
                (limit.year, sum(other.year == day.year for other in days)),
            )
            assert all(most is None or count <= most for most, count in same)


@given(questions())
def test_a_minute_by_minute_search_finds_the_same_slots(question: Question):
    panel = without_limits(question.panel)
    shape, span = question.shape, question.span
    first, last = span.start.date() - 6 * DAY, span.end.date() + 6 * DAY
    free = set.intersection(
        *(
            minutes_of(member.hours.windows(first, last))
            - minutes_of(b.widened(before=shape.after, after=shape.before) for b in member.busy)
            for member in panel
        )
    )
    runs = runs_of(free, shape)
    expected = [slot for slot in searched(runs, shape) if span.start <= slot.start < span.end]
    assert list(answer(Question(panel, shape, span))) == expected


def runs_of(free: set[datetime], shape: SlotShape) -> list[TimeRange]:
    """The stretches of free minutes that are long enough for a slot."""
    runs = []
    for minute in sorted(free):
        if minute - MINUTE not in free:
            end = minute
            while end in free:
                end += MINUTE
            runs.append(TimeRange(minute, end))
    return [run for run in runs if run.length >= shape.length]


def searched(runs: list[TimeRange], shape: SlotShape) -> list[TimeRange]:
    """Slots from the start of each run, each tried a minute after the other."""
    found: list[TimeRange] = []
    for run, following in zip_longest(runs, runs[1:]):
        minute = run.start
        while minute < run.end:
            if (minute - run.start) % (shape.length + shape.gap) == timedelta(0):
                slot = TimeRange(minute, minute + shape.length)
                keeps_gap = following is None or slot.end + shape.gap <= following.start
                if run.contains(slot) and keeps_gap:
                    found.append(slot)
            minute += MINUTE
    return found


@given(CHANGES.flatmap(busy_ranges), CHANGES.flatmap(busy_ranges))
def test_ranges_behave_like_sets_of_minutes(left: tuple[TimeRange, ...], right: tuple[TimeRange]):
    first, second = merged(left), merged(right)
    assert minutes_of(merged(left + right)) == minutes_of(left) | minutes_of(right)
    assert minutes_of(subtracted(first, right)) == minutes_of(left) - minutes_of(right)
    assert minutes_of(intersected(first, second)) == minutes_of(left) & minutes_of(right)
    assert all(a.end < b.start for a, b in pairwise(first))


@given(st.data())
def test_every_published_slot_can_be_booked_beside_every_other(data: st.DataObject):
    day = data.draw(CHANGES)
    plan = SlotPlan(
        day,
        data.draw(local_hours(may_be_closed=True)),
        data.draw(ZONES),
        data.draw(minutes_between(10, 60)),
        data.draw(minutes_between(0, 20)),
        data.draw(minutes_between(0, 20)),
        data.draw(minutes_between(0, 20)),
    )
    busy = data.draw(busy_ranges(day))
    now = moment_of(day - 2 * DAY, time(0), plan.zone)
    try:
        slots = planned_slots(plan, now=now, busy=busy)
    except (WindowTooShort, NoTimeFree):
        return
    claims = [plan.shape.claim(slot) for slot in slots]
    assert not any(a.overlaps(b) for a, b in combinations(claims, 2))
    assert not any(claim.overlaps(other) for claim in claims for other in busy)
    assert all(later.start - earlier.end >= plan.gap for earlier, later in pairwise(slots))

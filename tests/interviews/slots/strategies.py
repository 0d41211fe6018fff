"""Panels, spans and shapes as Hypothesis draws them, all near clock changes, all in minutes."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from interviews.slots.rules import (
    DateOverride,
    Limits,
    LocalHours,
    OpeningHours,
    PanelMember,
    SlotShape,
    TimeRange,
    Travel,
    Weekday,
    WeeklyRule,
)

UTC_ZONE = ZoneInfo("UTC")
ZONES = st.sampled_from(
    [
        "Asia/Shanghai",
        "Europe/Berlin",
        "America/New_York",
        "America/Vancouver",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
    ]
).map(ZoneInfo)
CHANGES = st.sampled_from(
    [
        date(2026, 3, 8),  # New York, Vancouver
        date(2026, 3, 29),  # Berlin
        date(2026, 4, 5),  # Lord Howe
        date(2026, 4, 24),  # Cairo
        date(2026, 10, 4),  # Lord Howe
        date(2026, 10, 25),  # Berlin
        date(2026, 10, 29),  # Cairo
        date(2026, 11, 1),  # New York; Vancouver no longer
        date(2026, 12, 30),  # a week in two years
    ]
)
STEPS_OF_FIVE = st.integers(0, 24 * 12 - 1).map(lambda n: 5 * n)


def minutes_between(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda count: timedelta(minutes=count))


@st.composite
def local_hours(draw: st.DrawFn, *, may_be_closed: bool) -> LocalHours:
    start, end = draw(STEPS_OF_FIVE), draw(STEPS_OF_FIVE)
    if start == end and not may_be_closed:
        end = (start + 60) % (24 * 60)
    walls = [time(minute // 60, minute % 60) for minute in (start, end)]
    return LocalHours(walls[0], walls[1], ends_next_day=end < start)


@st.composite
def opening_hours(draw: st.DrawFn, day: date, *, longest: int) -> OpeningHours:
    opens, lasts = draw(st.integers(0, 12)), draw(st.integers(9, longest))
    closes = (opens + lasts) % 24
    long_hours = LocalHours(time(opens), time(closes), ends_next_day=closes <= opens)
    usual = tuple(WeeklyRule(weekday, long_hours) for weekday in Weekday)
    unusual = st.builds(
        WeeklyRule,
        weekday=st.sampled_from(Weekday),
        hours=local_hours(may_be_closed=False),
        valid_from=st.none() | st.just(day),
        valid_until=st.none() | st.just(day + timedelta(days=1)),
        zone=st.none() | ZONES,
    )
    near = st.integers(-2, 4).map(lambda offset: day + timedelta(days=offset))
    overrides = st.lists(st.builds(DateOverride, near, local_hours(may_be_closed=True)), max_size=2)
    travels = st.lists(
        st.builds(Travel, ZONES, near.filter(lambda first: first >= day), st.none()), max_size=1
    )
    return OpeningHours(
        draw(ZONES),
        usual + tuple(draw(st.lists(unusual, max_size=4))),
        tuple(draw(overrides)),
        tuple(draw(travels)),
    )


@st.composite
def busy_ranges(draw: st.DrawFn, day: date) -> tuple[TimeRange, ...]:
    midnight = datetime.combine(day, time(0), tzinfo=UTC_ZONE)
    pairs = draw(
        st.lists(st.tuples(minutes_between(-1440, 5760), minutes_between(1, 45)), max_size=14)
    )
    return tuple(TimeRange(midnight + start, midnight + start + length) for start, length in pairs)


@st.composite
def limits(draw: st.DrawFn) -> Limits:
    counts = sorted(draw(st.lists(st.integers(1, 6), min_size=4, max_size=4)))
    kept = [count if draw(st.booleans()) else None for count in counts]
    return Limits(*kept)


@st.composite
def members(draw: st.DrawFn, day: date, *, longest: int) -> PanelMember:
    midnight = datetime.combine(day, time(0), tzinfo=UTC_ZONE)
    booked = draw(st.lists(minutes_between(-10_000, 10_000), max_size=5))
    return PanelMember(
        draw(opening_hours(day, longest=longest)),
        draw(busy_ranges(day)),
        draw(limits()),
        tuple(midnight + offset for offset in booked),
    )


shapes = st.builds(
    SlotShape,
    minutes_between(5, 120),
    minutes_between(0, 90),
    minutes_between(0, 20),
    minutes_between(0, 20),
)


class Question:
    """A panel, the shape of its slots and the span that is asked for."""

    def __init__(self, panel: tuple[PanelMember, ...], shape: SlotShape, span: TimeRange) -> None:
        self.panel = panel
        self.shape = shape
        self.span = span

    def __repr__(self) -> str:
        return f"Question({self.panel!r}, {self.shape!r}, {self.span!r})"


@st.composite
def questions(draw: st.DrawFn, *, longest: int = 23) -> Question:
    """A question to hosts who are open up to `longest` hours a day; with 24 some never close."""
    day = draw(CHANGES)
    midnight = datetime.combine(day, time(0), tzinfo=UTC_ZONE)
    span = TimeRange(midnight, midnight + draw(minutes_between(720, 4 * 1440)))
    panel = draw(st.lists(members(day, longest=longest), min_size=1, max_size=2))
    return Question(tuple(panel), draw(shapes), span)

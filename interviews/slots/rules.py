"""Which slots a panel can offer: pure, one answer for every viewer and every order of input.

The grid begins at the start of each window in which the whole panel is free, so hours from 07:30
in Kolkata offer 07:30 and 08:30. What a viewer's clock says plays no part. A booking occupies
`[start - before, end + after)`, and the next one brings buffers of its own: buffers add up.

This file is the entrance; its siblings hold the parts and are imported from here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from interviews.slots.calendar_rules import (
    CLOSED,
    DAY,
    FIRST_YEAR,
    LAST_YEAR,
    WHOLE_DAY,
    DateOverride,
    LocalHours,
    OpeningHours,
    Travel,
    Weekday,
    WeeklyRule,
    moment_of,
    wall_text,
    window_on,
)
from interviews.slots.grid import Alignment, laid_out
from interviews.slots.grouping import (
    DayOfSlots,
    OfferedSlot,
    PartName,
    PartOfDay,
    ShownSlot,
    grouped_by_day,
)
from interviews.slots.limits import NO_LIMITS, BookedCounts, Limits, Period
from interviews.slots.panels import (
    ANY_TIME,
    LONGEST_SPAN,
    BookingPolicy,
    PanelMember,
    SlotShape,
)
from interviews.slots.publishing import SlotPlan, clashes, planned_slots
from interviews.slots.ranges import TimeRange, as_utc, intersected, merged, subtracted
from interviews.slots.refusals import DateOutOfReach, PanelEmpty, SpanTooLong

__all__ = [
    "ANY_TIME",
    "CLOSED",
    "NO_LIMITS",
    "WHOLE_DAY",
    "Alignment",
    "BookedCounts",
    "BookingPolicy",
    "DateOverride",
    "DayOfSlots",
    "Limits",
    "LocalHours",
    "OfferedSlot",
    "OpeningHours",
    "PanelMember",
    "PartName",
    "PartOfDay",
    "Period",
    "ShownSlot",
    "SlotPlan",
    "SlotShape",
    "TimeRange",
    "Travel",
    "Weekday",
    "WeeklyRule",
    "busy_span",
    "clashes",
    "free_slots",
    "free_windows",
    "grouped_by_day",
    "intersected",
    "laid_out",
    "merged",
    "moment_of",
    "planned_slots",
    "subtracted",
    "wall_text",
    "window_on",
]

# How far back the anchor of a slot may lie: a window that never closes is cut on a Monday at
# most a week before the slot, or opened at most a week before that Monday; then a day of buffer
# and two for the distance between zones while the host travels.
MEMORY = timedelta(days=18)
# The slot, its gap and the next window's first slot with its buffer, each at most a day; zones.
FORESIGHT = timedelta(days=5)


def free_slots(
    panel: Sequence[PanelMember],
    shape: SlotShape,
    *,
    span: TimeRange,
    now: datetime,
    policy: BookingPolicy = ANY_TIME,
    align: Alignment = Alignment.FREE_WINDOW,
) -> tuple[TimeRange, ...]:
    """The slots that start in `span` and that every panel member could take, earliest first.

    A slot starts no sooner than `now + notice` and no later than `now + horizon`. It lies in one
    open window of every member; its buffers may reach beyond that window but never into what
    occupies a member. The grid is the same whatever `span` and `now` are, provided that each
    member's `busy` is known for the whole of `busy_span(span)`.

    Raises:
        PanelEmpty: nobody is on the panel.
        SpanTooLong: the span is above 400 days.
        DateOutOfReach: the span is outside the years 1970 to 2199.
        TimeWithoutZone: `now` or a booked start is naive.
    """
    moment = as_utc(now)
    first = max(span.start, moment + policy.notice)
    last = None if policy.horizon is None else moment + policy.horizon
    slots = laid_out(free_windows(panel, shape, span=span), shape, align=align, first=first)
    found = tuple(
        slot for slot in slots if slot.start < span.end and (last is None or slot.start <= last)
    )
    for member in panel:
        if member.limits != NO_LIMITS:
            counts = BookedCounts(member.limits, member.booked, member.hours.zone)
            found = counts.allowed(found)
    return found


def free_windows(
    panel: Sequence[PanelMember], shape: SlotShape, *, span: TimeRange
) -> tuple[TimeRange, ...]:
    """The windows in which a slot of this shape may lie, for all members at once.

    They reach beyond `span` on both sides, so that the grid does not depend on it.

    Raises:
        PanelEmpty, SpanTooLong, DateOutOfReach: as for `free_slots`.
    """
    if not panel:
        raise PanelEmpty
    _check_span(span)
    reach = busy_span(span)
    common = _free_of_one(panel[0], shape, reach)
    for member in panel[1:]:
        common = intersected(common, _free_of_one(member, shape, reach))
    return common


def busy_span(span: TimeRange) -> TimeRange:
    """The time for which a member's busy ranges must be known to answer for `span`."""
    return span.widened(before=MEMORY, after=FORESIGHT)


def _free_of_one(member: PanelMember, shape: SlotShape, reach: TimeRange) -> tuple[TimeRange, ...]:
    """The member's windows less the times at which a slot or its buffers would meet a claim."""
    windows = member.hours.windows((reach.start - DAY).date(), (reach.end + DAY).date())
    known = intersected(merged(member.busy), (reach,))
    # The buffer after a slot keeps it away from the claim that follows, hence `before=after`.
    holes = (busy.widened(before=shape.after, after=shape.before) for busy in known)
    return subtracted(windows, holes)


def _check_span(span: TimeRange) -> None:
    if span.length > LONGEST_SPAN:
        raise SpanTooLong(days=span.length.days, most=LONGEST_SPAN.days)
    for day in (span.start.date(), span.end.date()):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise DateOutOfReach(day=day.isoformat(), first=FIRST_YEAR, last=LAST_YEAR)

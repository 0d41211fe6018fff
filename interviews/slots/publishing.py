"""One form, one date: the slots a recruiter is about to publish."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from interviews.slots.calendar_rules import DAY, LocalHours, window_on
from interviews.slots.grid import laid_out
from interviews.slots.panels import MINUTE, NOTHING, SlotShape, check_duration
from interviews.slots.ranges import TimeRange, as_utc, intersected, merged, subtracted
from interviews.slots.refusals import NoTimeFree, TooManySlots, WindowInThePast, WindowTooShort
from interviews.texts import N_

MOST_SLOTS = 200  # a day of five-minute slots in two rooms' worth; a typing error makes more


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A window of wall time on one date, and how it is divided into slots.

    `gap` is the least pause between two slots. Every slot that is published can be booked beside
    its neighbours, so the pause is never shorter than the two buffers between them together.

    Raises:
        DurationOutOfBounds: a length, gap or buffer is out of its bounds (see `SlotShape`), or
            the two buffers together exceed 24 hours.
    """

    on: date
    hours: LocalHours
    zone: ZoneInfo
    length: timedelta
    gap: timedelta = NOTHING
    before: timedelta = NOTHING
    after: timedelta = NOTHING

    def __post_init__(self) -> None:
        SlotShape(self.length, self.gap, self.before, self.after)
        check_duration(N_("pause for two buffers"), self.before + self.after)

    @property
    def shape(self) -> SlotShape:
        """The shape whose steps leave room for the buffers of both neighbours."""
        pause = max(self.gap, self.before + self.after)
        return SlotShape(self.length, pause, self.before, self.after)

    @property
    def window(self) -> TimeRange | None:
        """The window in UTC; None when the date's clock change leaves nothing of it.

        Raises:
            DateOutOfReach: the year is not one we plan in.
        """
        return window_on(self.on, self.hours, self.zone)


def planned_slots(
    plan: SlotPlan, *, now: datetime, busy: Iterable[TimeRange] = ()
) -> tuple[TimeRange, ...]:
    """The slots that this plan publishes: free for the panel and not yet begun, earliest first.

    `busy` is what already claims any member of the panel, in any order, buffers included.

    Raises:
        WindowTooShort: not even one slot fits.
        TooManySlots: more than 200 slots would come of it.
        WindowInThePast: every slot would have begun.
        NoTimeFree: the panel has no time for a single one.
        DateOutOfReach: the year is not one we plan in.
    """
    window, shape = plan.window, plan.shape
    if window is None or window.length < plan.length:
        length = NOTHING if window is None else window.length
        raise WindowTooShort(length=plan.length / MINUTE, window=length / MINUTE)
    count = (window.length - plan.length) // shape.step + 1
    if count > MOST_SLOTS:
        raise TooManySlots(count=count, most=MOST_SLOTS)
    if not any(laid_out((window,), shape, first=as_utc(now))):
        raise WindowInThePast
    near = intersected(merged(busy), (window.widened(before=DAY, after=DAY),))
    holes = (claim.widened(before=shape.after, after=shape.before) for claim in near)
    free = subtracted((window,), holes)
    slots = tuple(laid_out(free, shape, first=as_utc(now)))
    if not slots:
        raise NoTimeFree
    return slots


def clashes(plan: SlotPlan, busy: Iterable[TimeRange]) -> tuple[TimeRange, ...]:
    """The claims that cut into the plan's window, merged and sorted, to show beside the preview."""
    window = plan.window
    if window is None:
        return ()
    # A slot's own buffers may reach out of the window and meet a claim that lies outside.
    reach = plan.shape.claim(window)
    return tuple(claim for claim in merged(busy) if claim.overlaps(reach))

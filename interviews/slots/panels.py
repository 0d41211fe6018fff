"""What one asks of the generator: the shape of a slot, the people on the panel, the policy."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from interviews.slots.calendar_rules import DAY, OpeningHours
from interviews.slots.limits import NO_LIMITS, Limits
from interviews.slots.ranges import TimeRange
from interviews.slots.refusals import DurationOutOfBounds
from interviews.texts import N_

NOTHING = timedelta(0)
MINUTE = timedelta(minutes=1)
SHORTEST_SLOT = MINUTE  # invites and pages show whole minutes
LONGEST_SPAN = timedelta(days=400)  # a year and a month: bounds the work of one question


@dataclass(frozen=True, slots=True)
class SlotShape:
    """How long a slot is, the pause before the next offered start, what it occupies besides.

    Raises:
        DurationOutOfBounds: the length is not between 1 minute and 24 hours, or the gap or a
            buffer not between 0 and 24 hours.
    """

    length: timedelta
    gap: timedelta = NOTHING
    before: timedelta = NOTHING
    after: timedelta = NOTHING

    def __post_init__(self) -> None:
        check_duration(N_("length"), self.length, least=SHORTEST_SLOT)
        check_duration(N_("gap"), self.gap)
        check_duration(N_("buffer before"), self.before)
        check_duration(N_("buffer after"), self.after)

    @property
    def step(self) -> timedelta:
        """The time from one start of the grid to the next."""
        return self.length + self.gap

    def claim(self, slot: TimeRange) -> TimeRange:
        """What a booking of this slot occupies: `[start - before, end + after)`."""
        return slot.widened(before=self.before, after=self.after)


@dataclass(frozen=True, slots=True)
class PanelMember:
    """One interviewer: when open, what already occupies them, how much they want.

    `busy` holds claims, thus bookings with buffers of their own, and outside calendars' events.
    `booked` holds the aware starts of the interviews that count towards `limits`.
    """

    hours: OpeningHours
    busy: tuple[TimeRange, ...] = ()
    limits: Limits = NO_LIMITS
    booked: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """How soon and how far ahead a slot may start; without a horizon, as far as one asks.

    Raises:
        DurationOutOfBounds: the notice or the horizon is negative or above 400 days.
    """

    notice: timedelta = NOTHING
    horizon: timedelta | None = None

    def __post_init__(self) -> None:
        check_duration(N_("notice"), self.notice, most=LONGEST_SPAN)
        if self.horizon is not None:
            check_duration(N_("horizon"), self.horizon, most=LONGEST_SPAN)


def check_duration(
    what: str, value: timedelta, *, least: timedelta = NOTHING, most: timedelta = DAY
) -> None:
    """Say no to a duration that is not between `least` and `most`, both inclusive.

    Raises:
        DurationOutOfBounds: it is not; `what` is the name it is told by.
    """
    if not least <= value <= most:
        raise DurationOutOfBounds(
            what=what, minutes=value / MINUTE, least=least / MINUTE, most=most / MINUTE
        )


ANY_TIME = BookingPolicy()

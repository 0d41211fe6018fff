"""Where slots begin inside the windows that are free."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum

from interviews.slots.panels import SlotShape
from interviews.slots.ranges import TimeRange

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Alignment(StrEnum):
    """Where the grid of starts is anchored; neither looks at a viewer's zone."""

    FREE_WINDOW = "free-window"  # at the start of each free window: our decision, and the default
    EPOCH = "epoch"  # at the multiples of the step since 1970-01-01T00:00Z, on request only


def laid_out(
    windows: Iterable[TimeRange],
    shape: SlotShape,
    *,
    align: Alignment = Alignment.FREE_WINDOW,
    first: datetime | None = None,
) -> Iterator[TimeRange]:
    """The slots that fit into sorted, disjoint windows, earliest first.

    With an aware `first`, only those that start no sooner; it never moves the grid. The gap is
    kept across windows too: the last slot of one ends early enough before the next begins, so
    that no window's grid depends on what was laid out in another. Steps are real time: on the
    day of a clock change slots keep their length.
    """
    step = shape.step
    for window, latest_end in _with_latest_ends(windows, shape):
        start = window.start
        if align is Alignment.EPOCH:
            start += (EPOCH - start) % step
        if first is not None and start < first:
            start += -((start - first) // step) * step
        while (end := start + shape.length) <= latest_end:
            yield TimeRange(start, end)
            start += step


def _with_latest_ends(
    windows: Iterable[TimeRange], shape: SlotShape
) -> Iterator[tuple[TimeRange, datetime]]:
    """Each window that can hold a slot, with the latest end that a slot in it may have."""
    roomy = (window for window in windows if window.length >= shape.length)
    current = next(roomy, None)
    while current is not None:
        following = next(roomy, None)
        end = current.end if following is None else min(current.end, following.start - shape.gap)
        yield current, end
        current = following

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
    """The slots that fit into each window; with an aware `first`, those that start no sooner.

    `first` never moves the grid. Steps are real time: on the day of a clock change slots keep
    their length.
    """
    step = shape.step
    for window in windows:
        start = window.start
        if align is Alignment.EPOCH:
            start += (EPOCH - start) % step
        if first is not None and start < first:
            start += -((start - first) // step) * step
        while (end := start + shape.length) <= window.end:
            yield TimeRange(start, end)
            start += step

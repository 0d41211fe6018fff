"""Named moments of one mail's way out, at which a test may end the process."""

from enum import StrEnum
from typing import Protocol

from interviews.outbox import OutboxId


class Point(StrEnum):
    """In the order in which one mail passes them."""

    CLAIMED = "claimed"
    BUILT = "built"
    BEFORE_DATA = "before-data"
    AFTER_250 = "after-250"
    BEFORE_MARK = "before-mark"


class Checkpoint(Protocol):
    """Watches mails pass; whatever it does happens at exactly that moment."""

    def passed(self, point: Point, row: OutboxId) -> None:
        """The mail of this row has come to this point."""
        ...


class Unwatched:
    """The checkpoint of everyday life: nothing happens."""

    def passed(self, point: Point, row: OutboxId) -> None:
        """See `Checkpoint.passed`."""

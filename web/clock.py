"""The real clock, moved by a setting on loopback."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's time plus `offset`."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self.offset  # noqa: TID251  the one place that asks the machine

"""How often somebody may do something: a token bucket that is told the time."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class TokenBucket:
    """At most `burst` at once, and one more every `every`."""

    burst: int
    every: timedelta
    _level: float = -1.0
    _seen_at: datetime | None = None

    def take(self, now: datetime) -> bool:
        """Whether one more is allowed now; counts it when it is."""
        if self._seen_at is None:
            self._level = float(self.burst)
        else:
            gained = max(now - self._seen_at, timedelta()) / self.every
            self._level = min(float(self.burst), self._level + gained)
        self._seen_at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True

"""Which sessions a worker has, and which commands it refuses."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

MOST_ROOMS: Final = 4096  # rooms whose epoch is remembered; the longest unheard of is forgotten


class CommandRefusal(Exception):  # noqa: N818  a refusal, not a fault
    """The worker will not do that; `code` is what messages.Failed carries."""

    code = "refused"


class UnknownSession(CommandRefusal):
    code = "unknown-session"


class UnknownPublication(CommandRefusal):
    code = "unknown-publication"


class UnknownSection(CommandRefusal):
    code = "unknown-section"


class SessionExists(CommandRefusal):
    code = "session-exists"


class PublicationExists(CommandRefusal):
    code = "publication-exists"


class StaleEpoch(CommandRefusal):
    code = "stale-epoch"


class Draining(CommandRefusal):
    code = "draining"


class Full(CommandRefusal):
    code = "full"


class Unreachable(CommandRefusal):
    code = "unreachable"


class OutputsUnreachable(CommandRefusal):
    code = "outputs-unreachable"


@dataclass(slots=True)
class Admission:
    """Whether a new session may open: room for it, its room's epoch, and no drain under way."""

    most_sessions: int
    sessions: set[str] = field(default_factory=set)
    drain_until: timedelta | None = None
    _epochs: dict[str, int] = field(default_factory=dict)

    def open(self, session: str, room: str, epoch: int) -> None:
        """Count a session in; raises Draining, StaleEpoch, SessionExists, Full."""
        if self.drain_until is not None:
            raise Draining
        if epoch < self._epochs.get(room, epoch):
            raise StaleEpoch(f"{room} is at epoch {self._epochs[room]}")
        if session in self.sessions:
            raise SessionExists(session)
        if len(self.sessions) >= self.most_sessions:
            raise Full(f"{self.most_sessions} sessions")
        self._epochs.pop(room, None)
        self._epochs[room] = epoch
        if len(self._epochs) > MOST_ROOMS:
            del self._epochs[next(iter(self._epochs))]
        self.sessions.add(session)

    def close(self, session: str) -> None:
        """Count a session out."""
        self.sessions.discard(session)

    def require(self, session: str) -> None:
        """Raise UnknownSession unless the session lives."""
        if session not in self.sessions:
            raise UnknownSession(session)

    def drain(self, until: timedelta) -> None:
        """Open no session any more; a second drain may only shorten the first."""
        self.drain_until = until if self.drain_until is None else min(until, self.drain_until)

    def is_drained(self, now: timedelta) -> bool:
        """Whether a drain is over: nobody is left, or its time is up."""
        return self.drain_until is not None and (not self.sessions or now >= self.drain_until)

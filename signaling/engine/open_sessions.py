"""Which media session belongs to which room and person, and which grant opened it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from signaling.engine.caps import Caps, Entrant, Occupancy
from signaling.grants import GrantLedger
from signaling.rooms.actions import Saw
from signaling.rooms.values import SessionId


@dataclass(frozen=True, slots=True)
class Seen:
    """What a viewer's browser counted of all pictures of a session."""

    freezes: int = 0
    frozen: timedelta = timedelta()
    dropped: int = 0  # frames that came and were not shown


class OpenSessions:
    """As large as what is alive: a session that ended is forgotten."""

    def __init__(self, caps: Caps, since: datetime) -> None:
        self.ledger = GrantLedger(since)
        self.occupancy = Occupancy(caps)
        self._entrants: dict[str, Entrant] = {}
        self._opened: dict[str, datetime] = {}
        self._publications: dict[str, str] = {}  # publication -> session
        self._seen: dict[str, Seen] = {}
        self.freezes = 0  # of all sessions, also of those that have ended

    def add(self, session: str, entrant: Entrant, now: datetime) -> None:
        """A session has been opened by somebody who counts in `occupancy`."""
        self._entrants[session] = entrant
        self._opened[session] = now

    def opened_at(self, session: str) -> datetime | None:
        """When a living session was opened."""
        return self._opened.get(session)

    def saw(self, saw: Saw) -> None:
        """A viewer's browser counted more."""
        self.freezes += saw.freezes
        if saw.session in self._entrants:
            before = self.seen(saw.session)
            self._seen[saw.session] = Seen(
                before.freezes + saw.freezes,
                before.frozen + timedelta(milliseconds=saw.frozen),
                before.dropped + saw.dropped,
            )

    def seen(self, session: str) -> Seen:
        """What the browser at a session has counted."""
        return self._seen.get(session, Seen())

    def published(self, publication: str, session: str) -> None:
        """A publication goes up in this session."""
        self._publications[publication] = session

    def room_of_publication(self, publication: str) -> str | None:
        """The room of a publication; None if it has ended."""
        return self.room_of(self._publications.get(publication, ""))

    def room_of(self, session: str) -> str | None:
        """The room of a session; None if it has ended."""
        entrant = self._entrants.get(session)
        return None if entrant is None else entrant.room

    def forget(self, sessions: tuple[SessionId, ...]) -> None:
        """These sessions have ended."""
        self.ledger.forget(sessions)
        for session in sessions:
            self._opened.pop(session, None)
            self._seen.pop(session, None)
            entrant = self._entrants.pop(session, None)
            if entrant is not None:
                self.occupancy.leave(entrant)
        ended = frozenset(sessions)
        for publication in [p for p, session in self._publications.items() if session in ended]:
            del self._publications[publication]

"""Which media session belongs to which room and person, and which grant opened it."""

from datetime import datetime

from signaling.engine.caps import Caps, Entrant, Occupancy
from signaling.grants import GrantLedger
from signaling.rooms.values import SessionId


class OpenSessions:
    """As large as what is alive: a session that ended is forgotten."""

    def __init__(self, caps: Caps) -> None:
        self.ledger = GrantLedger()
        self.occupancy = Occupancy(caps)
        self._entrants: dict[str, Entrant] = {}
        self._opened: dict[str, datetime] = {}
        self._publications: dict[str, str] = {}  # publication -> session

    def add(self, session: str, entrant: Entrant, now: datetime) -> None:
        """A session has been opened by somebody who counts in `occupancy`."""
        self._entrants[session] = entrant
        self._opened[session] = now

    def opened_at(self, session: str) -> datetime | None:
        """When a living session was opened."""
        return self._opened.get(session)

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
            entrant = self._entrants.pop(session, None)
            if entrant is not None:
                self.occupancy.leave(entrant)
        ended = frozenset(sessions)
        for publication in [p for p, session in self._publications.items() if session in ended]:
            del self._publications[publication]

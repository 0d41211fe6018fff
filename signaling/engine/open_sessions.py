"""Which media session belongs to which room, and which grant opened it."""

from signaling.grants import GrantLedger
from signaling.rooms.values import SessionId


class OpenSessions:
    """As large as what is alive: a session that ended is forgotten."""

    def __init__(self) -> None:
        self.ledger = GrantLedger()
        self._rooms: dict[str, str] = {}
        self._publications: dict[str, str] = {}  # publication -> session

    def add(self, session: str, room: str) -> None:
        """A session has been opened in this room."""
        self._rooms[session] = room

    def published(self, publication: str, session: str) -> None:
        """A publication goes up in this session."""
        self._publications[publication] = session

    def room_of_publication(self, publication: str) -> str | None:
        """The room of a publication; None if it has ended."""
        return self.room_of(self._publications.get(publication, ""))

    def room_of(self, session: str) -> str | None:
        """The room of a session; None if it has ended."""
        return self._rooms.get(session)

    def forget(self, sessions: tuple[SessionId, ...]) -> None:
        """These sessions have ended."""
        self.ledger.forget(sessions)
        for session in sessions:
            self._rooms.pop(session, None)
        ended = frozenset(sessions)
        for publication in [p for p, session in self._publications.items() if session in ended]:
            del self._publications[publication]

"""The sessions that the control plane has open: where each one lives, and its ICE generation."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from signaling.refusals import SessionUnknown
from signaling.sdp.values import IceParameters


@dataclass(slots=True)
class Session:
    """One living session; only its ICE generation changes."""

    id: str
    room: str
    worker: str
    theirs: IceParameters
    first_mid: str
    first_kind: str
    etag: str
    restarting: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sessions:
    """Found by id; as large as what is alive."""

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}

    def __contains__(self, session: object) -> bool:
        return session in self._by_id

    def add(self, session: Session) -> None:
        """From now on events of this session are passed on."""
        self._by_id[session.id] = session

    def require(self, session: str) -> Session:
        """The session of that id.

        Raises:
            SessionUnknown: there is none, or it has ended.
        """
        found = self._by_id.get(session)
        if found is None:
            raise SessionUnknown
        return found

    def remove(self, session: str) -> Session | None:
        """Forget a session; None if it was gone already."""
        return self._by_id.pop(session, None)

    def of_worker(self, worker: str) -> Iterator[Session]:
        """The sessions that live on this worker."""
        return (session for session in tuple(self._by_id.values()) if session.worker == worker)

    def of_room(self, room: str) -> Iterator[Session]:
        """The sessions of this room."""
        return (session for session in tuple(self._by_id.values()) if session.room == room)

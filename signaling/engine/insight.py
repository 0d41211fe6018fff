"""What administrators see of media: every session of this process, and the record of one."""

from dataclasses import dataclass
from datetime import datetime

from signaling.engine.open_sessions import OpenSessions, Seen
from signaling.engine.ports import Media
from signaling.forwarding.record import FlightRecord
from signaling.workers.messages import SessionStatistics, Statistics


@dataclass(frozen=True, slots=True)
class MediaSession:
    """One session; without statistics its worker did not answer."""

    id: str
    room: str
    worker: str
    publication: str  # "" for a viewer
    since: datetime | None
    statistics: SessionStatistics | None
    seen: Seen


class Insight:
    """Questions to the workers; nothing here changes anything."""

    def __init__(self, media: Media, sessions: OpenSessions) -> None:
        self._media = media
        self._sessions = sessions

    async def workers(self) -> tuple[Statistics, ...]:
        """The counters of every worker that answers."""
        return await self._media.statistics()

    async def sessions(self) -> tuple[MediaSession, ...]:
        """Every living session, by room."""
        told = {one.session: one for worker in await self.workers() for one in worker.sessions}
        listed = (
            MediaSession(
                one.id,
                one.room,
                one.worker,
                one.publication,
                self._sessions.opened_at(one.id),
                told.get(one.id),
                self._sessions.seen(one.id),
            )
            for one in self._media.open_sessions()
        )
        return tuple(sorted(listed, key=lambda one: (one.room, one.publication == "", one.id)))

    async def flight(self, session: str) -> FlightRecord:
        """The record of the last minute of a session.

        Raises:
            SessionUnknown: it has ended.
            WorkerSilent: its worker does not answer.
        """
        return await self._media.flight(session)

"""Ends what we have in a room that another control plane has placed since."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Final

from signaling.workers.link import CommandFailedError, LinkError, WorkerLink
from signaling.workers.messages import CloseSession, Disconnected
from signaling.workers.openings import Openings
from signaling.workers.sessions import Session, Sessions
from signaling.workers.supervisor import Supervisor

ROOM_MOVED: Final = "room-moved"  # why a session ended, to whom it matters
LOOK_EVERY: Final = timedelta(seconds=2)  # pages must be back within 5 s (issue 3 §1)


class Tenure:
    """Our rooms are ours until somebody else's placement of one has a higher epoch."""

    def __init__(self, supervisor: Supervisor, sessions: Sessions, openings: Openings) -> None:
        self._supervisor = supervisor
        self._sessions = sessions
        self._openings = openings

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            await self.look()

    async def look(self) -> None:
        """End our sessions in rooms that have moved; their pages are told to come again."""
        rooms = self._sessions.epochs()
        for room in await self._openings.placements.taken(rooms) if rooms else ():
            for session in self._sessions.of_room(room):
                moved = Disconnected(session=session.id, reason=ROOM_MOVED)
                self._sessions.happened(session.worker, moved)
                await self._close(session)

    async def _close(self, session: Session) -> None:
        link: WorkerLink | None = self._supervisor.links.get(session.worker)
        if link is not None:
            with suppress(LinkError, CommandFailedError):
                await link.ask(lambda n: CloseSession(request=n, session=session.id))

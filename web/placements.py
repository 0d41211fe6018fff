"""Where rooms meet, kept in the database, so that several service processes agree."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeGuard

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from interviews import placements as rows
from interviews.database import Database
from signaling.refusals import NoWorker
from signaling.workers.placement import Placement, Placements

LOG = structlog.get_logger()
AWAY = (SQLAlchemyError, OSError)  # the database does not answer (a TimeoutError is an OSError)
PATIENCE = timedelta(seconds=3)  # somebody waits at a POST meanwhile


class RowPlacements(Placements):
    """One life of this process; a room that it finds elsewhere it takes over with a new epoch.

    A database that is away lets no new session in, and ends none.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._control = secrets.token_urlsafe(12)

    @override
    async def place(self, room: str, *, up: Sequence[str]) -> Placement | None:
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                async with self._database.reading() as session:
                    found = await rows.placed(session, room)
                if not self._holds(found, up):
                    found = await self._take(room, up) if up else None
        except AWAY as error:
            LOG.warning("placement-unknown", room=room, fault=type(error).__name__)
            raise NoWorker from error
        return found and Placement(room, found.worker, found.epoch)

    def _holds(self, found: rows.Placed | None, up: Sequence[str]) -> TypeGuard[rows.Placed]:
        return found is not None and found.control == self._control and found.worker in up

    async def _take(self, room: str, up: Sequence[str]) -> rows.Placed:
        async def take(session: AsyncSession) -> rows.Placed:
            seen = await rows.placed(session, room)
            if self._holds(seen, up):  # another request of ours was faster
                return seen
            return await rows.move(session, room, seen=seen, control=self._control, worker=up[0])

        return await self._database.retrying(take)

    @override
    async def release(self, room: str) -> None:
        try:
            async with (
                asyncio.timeout(PATIENCE.total_seconds()),
                self._database.writing() as session,
            ):
                await rows.leave(session, room, control=self._control)
        except AWAY as error:  # its next placement finds the row as it is
            LOG.warning("placement-kept", room=room, fault=type(error).__name__)

    @override
    async def taken(self, rooms: Mapping[str, int]) -> set[str]:
        try:
            async with (
                asyncio.timeout(PATIENCE.total_seconds()),
                self._database.reading() as session,
            ):
                return await rows.taken(session, rooms, control=self._control)
        except AWAY as error:
            LOG.warning("placements-unknown", fault=type(error).__name__)
            return set()

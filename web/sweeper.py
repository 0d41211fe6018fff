"""Tidies up what time has ended: holds that nobody confirmed, once a minute."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from interviews.bookings.service import expire
from interviews.database import Database
from interviews.ports import Clock

EVERY = timedelta(minutes=1)  # whoever wants such a time earlier ends its hold in passing
LOG = structlog.get_logger()


class Sweeper:
    """One a process; several may sweep one database, each hold is ended once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._due = asyncio.Event()

    def wake(self) -> None:
        """It is time again; never blocks."""
        self._due.set()

    async def run(self) -> None:
        """Sweep each time somebody wakes us, until cancelled; belongs into a TaskGroup."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self.sweep()
            except (DBAPIError, OSError) as error:
                LOG.warning("sweeper.database_away", fault=type(error).__name__)

    async def sweep(self) -> int:
        """How many holds were ended now."""
        now = self._clock.now()
        return await self._database.retrying(lambda session: expire(session, now=now))

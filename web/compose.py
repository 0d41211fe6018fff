"""Builds the real parts in order, keeps their tasks, and takes them down in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import reset_tzpath

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from interviews.database import Database
from interviews.migrations.upgrade import upgrade
from scheduler.building import MailIdentity
from scheduler.drain import Drain
from scheduler.ticker import ticking
from signaling.engine import Engine
from web.app import Parts
from web.carriers import build_carrier
from web.clock import SystemClock
from web.doors import database_trouble
from web.folder import make_folder
from web.links import SignedLinks
from web.placements import RowPlacements
from web.rooms import follow_rooms
from web.secrets import Secrets
from web.settings import Settings
from web.sweeper import EVERY as SWEEP
from web.sweeper import Sweeper
from web.translations import Gettext

PATIENCE = timedelta(seconds=10)  # for the first answer of a database
STOPPING = 0.8  # of the time for a stop; requests that are still open get the rest


@dataclass(frozen=True, slots=True)
class Running:
    """A service whose tasks are running."""

    parts: Parts

    async def ready(self) -> None:
        """Return as soon as a media worker is up."""
        await self.parts.engine.ready()

    async def stop(self) -> None:
        """Tell the rooms, end the workers and finish the drain, within the time that was set."""
        within = self.parts.settings.drain_timeout * STOPPING
        await self.parts.engine.tell_shutdown()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.parts.engine.aclose(within / 2))  # workers, then its own tasks
            group.create_task(self.parts.drain.aclose(within))


@asynccontextmanager
async def running(settings: Settings, secrets: Secrets, engine: Engine) -> AsyncIterator[Running]:
    """Every part, started, around an engine that is; the block must call `stop` before it ends.

    Raises:
        Trouble: the data folder or the database cannot be used.
    """
    async with opened_database(settings) as database:
        engine.place_rooms_by(RowPlacements(database))
        parts = build_parts(settings, database, secrets, engine)
        sweeper = Sweeper(database, parts.clock)
        async with (
            asyncio.TaskGroup() as group,
            ticking(parts.drain.wake),
            ticking(sweeper.wake, every=SWEEP),
        ):
            group.create_task(parts.drain.run())
            group.create_task(follow_rooms(parts.engine, database, parts.clock, parts.drain))
            sweeping = group.create_task(sweeper.run())
            try:
                yield Running(parts)
            finally:
                sweeping.cancel()


def build_parts(settings: Settings, database: Database, secrets: Secrets, engine: Engine) -> Parts:
    """What a service is made of, built but not started."""
    clock = SystemClock(settings.clock_offset)
    links = SignedLinks(settings.base_url, [secrets.key("links")])
    mail = MailIdentity(
        settings.mail.from_address, settings.mail.from_name, settings.mail.organizer
    )
    drain = Drain(database, build_carrier(settings), links, Gettext(), clock, mail=mail)
    return Parts(settings, database, clock, links, secrets, engine, drain)


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """The database at its newest revision; raises Trouble when it cannot be reached."""
    reset_tzpath(to=[])  # the zones of the pinned tzdata, never the machine's older ones
    make_folder(settings)
    database = Database.open(settings.database)
    try:
        await _upgraded(database, settings)
        yield database
    finally:
        await database.close()


async def _upgraded(database: Database, settings: Settings) -> None:
    try:
        await _answers(database)
        await upgrade(database)
    except (SQLAlchemyError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise database_trouble(settings, str(reason) or type(error).__name__) from error


async def _answers(database: Database) -> None:
    """Nothing, if the database answers in time.

    Raises:
        SQLAlchemyError, OSError: it does not, or its URL asks for what the driver does not know.
    """
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()), database.reading() as session:
            await session.execute(text("SELECT 1"))
    except TypeError as error:  # the driver's, for a word in the URL's query
        raise OSError(str(error)) from error

"""Builds the real parts in order, keeps their tasks, and takes them down in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from socket import SOCK_DGRAM, getaddrinfo, socket
from zoneinfo import reset_tzpath

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from interviews.database import Database
from interviews.migrations.upgrade import upgrade
from scheduler.building import MailIdentity
from scheduler.drain import Drain
from scheduler.ticker import ticking
from signaling.engine import Engine
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from web.app import Parts
from web.carriers import build_carrier
from web.cli import Trouble
from web.clock import SystemClock
from web.links import SignedLinks
from web.rooms import follow_rooms
from web.secrets import BrokenKeyError, Secrets
from web.settings import Settings
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
async def running(settings: Settings) -> AsyncIterator[Running]:
    """Every part, started; the block must call `stop` before it ends.

    Raises:
        Trouble: the data folder or the database cannot be used.
    """
    check_media(settings)
    engine = build_engine(settings, secrets := _secrets(settings))
    await engine.start()  # first: workers start while the database is brought up
    try:
        async with opened_database(settings) as database:
            parts = _parts(settings, database, secrets, engine)
            async with asyncio.TaskGroup() as group, ticking(parts.drain.wake):
                group.create_task(parts.drain.run())
                group.create_task(follow_rooms(parts.engine, database, parts.clock, parts.drain))
                yield Running(parts)
    except BaseException:
        await engine.aclose(settings.drain_timeout)
        raise


def _parts(settings: Settings, database: Database, secrets: Secrets, engine: Engine) -> Parts:
    clock = SystemClock(settings.clock_offset)
    links = SignedLinks(settings.base_url, [secrets.key("links")])
    mail = MailIdentity(
        settings.mail.from_address, settings.mail.from_name, settings.mail.organizer
    )
    drain = Drain(database, build_carrier(settings), links, Gettext(), clock, mail=mail)
    return Parts(settings, database, clock, links, secrets, engine, drain)


def build_engine(settings: Settings, secrets: Secrets) -> Engine:
    """The engine on as many media workers as are set."""
    media = settings.media
    plan = WorkerPlan(
        host=media.host or settings.host,
        port=media.port,
        advertise=media.advertise,
        count=media.workers,
    )
    clock = SystemClock(settings.clock_offset)
    origins = frozenset({settings.base_url})
    return Engine(MediaControl(plan), secrets.key("grants"), clock.now, allowed_origins=origins)


def _secrets(settings: Settings) -> Secrets:
    _make_folder(settings)
    try:
        return Secrets.load(settings.data)
    except BrokenKeyError as error:
        mend = "put the old file back, or remove it: everybody then signs in anew"
        raise Trouble(f"{error}; {mend}") from error
    except OSError as error:
        told = f"the secret key in {settings.data} can be neither read nor made: {error.strerror}"
        raise Trouble(f"{told}; set DAIGANG_DATA to a folder that you may write") from error


def check_media(settings: Settings) -> None:
    """Nothing, if the media workers can have their ports.

    Raises:
        Trouble: an address is not of this machine, or a port is taken.
    """
    media = settings.media
    host = media.host or settings.host
    for port in range(media.port, media.port + media.workers) if media.port else (0,):
        try:
            family, kind, *_, address = getaddrinfo(host, port, type=SOCK_DGRAM)[0]
            with socket(family, kind) as probe:
                probe.bind(address)
        except (OSError, OverflowError) as error:
            told = f"media cannot use UDP {host}:{port}: {error}"
            mend = "free the port, or set DAIGANG_MEDIA__PORT and DAIGANG_MEDIA__HOST"
            raise Trouble(f"{told}; expected a free port of this machine; {mend}") from error


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """The database at its newest revision; raises Trouble when it cannot be reached."""
    reset_tzpath(to=[])  # the zones of the pinned tzdata, never the machine's older ones
    _make_folder(settings)
    database = Database.open(settings.database)
    try:
        await _upgraded(database, settings)
        yield database
    finally:
        await database.close()


def _make_folder(settings: Settings) -> None:
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        told = f"the data folder {settings.data} cannot be made: {error.strerror}"
        raise Trouble(f"{told}; set DAIGANG_DATA to a folder that you may write") from error


async def _upgraded(database: Database, settings: Settings) -> None:
    try:
        await _answers(database)
        await upgrade(database)
    except (SQLAlchemyError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        where = database.writer.url.render_as_string(hide_password=True)
        told = f"the database {where} cannot be used: {reason or type(error).__name__}"
        mend = (
            "start it or set DAIGANG_DATABASE_URL"
            if settings.database_url
            else "set DAIGANG_DATA to a folder that you may write"
        )
        raise Trouble(f"{told}; expected a database that answers; {mend}") from error


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

"""Engine, unit of work, column types; the only place that knows SQLite from PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, Self, TypeVar, cast

from sqlalchemy import DateTime, Dialect, Executable, Table, event
from sqlalchemy.dialects import registry
from sqlalchemy.engine import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel
from typing_extensions import override

from interviews.hot import AtOnce, Hot, Said

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

RETRYABLE = frozenset({"40P01", "40001"})  # deadlock and serialization failure (PostgreSQL App. A)
ATTEMPTS = 5
OVERLAP = "occupancy_overlap"  # the name of the EXCLUDE constraint and of the trigger's message

Result = TypeVar("Result")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, always UTC; SQLite keeps it without a zone, PostgreSQL with one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a moment needs a zone: {value!r}"
            raise TypeError(message)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def table_of(model: type[SQLModel]) -> Table:
    """The Core table behind a model: hot verbs speak to it without the ORM's unit of work."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


async def connection_of(session: AsyncSession) -> Hot:
    """The connection of a unit, for statements that need nothing of the ORM; asked for once."""
    known: Hot | None = session.info.get("connection")
    if known is not None and not known.closed:
        return known
    connection = await session.connection()
    hot: Hot = connection
    if connection.dialect.name == "sqlite" and connection.sync_connection is not None:
        hot = AtOnce(connection.sync_connection)
    session.info["connection"] = hot
    return hot


class Stale(Exception):  # noqa: N818  neither a refusal nor a fault: the unit is run again
    """What this unit has read was changed by another one before it could write."""


class Database:
    """Two kinds of unit: `reading()` cannot write, `writing()` is one transaction.

    On SQLite writing units queue in a first-in-first-out lock and start with BEGIN IMMEDIATE. On
    PostgreSQL all units queue for a place, which the pool of connections would give to whoever
    comes at the right moment, and not to whoever waits longest.
    """

    def __init__(
        self,
        reader: AsyncEngine,
        writer: AsyncEngine,
        glancer: Engine | AsyncEngine,
        *,
        places: int = 1,
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.glancer = glancer
        self.is_sqlite = writer.dialect.name == "sqlite"
        self._turn = asyncio.Lock()  # of SQLite's writer
        self._places = asyncio.Semaphore(places)  # of PostgreSQL's units; fair
        self._glance: Connection | None = None  # to SQLite: kept, as it waits for nothing
        self._lookout: AsyncConnection | None = None  # the same to PostgreSQL, for one at a time
        self._looking = asyncio.Lock()
        self._writer: AsyncConnection | None = None  # to SQLite: kept, as there is one
        self._read = async_sessionmaker(reader, expire_on_commit=False)
        self._write = async_sessionmaker(
            writer,
            expire_on_commit=False,
            join_transaction_mode="rollback_only",  # `writing` itself begins and commits
        )

    @classmethod
    def open(cls, url: str, *, pool_size: int = 10) -> Self:
        """Engines for a database URL (sqlite+aiosqlite:// or postgresql+asyncpg://)."""
        if make_url(url).get_backend_name() == "sqlite":
            return cls(_sqlite(url, writes=False), _sqlite(url, writes=True), _glancer(url))
        registry.register("postgresql.daigang", "interviews.postgres_driver", "Dialect")
        engine = create_async_engine(
            make_url(url).set(drivername="postgresql+daigang"),
            pool_size=pool_size + 1,  # one is kept for glances
            max_overflow=0,  # a connection beyond them would be closed after one unit
            hide_parameters=True,  # an error's text goes to the log, and they hold personal data
        )
        glancer = engine.execution_options(isolation_level="AUTOCOMMIT")
        return cls(engine, engine, glancer, places=pool_size)

    async def close(self) -> None:
        """Give every connection back."""
        if self._lookout is not None:
            await self._lookout.close()
        await self.reader.dispose()
        if isinstance(self.glancer, Engine):
            if self._glance is not None:
                self._glance.close()
            self.glancer.dispose()
            if self._writer is not None:
                await self._writer.close()
            await self.writer.dispose()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Room for one unit after the other, `placed` in it; nobody waits for that on SQLite."""
        if self.is_sqlite:
            yield
            return
        async with self._places:
            yield

    @asynccontextmanager
    async def reading(self, *, placed: bool = False) -> AsyncIterator[AsyncSession]:
        """A read-only unit: nothing that happens in it is kept."""
        if self.is_sqlite:
            with _at_once(self._read()) as session:
                yield session
            return
        async with nullcontext() if placed else self._places, self._read() as session:
            await session.connection(execution_options={"postgresql_readonly": True})
            yield session

    async def glance(self, statement: Executable, parameters: Mapping[str, Any]) -> list[Any]:
        """The rows of one statement that reads, without a unit around it."""
        if isinstance(self.glancer, Engine):
            if self._glance is None:
                self._glance = self.glancer.connect()
            return list(self._glance.execute(statement, parameters))
        async with self._looking:
            if self._lookout is None:
                self._lookout = await self.glancer.connect()
            try:
                return list(await self._lookout.execute(statement, parameters))
            except BaseException:  # also when cancelled: what it is in the middle of is unknown
                broken, self._lookout = self._lookout, None
                await broken.close()
                raise

    @asynccontextmanager
    async def writing(self, *, placed: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back by any exception."""
        if not self.is_sqlite:
            async with (
                nullcontext() if placed else self._places,
                self.writer.connect() as reached,
                reached.begin(),
                _joined(self._write(bind=reached)) as session,
            ):
                session.info["connection"] = Said(reached)
                yield session
            return
        async with self._turn:
            writer = await self._only_writer()
            connection = cast("Connection", writer.sync_connection)
            driver = cast("Any", connection.connection.dbapi_connection)
            driver.rollback()  # nothing, unless the end of an earlier unit failed
            await driver.begin_immediate()
            with connection.begin(), _at_once(self._write(bind=writer)) as session:
                session.info["connection"] = AtOnce(connection)
                yield session
                if session.in_transaction():  # the ORM was used, so it may have to flush
                    session.sync_session.commit()

    async def _only_writer(self) -> AsyncConnection:
        """The connection that every writing unit on SQLite uses in its turn."""
        if self._writer is None or self._writer.closed:
            self._writer = await self.writer.connect()
        return self._writer

    async def retrying(self, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """Run `work` in a writing unit, again after a deadlock (PostgreSQL) or a stale read."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.writing() as session:
                    return await work(session)
            except (DBAPIError, Stale) as error:
                if attempt == ATTEMPTS or not is_retryable(error):
                    raise
        raise AssertionError  # the loop returns or raises


@asynccontextmanager
async def _joined(session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """A session on a connection to PostgreSQL that others commit; often nobody uses it."""
    try:
        yield session
        if session.in_transaction():
            await session.commit()  # flushes
    finally:
        if session.in_transaction():
            await session.close()


@contextmanager
def _at_once(session: AsyncSession) -> Iterator[AsyncSession]:
    """A session on SQLite: what ends it waits for nothing, so no cancellation can come between."""
    try:
        yield session
    finally:
        session.sync_session.close()  # rolls back what was not committed


def _sqlite(url: str, *, writes: bool) -> AsyncEngine:
    registry.register("sqlite.daigang", "interviews.sqlite_driver", "Dialect")
    engine = create_async_engine(
        make_url(url).set(drivername="sqlite+daigang"),
        connect_args={"timeout": 5},  # seconds; opening a file that another process recovers
        pool_size=1 if writes else 5,
        max_overflow=0 if writes else 10,
        hide_parameters=True,  # as above
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        # A reader never waits in WAL mode; a writer waits for its turn on the loop, not in C.
        cursor.execute("PRAGMA busy_timeout=0" if writes else "PRAGMA query_only=ON")
        cursor.execute("PRAGMA wal_autocheckpoint=0")  # the driver's thread does it
        cursor.close()

    if not writes:  # `writing` has said BEGIN IMMEDIATE before

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

    return engine


def _glancer(url: str) -> Engine:
    """For SQLite a plain engine: to look into the file takes less time than to wait for it."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite"),
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",  # no unit around it, so nothing old is seen
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # every statement sees the present
        connection.execute("PRAGMA query_only=ON")

    return engine


def is_retryable(error: DBAPIError | Stale) -> bool:
    """Whether the same unit may succeed when it is run again from the start."""
    return isinstance(error, Stale) or sqlstate(error) in RETRYABLE


def sqlstate(error: DBAPIError) -> str | None:
    """The five-character SQLSTATE of a PostgreSQL error, None elsewhere."""
    return getattr(error.orig, "sqlstate", None)


def is_overlap(error: DBAPIError) -> bool:
    """Whether the database refused a claim because the resource is taken at that time."""
    return OVERLAP in str(error.orig)


def violates(error: DBAPIError, *names: str) -> bool:
    """Whether the error names one of these constraints, indexes or (SQLite) columns."""
    text = str(error.orig)
    return any(name in text for name in names)

"""SQLite on an event loop, without a thread for every statement.

A statement of ours takes tens of microseconds, less than the way to another thread and back, so
it runs where it is asked for. Only what may wait does so without holding up the loop: BEGIN
IMMEDIATE asks again while another process writes; checkpoints, which write to the disk, are made
by a thread with a connection of its own (so `wal_autocheckpoint` is to be off).
"""

import asyncio
import sqlite3
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from types import ModuleType
from typing import Any, Self

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, AdaptedConnection
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet
from typing_extensions import override

PATIENCE = timedelta(seconds=30)  # how long another process may hold the write lock
CHECKPOINT_EVERY = 250  # commits; some eight pages of 4 KiB each, so the log stays below 10 MB
PAUSES = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025)  # seconds; then 25 ms, as SQLite's own


async def _at_once() -> None:
    """What SQLAlchemy awaits for a statement that needs no waiting."""


def _pretend_to_wait() -> None:
    """SQLAlchemy insists that an async driver awaits something in the greenlet that it makes."""
    if in_greenlet():
        await_only(_at_once())


class Cursor(sqlite3.Cursor):
    """The library's own cursor, with the two courtesies that SQLAlchemy's async engine expects."""

    @override
    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        _pretend_to_wait()
        return super().execute(sql, parameters)

    @override
    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        _pretend_to_wait()
        return super().executemany(sql, parameters)

    async def _async_soft_close(self) -> None:
        """Nothing to wait for: the rows are read where they are asked for."""


class Connection(AdaptedConnection):
    """A connection of the standard library whose waits are awaited."""

    __slots__ = ("_commits", "_path", "_raw", "_thread")

    def __init__(self, raw: sqlite3.Connection, path: str) -> None:
        self._raw = raw
        self._path = path
        self._commits = 0
        self._thread: ThreadPoolExecutor | None = None  # only who commits needs one

    @property
    @override
    def driver_connection(self) -> sqlite3.Connection:
        return self._raw

    @property
    def isolation_level(self) -> str | None:
        return self._raw.isolation_level

    @isolation_level.setter
    def isolation_level(self, value: str | None) -> None:
        self._raw.isolation_level = value  # type: ignore[assignment]  # typeshed lists literals

    def create_function(self, *arguments: Any, **options: Any) -> None:
        self._raw.create_function(*arguments, **options)

    def cursor(self) -> Cursor:
        return self._raw.cursor(Cursor)

    def say(self, statement: str) -> None:
        """Run one statement that answers nothing, with nothing in between."""
        self._raw.execute(statement)

    async def begin_immediate(self) -> None:
        """Take the write lock; while another process has it, ask again without blocking.

        Raises:
            sqlite3.OperationalError: it was not to be had for 30 seconds.
        """
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            await self._begin_patiently()

    async def _begin_patiently(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE.total_seconds()
        attempt = 0
        while True:
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1
            try:
                self._raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not is_busy(error) or loop.time() > deadline:
                    raise
            else:
                return

    def commit(self) -> None:
        """Add the unit to the write-ahead log: no disk is waited for (synchronous=NORMAL)."""
        if self._raw.in_transaction:
            self._raw.commit()
            self._commits += 1
            if self._commits % CHECKPOINT_EVERY == 0:
                self._thread = self._thread or ThreadPoolExecutor(1, "sqlite-checkpoint")
                self._thread.submit(checkpoint, self._path)

    def rollback(self) -> None:
        self._raw.rollback()

    def close(self) -> None:
        if self._thread is not None:
            self._thread.shutdown()
        self._raw.close()


def checkpoint(path: str) -> None:
    """Bring what the write-ahead log holds into the file, while everybody goes on (PASSIVE)."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=0)) as own:
        own.execute("PRAGMA wal_checkpoint(PASSIVE)")  # if it is busy, the next one does more


def is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether somebody else holds the lock (SQLITE_BUSY and its kinds)."""
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


class Driver:
    """The module `sqlite3` as SQLAlchemy wants to see it, with our `connect`."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def connect(self, *arguments: Any, **options: Any) -> Connection:
        """Open a file, whose path is the first argument."""
        return Connection(self._module.connect(*arguments, **options), str(arguments[0]))


class Dialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's SQLite over `Connection`; an async engine accepts it."""

    driver = "daigang"
    is_async = True
    supports_statement_cache = True

    @classmethod
    @override
    def import_dbapi(cls) -> Any:
        return Driver(sqlite3)

    @classmethod
    @override
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    @override
    def get_driver_connection(self, connection: Any) -> Any:
        return connection.driver_connection

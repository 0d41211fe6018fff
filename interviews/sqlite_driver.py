"""SQLite on an event loop, without a thread for every statement.

A statement of ours takes tens of microseconds, less than the way to another thread and back, so
it runs where it is asked for. Only what may wait does so without holding up the loop: BEGIN
IMMEDIATE asks again while another process writes, COMMIT (which may write a checkpoint to the
disk) goes to a thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import ModuleType
from typing import Any, Self

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, AdaptedConnection
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only
from typing_extensions import override

PATIENCE = timedelta(seconds=30)  # how long another process may hold the write lock
PAUSES = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025)  # seconds; then 25 ms, as SQLite's own


async def _at_once() -> None:
    """What SQLAlchemy awaits for a statement that needs no waiting: it insists on something."""


class Cursor(sqlite3.Cursor):
    """The library's own cursor, with the two courtesies that SQLAlchemy's async engine expects."""

    @override
    def execute(self, sql: str, parameters: Any = (), /) -> Self:
        await_only(_at_once())
        return super().execute(sql, parameters)

    @override
    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        await_only(_at_once())
        return super().executemany(sql, parameters)

    async def _async_soft_close(self) -> None:
        """Nothing to wait for: the rows are read where they are asked for."""


class Connection(AdaptedConnection):
    """A connection of the standard library whose waits are awaited."""

    __slots__ = ("_raw", "_thread")

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
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

    def begin_immediate(self) -> None:
        """Take the write lock; while another process has it, ask again without blocking.

        Raises:
            sqlite3.OperationalError: it was not to be had for 30 seconds.
        """
        try:
            self._raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                raise
            await_only(self._begin_patiently())

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
        if self._raw.in_transaction:
            await_only(self._away(self._raw.commit))

    async def _away(self, call: Callable[[], None]) -> None:
        """Run it in our thread; a cancelled caller still learns how it ended before it goes."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "sqlite-commit")
        ending = asyncio.get_running_loop().run_in_executor(self._thread, call)
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await asyncio.wait([ending])
            raise

    def rollback(self) -> None:
        self._raw.rollback()

    def close(self) -> None:
        self._raw.close()
        if self._thread is not None:
            self._thread.shutdown(wait=False)


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
        """Open a file; connections move between the loop and the committing thread."""
        return Connection(self._module.connect(*arguments, **options))


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

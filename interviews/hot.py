"""The connection of a unit as hot verbs use it: statements that need nothing of the ORM."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, cast

from sqlalchemy import CursorResult, Executable
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection


class Hot(Protocol):
    """What a hot verb may say."""

    @property
    def closed(self) -> bool: ...
    async def execute(
        self, statement: Executable, parameters: Any = None, /
    ) -> CursorResult[Any]: ...
    def begin_nested(self) -> AbstractAsyncContextManager[Any]: ...


class AtOnce:
    """A connection to SQLite, where a statement never waits: it needs no greenlet to be run in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._depth = 0

    @property
    def closed(self) -> bool:
        """Whether the unit is over."""
        return self._connection.closed

    async def execute(self, statement: Executable, parameters: Any = None, /) -> CursorResult[Any]:
        """What `AsyncConnection.execute` answers."""
        return self._connection.execute(statement, parameters)

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        """A savepoint: released at the end, rolled back to by any exception.

        Said to the driver itself, because SQLAlchemy compiles a savepoint anew every time.
        """
        say = cast("Any", self._connection.connection.dbapi_connection).say
        self._depth += 1
        name = f"hot_{self._depth}"
        say(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            say(f"ROLLBACK TO {name}")
            raise
        finally:
            say(f"RELEASE {name}")
            self._depth -= 1


class Said:
    """A connection to PostgreSQL whose savepoints are said to the driver itself."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._depth = 0
        self.execute = connection.execute

    @property
    def closed(self) -> bool:
        """Whether the unit is over."""
        return self._connection.closed

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        """A savepoint: released at the end, rolled back to by any exception.

        Said without a greenlet; whoever listens to the engine hears of it all the same.
        """
        told = cast("Connection", self._connection.sync_connection)
        say = cast("Any", told.connection.dbapi_connection).say
        self._depth += 1
        name = f"hot_{self._depth}"
        told.dispatch.savepoint(told, name)
        await say(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if not told.invalidated:  # else there is nobody left to tell
                told.dispatch.rollback_savepoint(told, name, None)
                await say(f"ROLLBACK TO {name}; RELEASE {name}")
            raise
        else:
            told.dispatch.release_savepoint(told, name, None)
            await say(f"RELEASE {name}")
        finally:
            self._depth -= 1

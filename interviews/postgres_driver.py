"""PostgreSQL through asyncpg, with one thing more: words that need no greenlet to be said in.

SQLAlchemy compiles a savepoint anew every time and runs each in a greenlet and a cursor of its
own. Here it is one simple query, said to asyncpg itself.
"""

from importlib import import_module
from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import (
    AsyncAdapt_asyncpg_connection,
    AsyncAdapt_asyncpg_dbapi,
    PGDialect_asyncpg,
)
from sqlalchemy.util import await_only
from typing_extensions import override

OWN_OPTIONS = ("prepared_statement_cache_size", "prepared_statement_name_func")


class Connection(AsyncAdapt_asyncpg_connection):
    """What SQLAlchemy makes of a connection of asyncpg."""

    async def say(self, words: str) -> None:
        """Statements without parameters and without rows, in the transaction of the unit."""
        known: Any = self
        if self._transaction is None:
            await known._start_transaction()  # noqa: SLF001  our own, but without types
        await known.driver_connection.execute(words)


class Driver(AsyncAdapt_asyncpg_dbapi):
    """The module `asyncpg` as SQLAlchemy wants to see it, with our `Connection`."""

    @override
    def connect(self, *arguments: Any, **options: Any) -> Connection:
        """Reach a server; options of SQLAlchemy's own go to the `Connection`."""
        own = {name: options.pop(name) for name in OWN_OPTIONS if name in options}
        reach = options.pop("async_creator_fn", self.asyncpg.connect)
        return await_only(Connection.create(self, reach(*arguments, **options), **own))


class Dialect(PGDialect_asyncpg):
    """SQLAlchemy's PostgreSQL over `Connection`."""

    driver = "daigang"
    supports_statement_cache = True

    @classmethod
    @override
    def import_dbapi(cls) -> Any:
        made: Any = Driver
        return made(import_module("asyncpg"))

"""Brings a database to the newest revision."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from interviews.database import Database

HERE = Path(__file__).parent
REVISION = text("SELECT version_num FROM alembic_version")


def newest() -> str:
    """The newest revision: the number with which the last file's name begins."""
    return max(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))


async def is_newest(database: Database) -> bool:
    """Whether nothing is to be done; it asks the database alone, so Alembic is not imported."""
    async with database.reading() as session:
        try:
            return bool(await session.scalar(REVISION) == newest())
        except DBAPIError:  # an empty database has no such table
            return False


def _upgrade(connection: Connection) -> bool:
    from alembic import command  # noqa: PLC0415  rarely needed, and slow to import
    from alembic.config import Config  # noqa: PLC0415  as above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415  as above

    if MigrationContext.configure(connection).get_current_revision() == newest():
        return False  # another process was faster
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return True


async def upgrade(database: Database) -> bool:
    """Run every missing migration in one transaction; True when there was one."""
    if await is_newest(database):
        return False
    async with database.writing() as session:
        connection = await session.connection()
        return await connection.run_sync(_upgrade)

"""Brings a database to the newest revision."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from interviews.database import Database


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> bool:
    config = configuration(connection)
    head = ScriptDirectory.from_config(config).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() == head:
        return False
    command.upgrade(config, "head")
    return True


async def upgrade(database: Database) -> bool:
    """Run every missing migration in one transaction; True when there was one."""
    async with database.writing() as session:
        connection = await session.connection()
        return await connection.run_sync(_upgrade)

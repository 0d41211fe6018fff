"""Alembic's entrance; the connection is handed in by `interviews.migrations.upgrade`."""

from alembic import context

from interviews.tables import metadata


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


run()

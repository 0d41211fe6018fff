"""Savepoints of hot verbs, and what becomes of a unit whose connection is lost."""

import asyncio

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from interviews.database import Database, connection_of, table_of
from interviews.hot import Hot
from interviews.people.models import Person
from tests.support.clock import START

PERSON = table_of(Person)


async def add(connection: Hot, name: str) -> None:
    person = {"email": f"{name}@example.com", "name": name, "created_at": START}
    await connection.execute(PERSON.insert(), person)


async def names(database: Database) -> set[str]:
    async with database.reading() as session:
        return set((await session.execute(select(PERSON.c.name))).scalars())


async def test_a_savepoint_that_fails_takes_only_its_own_work_along(database: Database):
    async def fail(connection: Hot) -> None:
        async with connection.begin_nested():  # the first thing that this unit says
            await add(connection, "lost")
            async with connection.begin_nested():
                await add(connection, "lost too")
            await add(connection, "lost")

    async with database.writing() as session:
        connection = await connection_of(session)
        with pytest.raises(IntegrityError):
            await fail(connection)
        async with connection.begin_nested():
            await add(connection, "kept")
            async with connection.begin_nested():
                await add(connection, "kept too")
    assert await names(database) == {"kept", "kept too"}


async def test_hot_statements_and_the_orm_are_kept_or_lost_together(database: Database):
    async def write(name: str, *, fail: bool) -> None:
        async with database.writing() as session:
            await add(await connection_of(session), name)
            session.add(Person(email=f"orm.{name}@example.com", name=f"orm {name}"))
            session.add(Person(email=f"own.{name}@example.com", name=f"own {name}"))
            for person in session.new:
                person.created_at = START
            if fail:
                await session.flush()
                raise LookupError

    with pytest.raises(LookupError):
        await write("lost", fail=True)
    await write("kept", fail=False)
    assert await names(database) == {"kept", "orm kept", "own kept"}


@pytest.mark.postgres
async def test_a_cancelled_savepoint_leaves_a_usable_database(postgres_url: str):
    database = Database.open(postgres_url, pool_size=1)
    asked = asyncio.Event()

    async def wait() -> None:
        async with database.writing() as session:
            connection = await connection_of(session)
            async with connection.begin_nested():
                await add(connection, "lost")
                asked.set()
                await connection.execute(text("SELECT pg_sleep(60)"))

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        waiting = group.create_task(wait())
        await asked.wait()
        waiting.cancel()
    async with database.writing() as session:
        await add(await connection_of(session), "kept")
    assert await names(database) == {"kept"}
    await database.close()


@pytest.mark.postgres
async def test_whoever_listens_to_the_engine_hears_of_savepoints(postgres_url: str):
    database = Database.open(postgres_url, pool_size=1)
    heard: list[str] = []
    for name in ("savepoint", "rollback_savepoint", "release_savepoint", "commit"):
        event.listen(
            database.writer.sync_engine, name, lambda *_about, name=name: heard.append(name)
        )
    async with database.writing() as session:
        connection = await connection_of(session)
        async with connection.begin_nested():
            pass
        with pytest.raises(LookupError):
            async with connection.begin_nested():
                raise LookupError
    await database.close()
    assert heard == [
        "savepoint", "release_savepoint", "savepoint", "rollback_savepoint", "commit",
    ]  # fmt: skip


@pytest.mark.postgres
async def test_a_connection_lost_in_a_savepoint_is_told_and_replaced(postgres_url: str):
    database = Database.open(f"{postgres_url}&prepared_statement_cache_size=0", pool_size=1)

    async def lose() -> None:
        async with database.writing() as session:
            connection = await connection_of(session)
            async with connection.begin_nested():
                await add(connection, "lost")
                await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DBAPIError):
        await lose()
    async with database.writing() as session:
        await add(await connection_of(session), "kept")
    assert await names(database) == {"kept"}
    await database.close()

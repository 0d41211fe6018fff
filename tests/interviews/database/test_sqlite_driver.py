"""SQLite on the loop: turns are taken in order, other processes are waited for, nothing leaks."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from interviews.database import Database, table_of
from interviews.people.models import Person
from interviews.sqlite_driver import CHECKPOINT_EVERY, is_busy
from tests.support.world import a_person

PERSON = table_of(Person)


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(make_url(sqlite_url).database or "")


@pytest.fixture
async def other(path: Path):
    """A connection of another program to the same file."""
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    yield connection
    connection.close()


@pytest.fixture
async def sqlite(sqlite_url: str):
    database = Database.open(sqlite_url)
    yield database
    await database.close()


async def write(database: Database, email: str) -> None:
    async with database.writing() as session:
        await a_person(session, email=email)


async def count(database: Database) -> int:
    async with database.reading() as session:
        return len((await session.execute(select(PERSON.c.id))).all())


async def test_a_writer_waits_for_another_program_while_the_loop_goes_on(
    sqlite: Database, other: sqlite3.Connection
):
    await write(sqlite, "first@example.com")
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(write(sqlite, "second@example.com"))
        for _ in range(20):
            assert await count(sqlite) == 1  # readers are answered meanwhile
        assert not waiting.done()
        other.execute("COMMIT")
    assert await count(sqlite) == 2


async def test_a_writer_that_is_cancelled_while_it_waits_leaves_nothing_behind(
    sqlite: Database, other: sqlite3.Connection
):
    await write(sqlite, "first@example.com")
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(write(sqlite, "second@example.com"))
        assert await count(sqlite) == 1
        waiting.cancel()
    other.execute("COMMIT")
    await write(sqlite, "third@example.com")
    assert await count(sqlite) == 2


async def test_a_unit_that_is_cancelled_at_its_commit_is_whole_or_not_there(sqlite: Database):
    arrived = asyncio.Event()

    async def write_two() -> None:
        async with sqlite.writing() as session:
            await a_person(session)
            await a_person(session)
            arrived.set()

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(write_two())
        await arrived.wait()
        writing.cancel()
    assert await count(sqlite) in {0, 2}
    await write(sqlite, "after@example.com")
    assert await count(sqlite) in {1, 3}


async def test_writers_of_one_process_take_turns_in_the_order_of_coming(sqlite: Database):
    order: list[int] = []

    async def take_a_turn(number: int) -> None:
        async with sqlite.writing() as session:
            await a_person(session)
            order.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(30):
            tasks.create_task(take_a_turn(number))
    assert order == list(range(30))


async def test_a_reader_sees_one_moment_however_long_it_looks(sqlite: Database):
    async with sqlite.reading() as session:
        assert (await session.execute(select(PERSON.c.id))).all() == []
        await write(sqlite, "meanwhile@example.com")
        assert (await session.execute(select(PERSON.c.id))).all() == []
    assert await count(sqlite) == 1


async def test_an_error_that_is_not_a_lock_is_told_at_once(sqlite: Database):
    async with sqlite.writing() as session:
        connection = await session.connection()
        raw = await connection.get_raw_connection()
        inner = raw.dbapi_connection
        assert isinstance(raw.driver_connection, sqlite3.Connection)
        with pytest.raises(sqlite3.OperationalError) as caught:
            await inner.begin_immediate()
        assert not is_busy(caught.value)
        assert inner.isolation_level is None


async def test_the_guard_rails_of_the_file_are_set(sqlite: Database):
    for unit, query_only in ((sqlite.writing, 0), (sqlite.reading, 1)):
        async with unit() as session:
            for pragma, value in (
                ("journal_mode", "wal"),
                ("foreign_keys", 1),
                ("synchronous", 1),
                ("query_only", query_only),
            ):
                found = (await session.execute(text(f"PRAGMA {pragma}"))).scalar_one()
                assert found == value


async def test_many_commits_are_brought_into_the_file_by_the_driver_itself(
    sqlite: Database, path: Path, other: sqlite3.Connection
):
    other.execute("SELECT 1 FROM person").fetchall()  # so ours is not the last one to close
    before = size(path)
    for number in range(CHECKPOINT_EVERY):
        await write(sqlite, f"person{number}@example.org")
    await sqlite.close()  # waits for the checkpoint
    assert size(path) > before


def size(path: Path) -> int:
    return path.stat().st_size

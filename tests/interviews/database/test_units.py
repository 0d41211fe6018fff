"""Units of work on both databases: what is kept, what is not, what is run again."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.database import (
    ATTEMPTS,
    Database,
    Stale,
    connection_of,
    is_retryable,
    sqlstate,
    table_of,
)
from interviews.people.models import Person
from tests.support.world import a_person

PERSON = table_of(Person)


async def emails(database: Database) -> set[str]:
    async with database.reading() as session:
        return set((await session.execute(select(PERSON.c.email))).scalars())


async def test_a_unit_that_ends_well_is_kept_and_one_that_fails_is_not(database: Database):
    async with database.writing() as session:
        await a_person(session, email="kept@example.com")

    async def fail() -> None:
        async with database.writing() as session:
            await a_person(session, email="lost@example.com")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await emails(database) == {"kept@example.com"}


async def test_a_unit_that_first_speaks_to_the_database_at_its_end_may_wait_there(sqlite_url: str):
    database, other = Database.open(sqlite_url), Database.open(sqlite_url)

    async def add() -> None:
        async with database.writing() as session:
            session.add(Person(email="new@example.com", name="新", created_at=datetime.now(UTC)))  # noqa: TID251  any moment

    async with asyncio.TaskGroup() as group, other.writing() as session:
        await a_person(session, email="first@example.com")
        waiting = group.create_task(add())
        for _turn in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
    assert await emails(database) == {"first@example.com", "new@example.com"}
    await database.close()
    await other.close()


async def test_a_reading_unit_cannot_write(database: Database):
    with pytest.raises(DBAPIError):
        async with database.reading() as session:
            await a_person(session)
    assert await emails(database) == set()


async def test_a_unit_is_run_again_after_a_stale_read(database: Database):
    attempts = []

    async def work(session: AsyncSession) -> int:
        attempts.append(len(attempts))
        await a_person(session, email=f"attempt{len(attempts)}@example.com")
        if len(attempts) < 3:
            raise Stale
        return len(attempts)

    assert await database.retrying(work) == 3
    assert await emails(database) == {"attempt3@example.com"}


async def test_a_unit_that_stays_stale_gives_up(database: Database):
    attempts = []

    async def work(_session: AsyncSession) -> None:
        attempts.append(1)
        raise Stale

    with pytest.raises(Stale):
        await database.retrying(work)
    assert len(attempts) == ATTEMPTS


async def test_a_broken_rule_is_not_tried_again(database: Database):
    attempts = []

    async def work(session: AsyncSession) -> None:
        attempts.append(1)
        await a_person(session, email="same@example.com")
        await a_person(session, email="same@example.com")

    with pytest.raises(IntegrityError):
        await database.retrying(work)
    assert len(attempts) == 1


async def test_moments_come_back_aware_in_utc_whatever_zone_they_had(database: Database):
    beijing = datetime(2026, 11, 24, 10, 0, tzinfo=timezone(timedelta(hours=8)))
    async with database.writing() as session:
        person = await a_person(session)
        person.created_at = beijing
    async with database.reading() as session:
        found = (await session.execute(select(PERSON.c.created_at))).scalar_one()
    assert found == beijing
    assert found.tzinfo is UTC


async def test_a_moment_without_a_zone_is_not_written(database: Database):
    async def write() -> None:
        async with database.writing() as session:
            person = await a_person(session)
            person.created_at = datetime(2026, 11, 24, 10, 0)  # noqa: DTZ001  the point

    with pytest.raises(StatementError, match="a moment needs a zone"):
        await write()


async def test_a_unit_has_one_connection(database: Database):
    async with database.writing() as session:
        first = await connection_of(session)
        assert await connection_of(session) is first
    async with database.writing() as session:
        assert await connection_of(session) is not first


@pytest.mark.postgres
async def test_two_units_that_wait_for_each_other_both_succeed_in_the_end(postgres_url: str):
    database = Database.open(postgres_url, pool_size=2)
    async with database.writing() as session:
        people = [(await a_person(session)).id for _ in range(2)]
    both_have_one = asyncio.Barrier(2)
    attempts = []

    async def rename(first: int, second: int) -> None:
        async def work(session: AsyncSession) -> None:
            attempts.append(first)
            for number, person in enumerate((first, second)):
                update = PERSON.update().where(PERSON.c.id == person).values(name=f"{first}")
                await session.execute(update)
                if number == 0 and len(attempts) <= 2:
                    await both_have_one.wait()

        await database.retrying(work)

    try:
        await asyncio.gather(rename(*people), rename(*reversed(people)))
    finally:
        await database.close()
    assert len(attempts) > 2  # at least one of them was run again


@pytest.mark.postgres
async def test_a_deadlock_is_known_by_its_state(postgres_url: str):
    database = Database.open(postgres_url, pool_size=1)
    with pytest.raises(DBAPIError) as caught:
        async with database.writing() as session:
            await session.execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))
    assert sqlstate(caught.value) == "40P01"
    assert is_retryable(caught.value)
    await database.close()


@pytest.mark.postgres
async def test_units_are_served_in_the_order_of_coming(postgres_url: str):
    database = Database.open(postgres_url, pool_size=1)
    order: list[int] = []

    async def look(number: int) -> None:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))
            order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(look(number))
    await database.close()
    assert order == list(range(20))


@pytest.mark.postgres
async def test_a_unit_in_a_place_that_is_held_does_not_queue_again(postgres_url: str):
    database = Database.open(postgres_url, pool_size=1)
    async with asyncio.timeout(60), database.place():
        async with database.writing(placed=True) as session:
            await a_person(session, email="first@example.com")
        async with database.reading(placed=True) as session:
            assert len((await session.execute(select(PERSON.c.id))).all()) == 1
    await database.close()


async def test_a_glance_that_fails_does_not_spoil_the_next_one(database: Database):
    with pytest.raises(DBAPIError):
        await database.glance(text("SELECT nothing FROM nowhere"), {})
    assert await database.glance(text("SELECT 1"), {}) == [(1,)]


async def test_a_savepoint_that_fails_undoes_only_what_was_said_in_it(database: Database):
    async with database.writing() as session:
        await a_person(session, email="kept@example.com")
        connection = await connection_of(session)
        insertion = PERSON.insert().values(
            name="云",
            locale="zh_CN",
            zone="UTC",
            created_at=datetime.now(UTC),  # noqa: TID251  any moment
        )

        async def fail() -> None:
            async with connection.begin_nested():
                await connection.execute(insertion.values(email="lost@example.com"))
                async with connection.begin_nested():
                    await connection.execute(insertion.values(email="kept@example.com"))

        with pytest.raises(IntegrityError):
            await fail()
    assert await emails(database) == {"kept@example.com"}

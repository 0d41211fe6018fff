from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlmodel import insert

from interviews.database import Database, is_overlap
from interviews.migrations.upgrade import HERE, newest, upgrade
from interviews.occupancy.models import Occupancy
from interviews.tables import metadata
from tests.support.clock import START
from tests.support.world import a_place, a_slot


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_the_migrations_make_exactly_the_tables_that_the_models_describe(
    database: Database,
):
    async with database.reading() as session:
        connection = await session.connection()
        assert await connection.run_sync(differences) == []


async def test_upgrading_a_new_database_again_changes_nothing(database: Database):
    assert await upgrade(database) is False


def test_the_newest_revision_by_name_is_the_head_that_alembic_finds():
    assert newest() == ScriptDirectory(str(HERE)).get_current_head()


async def test_an_empty_sqlite_file_is_upgraded_once(tmp_path: Path):
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}")
    assert await upgrade(database) is True
    assert await upgrade(database) is False
    await database.close()


async def a_slot_id(database: Database) -> int:
    async with database.writing() as session:
        place = await a_place(session)
        slot = await a_slot(session, place.job_id, (place.recruiter_id,))
        return slot.id or 0


def claim(slot_id: int, begin: int, end: int, resource: str = "person:1") -> dict[str, object]:
    return {
        "resource": resource,
        "starts_at": START + timedelta(minutes=begin),
        "ends_at": START + timedelta(minutes=end),
        "slot_id": slot_id,
    }


@pytest.mark.parametrize(("begin", "end"), [(0, 30), (15, 45), (-15, 1), (5, 10), (-60, 60)])
async def test_the_database_itself_refuses_an_overlapping_claim(
    database: Database, begin: int, end: int
):
    slot_id = await a_slot_id(database)
    async with database.writing() as session:
        await session.execute(insert(Occupancy), [claim(slot_id, 0, 30)])
    with pytest.raises(IntegrityError) as caught:
        async with database.writing() as session:
            await session.execute(insert(Occupancy), [claim(slot_id, begin, end)])
    assert is_overlap(caught.value)


async def test_two_overlapping_rows_of_one_statement_are_refused(database: Database):
    slot_id = await a_slot_id(database)
    with pytest.raises(IntegrityError) as caught:
        async with database.writing() as session:
            await session.execute(
                insert(Occupancy).values([claim(slot_id, 0, 30), claim(slot_id, 29, 60)])
            )
    assert is_overlap(caught.value)


async def test_claims_that_only_touch_or_name_another_resource_are_accepted(database: Database):
    slot_id = await a_slot_id(database)
    async with database.writing() as session:
        rows = [
            claim(slot_id, 0, 30),
            claim(slot_id, 30, 60),
            claim(slot_id, -30, 0),
            claim(slot_id, 0, 60, "person:2"),
        ]
        await session.execute(insert(Occupancy), rows)
    async with database.reading() as session:
        assert await session.scalar(text("SELECT count(*) FROM occupancy")) == 4


async def test_moving_a_claim_onto_another_is_refused_but_changing_it_in_place_is_not(
    database: Database,
):
    slot_id = await a_slot_id(database)
    async with database.writing() as session:
        rows = [claim(slot_id, 0, 30), claim(slot_id, 60, 90)]
        await session.execute(insert(Occupancy), rows)
        table = Occupancy.__table__
        first = table.c.starts_at == START
        await session.execute(
            table.update().where(first).values(ends_at=START + timedelta(minutes=40))
        )
    with pytest.raises(IntegrityError) as caught:
        async with database.writing() as session:
            await session.execute(
                table.update().where(first).values(ends_at=START + timedelta(minutes=61))
            )
    assert is_overlap(caught.value)

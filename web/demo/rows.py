"""Bulk inserts: whole rows with their defaults, in one statement a table."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from interviews.database import table_of


async def insert_rows(session: AsyncSession, rows: Sequence[SQLModel]) -> list[int]:
    """Insert rows of one table that numbers them; answers their ids in the same order."""
    table = table_of(type(rows[0]))
    statement = table.insert().returning(table.c.id, sort_by_parameter_order=True)
    connection = await session.connection()
    found = await connection.execute(statement, [row.model_dump(exclude={"id"}) for row in rows])
    return list(found.scalars())


async def insert_facts(session: AsyncSession, rows: Sequence[SQLModel]) -> None:
    """Insert rows of one table whose keys are given."""
    connection = await session.connection()
    await connection.execute(table_of(type(rows[0])).insert(), [row.model_dump() for row in rows])

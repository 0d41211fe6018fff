"""Where rooms meet: which media worker of which service process has each, and since which epoch.

A newer placement always has a higher epoch, and is only written by whoever read the one before:
two processes that take over the same room at the same time cannot both succeed.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from interviews.database import Stale, connection_of, table_of

NOWHERE = ""  # the worker of a room in which nobody is


class RoomPlacement(SQLModel, table=True):
    """One room; the row stays when the room is empty, so that its epochs go on."""

    room: str = Field(primary_key=True, max_length=64)
    control: str = Field(max_length=32)  # one life of one service process
    worker: str = Field(max_length=32)  # among the workers of that process
    epoch: int


class Placed(NamedTuple):
    """What a row says."""

    control: str
    worker: str
    epoch: int


async def placed(session: AsyncSession, room: str) -> Placed | None:
    """Where the room is, if it ever was anywhere."""
    wanted = select(
        col(RoomPlacement.control), col(RoomPlacement.worker), col(RoomPlacement.epoch)
    ).where(col(RoomPlacement.room) == room)
    row = (await session.execute(wanted)).one_or_none()
    return None if row is None else Placed(*row)


async def move(
    session: AsyncSession, room: str, *, seen: Placed | None, control: str, worker: str
) -> Placed:
    """Take a room that was last seen there to a worker.

    Raises:
        Stale: it has moved meanwhile.
    """
    epoch = 1 if seen is None else seen.epoch + 1
    values = {"control": control, "worker": worker, "epoch": epoch}
    connection = await connection_of(session)
    table = table_of(RoomPlacement)
    if seen is None:
        try:
            async with connection.begin_nested():
                await connection.execute(table.insert().values(room=room, **values))
        except IntegrityError as error:
            raise Stale from error
        return Placed(control, worker, epoch)
    is_as_seen = (table.c.room == room) & (table.c.epoch == seen.epoch)
    done = await connection.execute(update(table).where(is_as_seen).values(**values))
    if done.rowcount != 1:
        raise Stale
    return Placed(control, worker, epoch)


async def leave(session: AsyncSession, room: str, *, control: str) -> None:
    """Nobody is in the room any more; nothing happens if somebody else has it by now."""
    table = table_of(RoomPlacement)
    is_ours = (table.c.room == room) & (table.c.control == control)
    connection = await connection_of(session)
    await connection.execute(update(table).where(is_ours).values(worker=NOWHERE))


async def taken(session: AsyncSession, rooms: Mapping[str, int], *, control: str) -> set[str]:
    """Which of these rooms another process has taken since the epoch that is given for each."""
    names: Sequence[str] = tuple(rooms)
    others = select(col(RoomPlacement.room), col(RoomPlacement.epoch)).where(
        col(RoomPlacement.room).in_(names), col(RoomPlacement.control) != control
    )
    return {room for room, epoch in await session.execute(others) if epoch > rooms[room]}

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from interviews.bookings.models import Booking, BookingState
from interviews.database import Database
from tests.support.clock import FakeClock
from tests.support.verbs import World
from tests.support.world import a_place
from web.sweeper import Sweeper


@pytest.fixture
async def world(database: Database, clock: FakeClock) -> World:
    """A slot that a graduate holds."""
    async with database.writing() as session:
        world = World(database, clock, await a_place(session))
    await world.hold(await world.slot(), await world.graduate())
    return world


async def states(world: World) -> list[str]:
    async with world.database.reading() as session:
        return list(await session.scalars(select(col(Booking.state))))


async def test_a_hold_is_ended_when_it_has_run_out_and_not_before(world: World):
    sweeper = Sweeper(world.database, world.clock)
    assert await sweeper.sweep() == 0
    world.clock.advance(timedelta(seconds=91))
    assert await sweeper.sweep() == 1
    assert await states(world) == [BookingState.EXPIRED]


async def test_it_sweeps_when_it_is_woken(world: World):
    world.clock.advance(timedelta(seconds=91))
    sweeper = Sweeper(world.database, world.clock)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        running = group.create_task(sweeper.run())
        sweeper.wake()
        while await states(world) != [BookingState.EXPIRED]:  # noqa: ASYNC110  rows tell nobody
            await asyncio.sleep(0.01)
        running.cancel()

"""One firm, one approved job, a campaign: on both databases."""

import pytest

from interviews.database import Database
from tests.support.clock import FakeClock
from tests.support.verbs import World
from tests.support.world import a_place


@pytest.fixture
async def world(database: Database, clock: FakeClock) -> World:
    async with database.writing() as session:
        place = await a_place(session)
    return World(database, clock, place)

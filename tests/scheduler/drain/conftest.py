"""An office on each kind of database."""

from collections.abc import AsyncIterator

import pytest

from interviews.database import Database
from tests.scheduler.delivery.servers import moody_server
from tests.scheduler.drain.office import Office, an_office
from tests.support.clock import FakeClock


@pytest.fixture
async def office(database: Database, clock: FakeClock) -> AsyncIterator[Office]:
    async with moody_server() as server:
        yield await an_office(database, clock, server)

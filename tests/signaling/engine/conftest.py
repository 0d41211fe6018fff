"""An engine with media on paper behind a real HTTP server."""

from collections.abc import AsyncIterator

import pytest

from tests.signaling.engine.pages import House, running_house
from tests.support.clock import FakeClock


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with running_house(FakeClock()) as house:
        yield house

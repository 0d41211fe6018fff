"""One real worker for all tests of a module, and a fresh house and server for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from signaling.workers.control import MediaControl
from tests.signaling.endpoints.house import PLAN, Client, House, running, served
from tests.support.processes import starting_unmeasured


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def media() -> AsyncIterator[MediaControl]:
    with starting_unmeasured():
        async with running(MediaControl(PLAN)) as media:
            yield media


@pytest_asyncio.fixture(loop_scope="module")
async def house(media: MediaControl) -> House:
    return House(media)


@pytest_asyncio.fixture(loop_scope="module")
async def client(house: House) -> AsyncIterator[Client]:
    async with served(house) as client:
        yield client

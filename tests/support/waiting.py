"""Waiting for what another process or the database will say, without a word when it does."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 60.0  # seconds until a test gives up; never asserted on
PAUSE = 0.02


async def until(happened: Callable[[], Awaitable[object]]) -> None:
    """Return as soon as the question is answered with something true."""
    async with asyncio.timeout(PATIENCE):
        while not await happened():  # noqa: ASYNC110  nobody here could set an event
            await asyncio.sleep(PAUSE)

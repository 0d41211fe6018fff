"""Ticks: the only file that imports APScheduler, and all that it is used for."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

TICK = timedelta(seconds=5)  # a safety net: a commit wakes the drain at once


@asynccontextmanager
async def ticking(tick: Callable[[], None], *, every: timedelta = TICK) -> AsyncIterator[None]:
    """Call `tick` in this loop over and over while the block runs; late ticks melt into one."""

    async def in_the_loop() -> None:  # APScheduler calls plain functions in a thread
        tick()

    scheduler = AsyncIOScheduler(timezone=UTC)
    scheduler.add_job(
        in_the_loop,
        "interval",
        seconds=every.total_seconds(),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,  # the default of one second drops late ticks silently
    )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)

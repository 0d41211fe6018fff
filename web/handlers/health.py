"""/healthz, /readyz, /metrics: for supervisors and Prometheus."""

import asyncio
from datetime import timedelta

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from web.keys import CLOCK, DATABASE, ENGINE
from web.metrics import exposition, outbox_state

AT_ONCE = timedelta(milliseconds=50)  # a worker that is up needs no waiting
PATIENCE = timedelta(seconds=2)  # a supervisor asks again; it must not wait for us


async def healthz(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.Response(text="ok\n")


async def readyz(request: web.Request) -> web.Response:
    """The database answers and a media worker is connected; else 503 that says which is not."""
    lacking = []
    try:
        async with (
            asyncio.timeout(PATIENCE.total_seconds()),
            request.app[DATABASE].reading() as session,
        ):
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        lacking.append("database")
    try:
        async with asyncio.timeout(AT_ONCE.total_seconds()):
            await request.app[ENGINE].ready()
    except TimeoutError:
        lacking.append("media worker")
    if lacking:
        return web.Response(text=f"not ready: {', '.join(lacking)}\n", status=503)
    return web.Response(text="ready\n")


async def metrics(request: web.Request) -> web.Response:
    """Every counter, in Prometheus' text format; without a database those that need none."""
    try:
        async with (
            asyncio.timeout(PATIENCE.total_seconds()),
            request.app[DATABASE].reading() as session,
        ):
            state = await outbox_state(session, now=request.app[CLOCK].now())
    except (SQLAlchemyError, OSError):
        state = None
    engine = request.app[ENGINE]
    body = exposition(engine.counters(), state, await engine.insight.workers())
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

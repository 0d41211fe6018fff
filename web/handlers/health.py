"""/healthz, /readyz, /metrics: for supervisors and Prometheus."""

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from web.keys import DATABASE, ENGINE

AT_ONCE = 0.05  # seconds; a worker that is up needs no waiting


async def healthz(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.Response(text="ok\n")


async def readyz(request: web.Request) -> web.Response:
    """The database answers and a media worker is connected; else 503 that says which is not."""
    lacking = []
    try:
        async with request.app[DATABASE].reading() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError):
        lacking.append("database")
    try:
        async with asyncio.timeout(AT_ONCE):
            await request.app[ENGINE].ready()
    except TimeoutError:
        lacking.append("media worker")
    if lacking:
        return web.Response(text=f"not ready: {', '.join(lacking)}\n", status=503)
    return web.Response(text="ready\n")


async def metrics(_request: web.Request) -> web.Response:
    """Every counter, in Prometheus' text format."""
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

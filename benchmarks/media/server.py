"""Our server as a stranger meets it: WHIP and WHEP over HTTP, media in a worker process.

    python -m benchmarks.media.server --core 0 [--no-gso] [--workers 1] [--outputs FOLDER]

Everybody may publish and watch in any room; a viewer gets the publication of the room it asks
for. What is called `steady~other` has a publication of its own on the worker of `steady`. With a
folder for outputs there is an annexe: a room to talk in, and recordings. Prints one JSON line when
it is up: the HTTP port, its own process and those of its workers.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from aiohttp import web

from benchmarks.media.annexe import Annexe, outputs
from benchmarks.media.network import SERVER
from signaling.endpoints import whep, whip
from signaling.endpoints.throttle import Rate, Throttle
from signaling.grants import Grant, new_grant
from signaling.refusals import RoomUnknown
from signaling.workers.control import MediaControl
from signaling.workers.messages import Inflow
from signaling.workers.opened import IceRestarted, Opened
from signaling.workers.plan import WorkerPlan
from web.memory import settle

MANY = Rate(burst=1_000_000, every=timedelta(microseconds=1))  # one address is the whole crowd


def now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)  # noqa: TID251  the clock of this server


def worker_of(room: str) -> str:
    """The room that decides which worker it is; workers know no other name."""
    return room.partition("~")[0]


class OpenHouse:
    """Admits everybody: the token is `action:room`."""

    def __init__(self, media: MediaControl) -> None:
        self._media = media
        self.publications: dict[str, tuple[str, Opened]] = {}  # by room

    def verify(self, token: str) -> Grant:
        action, _, room = token.partition(":")
        return new_grant(
            room=room,
            participant="crowd",
            action="publish" if action == "publish" else "subscribe",
            name="Crowd",
            role="observer",
            now=now(),
        )

    async def publish(self, grant: Grant, offer_text: str, address: str) -> Opened:  # noqa: ARG002
        opened = await self._media.open_publication(worker_of(grant.room), grant.id, offer_text)
        self.publications[grant.room] = grant.id, opened
        return opened

    async def subscribe(
        self,
        grant: Grant,
        offer_text: str,
        address: str,  # noqa: ARG002  one address is the whole crowd
        publication: str | None,
    ) -> Opened:
        if grant.room not in self.publications:
            raise RoomUnknown
        publication, source = self.publications[grant.room]
        opened = await self._media.open_subscription(worker_of(grant.room), offer_text, "crowd")
        wanted = {section.kind: section.mid for section in source.sections}
        inflows = [
            Inflow(mid=own.mid, publication=publication, source_mid=wanted[own.kind])
            for own in opened.sections
        ]
        await self._media.attach_all(opened.session_id, inflows)
        return opened

    async def restart(
        self,
        grant: Grant,  # noqa: ARG002  everybody may
        session: str,
        fragment_text: str,
        if_match: str | None,
    ) -> IceRestarted | None:
        return await self._media.restart_ice(session, fragment_text, if_match)

    async def end(self, grant: Grant, session: str) -> None:  # noqa: ARG002  everybody may
        await self._media.close(session)


def supports_no_gso() -> bool:
    """Whether the worker can be told not to use UDP segmentation."""
    done = subprocess.run(
        (sys.executable, "-m", "signaling.workers.process", "--help"),
        capture_output=True,
        text=True,
        check=False,
    )
    return "--no-gso" in done.stdout


def plan(options: argparse.Namespace) -> WorkerPlan:
    """The workers, on their core."""
    pinned = (
        () if options.core is None else ("nice", "-n", "-15", "taskset", "-c", str(options.core))
    )
    command = (*pinned, sys.executable, "-m", "signaling.workers.process")
    command += ("--no-gso",) if options.no_gso else ()
    return WorkerPlan(host=options.host, count=options.workers, command=command)


async def serve(options: argparse.Namespace) -> None:
    """Until SIGTERM."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    media = MediaControl(plan(options), outputs=outputs(options.outputs))
    house = OpenHouse(media)
    app = web.Application()
    for endpoint in (whip, whep):
        app.add_routes(endpoint.routes(house, clock=now, throttle=Throttle(MANY)))
    app.router.add_get("/", page)
    runner = web.AppRunner(app, access_log=None)
    async with asyncio.TaskGroup() as tasks:
        if options.outputs is None:
            tasks.create_task(media.run())
            end = media.stop
        else:
            annexe = Annexe(media, house.publications, now)
            app.add_routes(annexe.routes())
            await annexe.open()
            tasks.create_task(annexe.follow())
            end = annexe.close
        await media.ready(options.workers)
        await runner.setup()
        site = web.TCPSite(runner, options.host, options.http)
        await site.start()
        port = runner.addresses[0][1]
        workers = [link.hello.process for link in media._supervisor.links.values()]  # noqa: SLF001
        settle()  # as the service does
        print(json.dumps({"port": port, "process": os.getpid(), "workers": workers}), flush=True)
        await ended.wait()
        await runner.cleanup()
        await end(within=timedelta(seconds=1))


async def page(_: web.Request) -> web.Response:
    """Somewhere for a browser to stand."""
    return web.Response(text="<!doctype html><title>load</title>", content_type="text/html")


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default=SERVER)
    parser.add_argument("--http", type=int, default=0, help="HTTP port; 0 takes any")
    parser.add_argument("--core", type=int, help="pin the workers to this core")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--outputs", type=Path, help="record into this folder; there is a room too")
    parser.add_argument("--no-gso", action="store_true", help="without UDP segmentation")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()

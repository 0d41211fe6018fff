"""The service itself: build the parts, open the doors, stop in good order."""

import asyncio
import logging
from contextlib import suppress

from aiohttp import web
from rich.console import Console
from rich.markup import escape

from signaling.engine import Engine
from web.app import build_app
from web.commands.data import DemoSignIns, first_demo
from web.compose import STOPPING, Running, running
from web.doors import door_trouble
from web.logs import AccessLog
from web.memory import settle
from web.secrets import Secrets
from web.settings import Settings

OUT = Console(soft_wrap=True, highlight=False)


async def run_service(
    settings: Settings, secrets: Secrets, engine: Engine, *, demo: bool, stop: asyncio.Event
) -> None:
    """Run until `stop`, and close the engine; raises Trouble for what its reader can mend."""
    async with running(settings, secrets, engine) as service:
        sign_ins = await first_demo(service.parts, demo=demo)
        runner = web.AppRunner(
            build_app(service.parts),
            access_log=logging.getLogger("access"),
            access_log_class=AccessLog,
            shutdown_timeout=settings.drain_timeout.total_seconds() * (1 - STOPPING),
        )
        await runner.setup()
        try:
            await _open_door(runner, settings)
            await _ready_or(stop, service)
            if not stop.is_set():
                _welcome(settings, sign_ins)
                settle()
            await stop.wait()
        finally:
            await _close(service, runner)


async def _ready_or(stop: asyncio.Event, service: Running) -> None:
    """Return when the service is ready, or is told to stop before it ever was."""
    async with asyncio.TaskGroup() as group:
        both = [group.create_task(service.ready()), group.create_task(stop.wait())]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()


async def _open_door(runner: web.AppRunner, settings: Settings) -> None:
    site = web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as error:
        raise door_trouble(settings, error) from error


async def _close(service: Running, runner: web.AppRunner) -> None:
    """Stop accepting, tell the rooms, finish the drain, within the time that was set."""
    with suppress(OSError):
        for site in list(runner.sites):
            await site.stop()
    await service.stop()
    await runner.cleanup()


def _welcome(settings: Settings, sign_ins: DemoSignIns | None) -> None:
    OUT.print(f"Daigang 带岗 is ready: [bold]{escape(settings.base_url)}[/]")
    for line in sign_ins.lines() if sign_ins else ():
        OUT.print(line)

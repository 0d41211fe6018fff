"""`daigang serve`: the media workers first, then the rest of the house around their engine."""

import asyncio
import signal
from importlib import import_module

from web.folder import load_secrets
from web.logs import configure
from web.media import started_engine
from web.settings import Settings


async def serve(settings: Settings, *, demo: bool) -> None:
    """Run until SIGTERM or SIGINT; raises Trouble for what its reader can mend."""
    configure(settings.log_level, settings.log_format)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    secrets = load_secrets(settings)
    async with started_engine(settings, secrets) as engine:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, engine.renew_workers, settings.drain_timeout)
        # The workers import what they need on another core while this process imports the rest.
        await asyncio.to_thread(import_module, "web.service")
        from web.service import run_service  # noqa: PLC0415  as said above

        await run_service(settings, secrets, engine, demo=demo, stop=stop)

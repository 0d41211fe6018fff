"""`python -m benchmarks.race.server`: the real service, except that mail waits until it is told.

Mail is built and sent after the answer, so its cost is measured apart from that of a booking; and
without rooms no media worker is needed. Settings come from the environment, as for `daigang
serve`. Every line on standard input has a number of mails sent and answered with the CPU seconds
of a mail; the end of the input ends the service.
"""

import asyncio
import logging
import sys
import time
from datetime import timedelta

from aiohttp import web

from scheduler.drain import Drain
from web.app import build_app
from web.cli import read_settings
from web.compose import build_parts, opened_database
from web.folder import load_secrets
from web.logs import AccessLog, configure
from web.media import build_engine
from web.memory import settle


async def main() -> None:
    """Serve until standard input ends."""
    settings = read_settings()
    configure(settings.log_level, settings.log_format)
    secrets = load_secrets(settings)
    engine = build_engine(settings, secrets)
    async with opened_database(settings) as database:
        parts = build_parts(settings, database, secrets, engine)
        runner = web.AppRunner(
            build_app(parts), access_log=logging.getLogger("access"), access_log_class=AccessLog
        )
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        settle()
        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(await mailed(parts.drain, int(line)), flush=True)
        await runner.cleanup()
    await engine.aclose(timedelta(seconds=1))


async def mailed(drain: Drain, wanted: int) -> float:
    """CPU seconds of one mail, over at least so many mails."""
    began, mails = time.process_time(), 0
    while mails < wanted and (sent := await drain.drain_batch()):
        mails += sent
    return (time.process_time() - began) / max(mails, 1)


if __name__ == "__main__":
    asyncio.run(main())

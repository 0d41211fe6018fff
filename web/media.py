"""The media engine as the settings want it, started before anything else is even imported."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from signaling.engine import Engine
from signaling.engine.caps import Caps
from signaling.engine.notebooks import FileNotebooks
from signaling.turn import TurnPlan
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from signaling.workers.recording_plan import OutputsPlan
from web.clock import SystemClock
from web.doors import check_doors
from web.secrets import Secrets
from web.settings import Settings


@asynccontextmanager
async def started_engine(settings: Settings, secrets: Secrets) -> AsyncIterator[Engine]:
    """The engine with its workers on their way up; the block must close it, unless it fails.

    Raises:
        Trouble: a port is taken, or the database is away.
    """
    check_doors(settings)
    engine = build_engine(settings, secrets)
    await engine.start()
    try:
        yield engine
    except BaseException:
        await engine.aclose(settings.drain_timeout)
        raise


def build_engine(settings: Settings, secrets: Secrets) -> Engine:
    """The engine on as many media workers as are set."""
    media = settings.media
    plan = WorkerPlan(
        host=media.host or settings.host,
        port=media.port,
        tcp_port=media.first_tcp_port,
        advertise=media.advertise,
        count=media.workers,
        enough=media.sessions_per_worker,
    )
    outputs = OutputsPlan(folder=settings.recordings, keep=media.recordings_kept)
    clock = SystemClock(settings.clock_offset)
    return Engine(
        MediaControl(plan, outputs=outputs),
        secrets.key("grants"),
        clock.now,
        allowed_origins=frozenset({settings.base_url}),
        turn=TurnPlan(
            settings.turn_url, settings.turn_secret.get_secret_value(), settings.turn_lifetime
        ),
        caps=Caps(address_sessions=media.sessions_per_address),
        notebooks=FileNotebooks(settings.rooms),
    )

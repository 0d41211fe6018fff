"""The media engine as the settings want it, started before anything else is even imported."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import SOCK_DGRAM, getaddrinfo, socket

from signaling.engine import Engine
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from web.cli import Trouble
from web.clock import SystemClock
from web.secrets import Secrets
from web.settings import Settings


@asynccontextmanager
async def started_engine(settings: Settings, secrets: Secrets) -> AsyncIterator[Engine]:
    """The engine with its workers on their way up; the block must close it, unless it fails.

    Raises:
        Trouble: the workers cannot have their ports.
    """
    check_media(settings)
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
        advertise=media.advertise,
        count=media.workers,
    )
    clock = SystemClock(settings.clock_offset)
    origins = frozenset({settings.base_url})
    return Engine(MediaControl(plan), secrets.key("grants"), clock.now, allowed_origins=origins)


def check_media(settings: Settings) -> None:
    """Nothing, if the media workers can have their ports.

    Raises:
        Trouble: an address is not of this machine, or a port is taken.
    """
    media = settings.media
    host = media.host or settings.host
    for port in range(media.port, media.port + media.workers) if media.port else (0,):
        try:
            family, kind, *_, address = getaddrinfo(host, port, type=SOCK_DGRAM)[0]
            with socket(family, kind) as probe:
                probe.bind(address)
        except (OSError, OverflowError) as error:
            told = f"media cannot use UDP {host}:{port}: {error}"
            mend = "free the port, or set DAIGANG_MEDIA__PORT and DAIGANG_MEDIA__HOST"
            raise Trouble(f"{told}; expected a free port of this machine; {mend}") from error

"""What can be known to fail before anything starts: ports that are taken, a database that is away.

The system is asked and nothing else is imported, so that a start stays quick and its refusal short.
"""

import errno
from socket import (
    SO_REUSEADDR,
    SOCK_DGRAM,
    SOCK_STREAM,
    SOL_SOCKET,
    SocketKind,
    create_connection,
    getaddrinfo,
    socket,
)

from sqlalchemy.engine import make_url

from web.cli import Trouble
from web.settings import Settings

PATIENCE = 10  # seconds, for a database to take the connection
POSTGRESQL = 5432


def check_doors(settings: Settings) -> None:
    """Nothing, if the ports are free and the database takes connections.

    Raises:
        Trouble: names the first that will not do.
    """
    try:
        _try_port(settings.host, settings.port, SOCK_STREAM)
    except OSError as error:
        raise door_trouble(settings, error) from error
    _check_media(settings)
    _check_database(settings)


def _check_media(settings: Settings) -> None:
    media = settings.media
    host = media.host or settings.host
    _try_media(host, _following(media.port, media.workers), SOCK_DGRAM, "PORT")
    if media.first_tcp_port is not None:
        _try_media(host, _following(media.first_tcp_port, media.workers), SOCK_STREAM, "TCP_PORT")


def _following(first: int, count: int) -> range:
    """The ports of so many workers; any free port is asked for once."""
    return range(first, first + count) if first else range(1)


def _try_media(host: str, ports: range, kind: SocketKind, setting: str) -> None:
    for port in ports:
        try:
            _try_port(host, port, kind)
        except (OSError, OverflowError) as error:
            protocol = "UDP" if kind is SOCK_DGRAM else "TCP"
            told = f"media cannot use {protocol} {host}:{port}: {error}"
            mend = f"free the port, or set DAIGANG_MEDIA__{setting} and DAIGANG_MEDIA__HOST"
            raise Trouble(f"{told}; expected a free port of this machine; {mend}") from error


def _check_database(settings: Settings) -> None:
    url = make_url(settings.database)
    if not url.host:  # a file, or a Unix socket
        return
    try:
        create_connection((url.host, url.port or POSTGRESQL), timeout=PATIENCE).close()
    except OSError as error:
        raise database_trouble(settings, str(error)) from error


def _try_port(host: str, port: int, kind: SocketKind) -> None:
    family, _, _, _, address = getaddrinfo(host, port, type=kind)[0]
    with socket(family, kind) as probe:
        if kind is SOCK_STREAM:
            probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  # as asyncio does: TIME_WAIT is free
        probe.bind(address)


def door_trouble(settings: Settings, error: OSError) -> Trouble:
    """Why the web process cannot have its port."""
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        told = f"port {settings.port} is taken: expected {where} to be free"
        return Trouble(f"{told}; stop the other program or set DAIGANG_PORT")
    told = f"cannot bind {where}: {error.strerror or error}; expected an address of this machine"
    return Trouble(f"{told} and a port that you may use; set DAIGANG_HOST and DAIGANG_PORT")


def database_trouble(settings: Settings, reason: str) -> Trouble:
    """Why the database cannot be used; its password is not repeated."""
    where = make_url(settings.database).render_as_string(hide_password=True)
    mend = (
        "start it or set DAIGANG_DATABASE_URL"
        if settings.database_url
        else "set DAIGANG_DATA to a folder that you may write"
    )
    told = f"the database {where} cannot be used: {reason}"
    return Trouble(f"{told}; expected a database that answers; {mend}")

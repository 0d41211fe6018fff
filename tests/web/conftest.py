"""The whole site on SQLite, and people with accounts."""

import io
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.accounts import Register, registrar
from tests.support.logs import plain_logs
from tests.support.site import Site, running_site
from web.logs import configure


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(sqlite_url, tmp_path) as site:
        yield site


@pytest.fixture
def register(site: Site) -> Register:
    return registrar(site.database)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Everything that is logged while the test runs, as JSON lines."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    lines = io.StringIO()
    configure("debug", "json", stream=lines)
    yield lines
    root.handlers[:] = handlers
    root.setLevel(level)
    plain_logs()

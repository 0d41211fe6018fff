"""The whole site on SQLite, and people with accounts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.accounts import Register, registrar
from tests.support.site import Site, running_site


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(sqlite_url, tmp_path) as site:
        yield site


@pytest.fixture
def register(site: Site) -> Register:
    return registrar(site.database)

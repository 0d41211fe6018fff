"""What every test may ask for: a database of each kind, a clock, Hypothesis profiles."""

import asyncio
import os
import shutil
import zoneinfo
from collections.abc import AsyncIterator, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from interviews.database import Database
from interviews.migrations.upgrade import upgrade
from tests.services.postgres import TEMPLATE, PostgresServer
from tests.support.clock import FakeClock
from tests.support.forked import end as end_nursery
from tests.support.logs import plain_logs
from tests.support.processes import starting_unmeasured
from tests.support.watching import watching

plain_logs()
zoneinfo.reset_tzpath(to=[])  # the pinned tzdata from PyPI, never the system's copy

CALM = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=CALM)
# CI draws the same examples each time: a red run is a change's own; people's runs go on searching.
settings.register_profile(
    "ci", max_examples=60, deadline=None, suppress_health_check=CALM, derandomize=True
)
settings.load_profile("ci" if "CI" in os.environ else "dev")  # noqa: TID251  the tests' own switch

BUSY = ("asyncio", "services", "postgres", "e2e")  # marks of tests that wait for something
BACKENDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


def pytest_itemcollected(item: pytest.Item) -> None:
    """A plain function that starts nothing is as right on a machine that hardly lets it run."""
    if not any(map(item.get_closest_marker, BUSY)):
        item.add_marker("plain")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    with watching(item):
        return (yield)


def pytest_sessionfinish() -> None:
    """Leave no process behind."""
    end_nursery()


def in_a_loop_of_its_own(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end outside of the test's own event loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def _migrate(url: str) -> None:
    database = Database.open(url)
    await upgrade(database)
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "daigang.sqlite3"
    in_a_loop_of_its_own(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL with a migrated template, one for each pytest process."""
    server = PostgresServer()
    server.start()
    try:
        in_a_loop_of_its_own(_migrate(server.url(server.create())))
        yield server
    finally:
        server.stop()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of a fresh, migrated SQLite file."""
    path = tmp_path / "daigang.sqlite3"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    name = postgres_server.create(template=TEMPLATE)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh, migrated database, open: the test runs once on each kind."""
    database = Database.open(database_url)
    yield database
    await database.close()
    await asyncio.sleep(0)  # an aborted transport is closed one turn of the loop later


@pytest.fixture
def processes_unmeasured() -> Iterator[None]:
    """No coverage of the processes that a test starts: others run their lines, and are measured."""
    with starting_unmeasured():
        yield


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at Monday, 23 November 2026, 09:00 in Beijing."""
    return FakeClock()

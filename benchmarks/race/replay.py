"""The statements of bookings, recorded from the real site and said again without it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NestedTransaction, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.sql.elements import ReleaseSavepointClause, SavepointClause

from benchmarks.race.world import World
from interviews.consents.service import SHARE_PROFILE, TEXT_VERSIONS
from tests.support.clock import START
from tests.support.site import running_site


class Kind(Enum):
    """What was said."""

    BEGIN = "begin"
    END = "commit or rollback"
    SAVEPOINT = "savepoint"
    RELEASE = "release_savepoint"
    SAY = "a statement"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the service said to its database."""

    kind: Kind
    statement: Any = None
    parameters: Any = None


@dataclass(slots=True)
class Record:
    """What one engine was told, in order."""

    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def listening(self, *engines: Engine) -> Iterator[None]:
        """Write down everything until the block ends."""
        pairs = [(engine, name, hear) for engine in engines for name, hear in self._ears()]
        for engine, name, hear in pairs:
            event.listen(engine, name, hear)
        yield
        for engine, name, hear in pairs:
            event.remove(engine, name, hear)

    def _ears(self) -> list[tuple[str, Any]]:
        def said(_connection: Connection, statement: Any, many: Any, one: Any, _o: Any) -> None:
            if isinstance(statement, SavepointClause | ReleaseSavepointClause):
                return  # a savepoint or its end, which have ears of their own
            self.steps.append(Step(Kind.SAY, statement, many or one))

        def hears(kind: Kind) -> Any:
            def hear(*_about: object) -> None:
                self.steps.append(Step(kind))

            return hear

        def began(connection: Connection) -> None:
            self.steps.append(Step(Kind.BEGIN))
            raw = connection.connection.driver_connection
            if isinstance(raw, sqlite3.Connection):  # savepoints there are said to the driver
                raw.set_trace_callback(self._overhear)

        def ended(connection: Connection) -> None:
            self.steps.append(Step(Kind.END))
            raw = connection.connection.driver_connection
            if isinstance(raw, sqlite3.Connection):
                raw.set_trace_callback(None)

        return [
            ("before_execute", said),
            ("begin", began),
            ("commit", ended),
            ("rollback", ended),
            ("savepoint", hears(Kind.SAVEPOINT)),
            ("release_savepoint", hears(Kind.RELEASE)),
        ]

    def _overhear(self, sql: str) -> None:
        word = sql.partition(" ")[0]
        if word in {"SAVEPOINT", "RELEASE"}:
            self.steps.append(Step(Kind[word]))

    @property
    def statements(self) -> int:
        """How many statements there are, without what begins and ends transactions."""
        return sum(step.kind is Kind.SAY for step in self.steps)


async def recorded(url: str, folder: Path, world: World, *, now: datetime) -> Record:
    """What the site says to its database while graduate after graduate books, one slot each."""
    record = Record()
    version = TEXT_VERSIONS[SHARE_PROFILE]
    async with running_site(url, folder) as site:
        site.clock.advance(now - START)
        database = site.database  # on PostgreSQL there is one engine behind all three
        engines = [database.writer.sync_engine]
        if isinstance(database.glancer, Engine):
            engines += [database.reader.sync_engine, database.glancer]
        for slot, token in zip(world.slots, world.tokens, strict=False):
            browser = site.browser()
            browser.take_cookie("session", token)
            page = await browser.get("/me/profile")
            with record.listening(*engines):
                answer = await browser.post(
                    f"/slots/{slot}/booking", csrf=page.csrf, text_version=version
                )
            if answer.status != HTTPStatus.SEE_OTHER:
                raise RuntimeError(answer.words)
    return record


def synchronous(url: str) -> Engine:
    """A plain engine without asyncio for the database that `url` names."""
    found = make_url(url)
    if found.get_backend_name() != "sqlite":
        return create_engine(found.set(drivername="postgresql+psycopg"))
    engine = create_engine(found.set(drivername="sqlite"))

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def replay(engine: Engine, record: Record) -> float:
    """Say it all again in committed transactions; answers the CPU seconds that it took."""
    began = time.process_time()
    steps = iter(record.steps)
    for step in steps:
        if step.kind is Kind.END:
            continue  # of a glance that had nothing to end
        with engine.connect() as connection, connection.begin():
            if step.kind is Kind.SAY:  # a glance
                _say(connection, step)
            else:
                _transaction(connection, steps)
    return time.process_time() - began


def _say(connection: Connection, step: Step) -> None:
    result = connection.execute(step.statement, step.parameters or None)
    if result.returns_rows:
        result.all()


def _transaction(connection: Connection, steps: Iterator[Step]) -> None:
    """Everything up to the end of one transaction; `engine.connect` commits it."""
    savepoints: list[NestedTransaction] = []
    for step in steps:
        match step.kind:
            case Kind.SAY:
                _say(connection, step)
            case Kind.SAVEPOINT:
                savepoints.append(connection.begin_nested())
            case Kind.RELEASE:
                savepoints.pop().commit()
            case _:
                return

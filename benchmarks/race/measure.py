"""One database under the race: a server process, a crowd process, a replay, and what SQL says."""

import json
import os
import statistics
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Self

import psutil
from sqlalchemy import Engine, func, select
from sqlmodel import col

from benchmarks.race.crowd import Task
from benchmarks.race.replay import Record, recorded, replay, synchronous
from benchmarks.race.world import World, build, this_moment
from interviews.bookings.models import LIVE_STATES, Booking
from interviews.database import Database, table_of
from interviews.migrations.upgrade import upgrade
from interviews.occupancy.models import Occupancy
from tests.support.service import ROOT, free_port
from web.memory import settle

FEW, MANY = 10, 200
WARM = 40  # bookings that nobody measures
TURNS = 5  # the server and synchronous Core book in turns, so that both meet the same machine
APART = 200  # bookings without a rival in each turn of the server
REPLAYED = 100  # bookings that are recorded and said again in each turn of Core
MAILS = 100  # that are built and kept, to see what one costs
AHEAD = MANY  # graduates who have come but found no slot left


@dataclass(frozen=True, slots=True)
class Race:
    """One race and what the server spent on it."""

    outcome: dict[str, Any]
    cpu: float  # seconds of the web process


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the world with slots and graduates of its own."""

    clients: int
    world: World
    everybody: bool = False  # each client tries every slot; else each slot is tried once


async def measure(urls: Sequence[str], folder: Path, *, slots: int) -> dict[str, Any]:
    """Every figure of one kind of database; `urls` name three empty ones."""
    now = this_moment()
    raced, record_on, replay_on = urls
    needed = WARM + TURNS * APART + 2 * slots
    world = await _prepared(raced, slots=needed, graduates=needed + (TURNS + 3) * AHEAD, now=now)
    phases = _phases(world, slots)
    async with Core.recorded(record_on, replay_on, folder, now) as core:
        races, mail = await _races(raced, folder, phases, core)
    turns = [_figures(races[name]) for name in phases if name.startswith("apart")]
    return {
        **await _verdict(raced, phases, races),
        "apart": _together([races[name] for name in phases if name.startswith("apart")]),
        **{name: _figures(races[name]) for name in ("clients_10", "clients_200")},
        "statements_per_booking": core.statements,
        "core_cpu_ms_per_booking": _ms(statistics.median(core.spent)),
        "server_over_core_by_turn": [
            round(turn["server_cpu_ms_per_booking"] / _ms(spent), 2)
            for turn, spent in zip(turns, core.spent, strict=True)
        ],
        "mail_cpu_ms_per_booking": _ms(mail * 2),  # one to the graduate, one to the interviewer
    }


async def _prepared(url: str, *, slots: int, graduates: int, now: datetime) -> World:
    database = Database.open(url)
    try:
        await upgrade(database)
        return await build(database, slots=slots, graduates=graduates, now=now)
    finally:
        await database.close()


def _phases(world: World, slots: int) -> dict[str, Phase]:
    """The races, each with slots and graduates of its own; the first one warms the server up."""
    slot, token = iter(world.slots), iter(world.tokens)

    def part(count: int) -> World:
        return World(list(islice(slot, count)), list(islice(token, count + AHEAD)))

    return {
        "warm_up": Phase(FEW, part(WARM)),
        **{f"apart_{turn}": Phase(FEW, part(APART)) for turn in range(TURNS)},
        "clients_10": Phase(FEW, part(slots), everybody=True),
        "clients_200": Phase(MANY, part(slots), everybody=True),
    }


@asynccontextmanager
async def _serving(url: str, data: Path) -> AsyncIterator[tuple[Process, int]]:
    """The service as a process of its own, and its port."""
    port = await free_port()
    told = {"DAIGANG_DATA": str(data), "DAIGANG_DATABASE_URL": url, "DAIGANG_PORT": str(port)}
    service = await create_subprocess_exec(  # its log is written, but nobody reads it
        sys.executable, "-m", "benchmarks.race.server", cwd=ROOT, stdin=PIPE, stdout=PIPE,
        stderr=DEVNULL, env={**os.environ, **told},  # noqa: TID251  a child inherits it
    )  # fmt: skip
    try:
        if await _answer(service) != b"ready\n":
            raise RuntimeError("the service did not start")
        yield service, port
    finally:
        _tell(service, None)
        await service.wait()


def _tell(process: Process, line: str | None) -> None:
    """Write one line to its standard input; None ends the input."""
    if process.stdin is None:
        raise TypeError(process)
    if line is None:
        process.stdin.close()
    else:
        process.stdin.write(line.encode() + b"\n")


async def _answer(process: Process) -> bytes:
    """The next line of its standard output."""
    if process.stdout is None:
        raise TypeError(process)
    return await process.stdout.readline()


async def _races(
    url: str, folder: Path, phases: dict[str, Phase], core: "Core"
) -> tuple[dict[str, Race], float]:
    """All races against one server process, the calm ones first; CPU seconds of a mail."""
    races = {}
    async with _serving(url, folder) as (service, port):
        web = psutil.Process(service.pid)
        for name, phase in phases.items():
            races[name] = await _race(port, web, phase)
            if name.startswith("apart"):
                core.replay()
        _tell(service, str(MAILS))
        return races, float(await _answer(service))


async def _race(port: int, web: psutil.Process, phase: Phase) -> Race:
    world = phase.world
    task = Task("127.0.0.1", port, phase.clients, world.slots, world.tokens, phase.everybody)
    crowd = await create_subprocess_exec(
        sys.executable, "-m", "benchmarks.race.crowd", cwd=ROOT, limit=1 << 24,
        stdin=PIPE, stdout=PIPE,
    )  # fmt: skip
    _tell(crowd, json.dumps(asdict(task)))
    await _answer(crowd)  # all forms are fetched
    before = web.cpu_times()
    _tell(crowd, "go")
    outcome = json.loads(await _answer(crowd))
    after = web.cpu_times()
    await crowd.wait()
    return Race(outcome, after.user + after.system - before.user - before.system)


def _figures(race: Race) -> dict[str, Any]:
    """What one race was like, times in milliseconds."""
    outcome = race.outcome
    booked, refused = outcome["booked"], outcome["taken"]
    served = sorted(booked + refused)
    return {
        "bookings": len(booked),
        "refusals": len(refused),
        "other": outcome["other"],
        "seconds": round(outcome["seconds"], 3),
        "bookings_per_second": round(len(booked) / outcome["seconds"], 1),
        "requests_per_second": round(len(served) / outcome["seconds"], 1),
        "p50_ms": _ms(statistics.median(served)),
        "p99_ms": _ms(served[int(len(served) * 0.99)]),
        "server_cpu_ms_per_booking": _ms(race.cpu / len(booked)),
        "server_cpu_ms_per_request": _ms(race.cpu / len(served)),
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _together(races: Sequence[Race]) -> dict[str, Any]:
    """What several equal races were like: the medians of their figures."""
    found = [_figures(race) for race in races]
    same = {name: sum(one[name] for one in found) for name in ("bookings", "refusals")}
    other = {str(status): count for one in found for status, count in one["other"].items()}
    medians = {
        name: round(statistics.median(one[name] for one in found), 3)
        for name in found[0]
        if name not in {*same, "other"}
    }
    return {**same, "other": other, **medians}


class Core:
    """What the same statements cost without the web, the event loop and the service."""

    def __init__(self, engine: Engine, records: Sequence[Record]) -> None:
        self._engine = engine
        self._records = deque(records)
        self.statements = round(records[0].statements / REPLAYED, 2)
        self.spent: list[float] = []  # CPU seconds a booking, turn for turn

    @classmethod
    @asynccontextmanager
    async def recorded(
        cls, record_on: str, replay_on: str, folder: Path, now: datetime
    ) -> AsyncIterator[Self]:
        """Record enough bookings for every turn; the first ones warm the engine up."""
        count = WARM + TURNS * REPLAYED
        world = await _prepared(record_on, slots=count, graduates=count, now=now)
        await _prepared(replay_on, slots=count, graduates=count, now=now)
        warm, rest = world.split(WARM)
        warming = await recorded(record_on, folder / "recorded", warm, now=now)
        records = []
        for _ in range(TURNS):
            part, rest = rest.split(REPLAYED)
            records.append(await recorded(record_on, folder / "recorded", part, now=now))
        engine = synchronous(replay_on)
        try:
            replay(engine, warming)
            settle()  # as the service does before it serves
            yield cls(engine, records)
        finally:
            engine.dispose()

    def replay(self) -> None:
        """Say the next bookings again."""
        self.spent.append(replay(self._engine, self._records.popleft()) / REPLAYED)


async def _verdict(url: str, phases: dict[str, Phase], races: dict[str, Race]) -> dict[str, int]:
    """What the database itself says about who has which slot."""
    database = Database.open(url)
    live = col(Booking.state).in_(LIVE_STATES)
    mine, other = table_of(Occupancy).alias(), table_of(Occupancy).alias()
    try:
        async with database.reading() as session:
            per_slot = (
                select(func.count().label("seats"))
                .where(live)
                .group_by(col(Booking.slot_id))
                .subquery()
            )
            doubled = select(func.count()).select_from(per_slot).where(per_slot.c.seats > 1)
            overlaps = select(func.count()).where(
                mine.c.resource == other.c.resource,
                mine.c.id < other.c.id,
                mine.c.starts_at < other.c.ends_at,
                other.c.starts_at < mine.c.ends_at,
            )
            winners = select(func.count()).select_from(Booking).where(live)
            twice = await session.scalar(doubled) or 0
            twice += await session.scalar(overlaps) or 0
            return {
                "double_bookings": twice,
                "slots": sum(len(phase.world.slots) for phase in phases.values()),
                "winners": await session.scalar(winners) or 0,
                "told_yes": sum(sum(race.outcome["won"].values()) for race in races.values()),
            }
    finally:
        await database.close()

"""Processes are killed while they book: what they leave behind keeps every rule."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from interviews.bookings.models import BookingState
from interviews.database import Database
from interviews.slots.models import SlotId
from tests.support.booking_loop import run
from tests.support.clock import FakeClock
from tests.support.forked import speaking
from tests.support.invariants import broken_rules
from tests.support.verbs import TEN, World
from tests.support.world import a_graduate, a_job, a_place, a_recruiter, a_slot, id_of

PROCESSES, AT_ONCE = 9, 3
QUARTER = timedelta(minutes=15)


async def furnish(database: Database) -> World:
    """Three jobs, two interviewers, two days of overlapping slots, some for two; 12 graduates."""
    async with database.writing() as session:
        place = await a_place(session)
        panel = (place.recruiter_id, id_of(await a_recruiter(session, place.firm_id)))
        jobs = [await a_job(session, place.firm_id) for _ in range(3)]
        for number in range(24):
            await a_slot(
                session,
                jobs[number % 3].id,
                panel[: 1 + number % 2],
                starts_at=TEN + number * QUARTER,
                capacity=1 + number % 4 // 3,
            )
        for _ in range(12):
            await a_graduate(session)
    return World(database, FakeClock(), place)


def killed_after(url: str, seed: int, answers: int) -> int:
    """Start a process, let it finish so many verbs, kill it in the middle of the next ones."""
    with speaking(run, url, seed) as lines:
        return sum(lines.readline() == "done\n" for _ in range(answers))


@pytest.mark.services
async def test_killed_processes_leave_no_broken_rule(database: Database, database_url: str):
    world = await furnish(database)
    chance = random.Random(44)  # noqa: S311  the same kills every time
    plans = [(seed, chance.randrange(20, 120)) for seed in range(PROCESSES)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        heard = list(pool.map(lambda plan: killed_after(database_url, *plan), plans))
    assert heard == [answers for _, answers in plans]
    assert await broken_rules(database) == {}
    slot: SlotId = await world.slot(TEN + timedelta(days=2))
    agreement = await world.book(slot, await world.graduate())
    assert agreement.state is BookingState.CONFIRMED
    assert await broken_rules(database) == {}

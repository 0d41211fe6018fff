"""A hundred at once: exactly one wins, whichever way they come (scheduling.md §5 case 44)."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta

import pytest
from sqlmodel import col, select

from interviews.bookings.commands import Agreement
from interviews.bookings.models import Booking, BookingState
from interviews.bookings.refusals import GraduateBusy, SlotTaken
from interviews.employers.models import FirmId
from interviews.jobs.models import JobId
from interviews.people.models import PersonId
from interviews.refusals import Refusal
from interviews.slots.models import SlotId
from tests.support.invariants import broken_rules
from tests.support.verbs import TEN, World
from tests.support.world import a_graduate, a_job, a_recruiter, a_slot, id_of

pytestmark = pytest.mark.unwatched
ATTEMPTS = 100
QUARTER, HALF_HOUR = timedelta(minutes=15), timedelta(minutes=30)


async def all_at_once(attempts: Sequence[Awaitable[Agreement]]) -> tuple[list[Agreement], list]:
    """Who won, and with which refusals the others lost; any other exception fails the test."""
    results = await asyncio.gather(*attempts, return_exceptions=True)
    won = [result for result in results if isinstance(result, Agreement)]
    lost = [result for result in results if isinstance(result, Refusal)]
    faults = [result for result in results if result not in (*won, *lost)]
    assert faults == []
    return won, lost


async def graduates(world: World, count: int = ATTEMPTS) -> list[PersonId]:
    async with world.database.writing() as session:
        return [id_of(await a_graduate(session)) for _ in range(count)]


@pytest.fixture
async def contested(world: World) -> list[SlotId]:
    """Two overlapping slots of one interviewer; two later ones stay free."""
    await world.slot(TEN + timedelta(hours=2))
    await world.slot(TEN + timedelta(hours=3))
    return [await world.slot(TEN), await world.slot(TEN + QUARTER)]


def assert_one_won(won: list[Agreement], lost: list[Refusal]) -> None:
    assert (len(won), len(lost)) == (1, ATTEMPTS - 1)
    for refusal in lost:
        assert isinstance(refusal, SlotTaken)
        assert refusal.status == 409
        assert [slot.starts_at for slot in refusal.nearest[:2]] == [
            TEN + timedelta(hours=2),
            TEN + timedelta(hours=3),
        ]


async def test_one_of_a_hundred_holds_wins(world: World, contested: list[SlotId]):
    people = await graduates(world)
    won, lost = await all_at_once(
        [world.hold(contested[i % 2], person) for i, person in enumerate(people)]
    )
    assert_one_won(won, lost)
    assert await broken_rules(world.database) == {}


async def test_one_of_a_hundred_bookings_wins(world: World, contested: list[SlotId]):
    people = await graduates(world)
    won, lost = await all_at_once(
        [world.book(contested[i % 2], person) for i, person in enumerate(people)]
    )
    assert_one_won(won, lost)
    assert await broken_rules(world.database) == {}


async def test_one_of_a_hundred_wins_the_time_of_a_hold_that_ran_out(
    world: World, contested: list[SlotId]
):
    await world.hold(contested[0], await world.graduate())
    world.clock.advance(timedelta(minutes=2))
    people = await graduates(world)
    won, lost = await all_at_once(
        [world.book(contested[i % 2], person) for i, person in enumerate(people)]
    )
    assert_one_won(won, lost)
    assert await broken_rules(world.database) == {}


async def test_one_of_a_hundred_moves_wins_and_the_other_bookings_stay_untouched(
    world: World, contested: list[SlotId]
):
    people, other = await graduates(world), await world.recruiter()
    for number, person in enumerate(people):
        slot = await world.slot(TEN + timedelta(days=1) + number * HALF_HOUR, panel=(other,))
        await world.book(slot, person)
    before = await rows(world)
    won, lost = await all_at_once(
        [
            world.move(booking.id or 0, contested[i % 2], booking.graduate_id)
            for i, booking in enumerate(before)
        ]
    )
    assert_one_won(won, lost)
    assert await broken_rules(world.database) == {}
    winner = won[0].booking_id
    after = {row.id: row for row in await rows(world)}
    for old in before:
        if old.id != winner:
            assert after[old.id] == old
    moved = after[winner]
    assert (moved.sequence, moved.moves, moved.slot_id) == (1, 1, won[0].slot_id)


async def rows(world: World) -> list[Booking]:
    async with world.database.reading() as session:
        query = select(Booking).order_by(col(Booking.id))
        return list((await session.execute(query)).scalars())


async def many_jobs_at_ten(world: World) -> list[SlotId]:
    """A hundred jobs of one firm, each with an interviewer of its own and a slot about ten."""
    slots = []
    async with world.database.writing() as session:
        firm_id: FirmId = world.place.firm_id
        for number in range(ATTEMPTS):
            interviewer = id_of(await a_recruiter(session, firm_id))
            job_id = JobId((await a_job(session, firm_id)).id or 0)
            starts_at = TEN + (number % 3) * QUARTER
            slot = await a_slot(session, job_id, (interviewer,), starts_at=starts_at)
            slots.append(SlotId(slot.id or 0))
    return slots


async def test_one_graduate_in_a_hundred_tabs_gets_one_interview(world: World):
    slots, graduate_id = await many_jobs_at_ten(world), await world.graduate()
    won, lost = await all_at_once([world.book(slot, graduate_id) for slot in slots])
    assert (len(won), len(lost)) == (1, ATTEMPTS - 1)
    for refusal in lost:
        assert isinstance(refusal, GraduateBusy)
        assert refusal.parameters["booking_id"] == won[0].booking_id
    assert await broken_rules(world.database) == {}


async def test_one_graduate_in_a_hundred_tabs_ends_with_one_hold(world: World):
    slots, graduate_id = await many_jobs_at_ten(world), await world.graduate()
    await all_at_once([world.hold(slot, graduate_id) for slot in slots])
    states = [row.state for row in await rows(world)]
    assert states.count(BookingState.HELD) == 1
    assert await broken_rules(world.database) == {}


async def test_a_group_slot_gives_out_exactly_its_seats(world: World):
    group, people = await world.slot(capacity=7), await graduates(world)
    won, lost = await all_at_once([world.book(group, person) for person in people])
    assert (len(won), len(lost)) == (7, ATTEMPTS - 7)
    assert await broken_rules(world.database) == {}

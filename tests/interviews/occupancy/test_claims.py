"""Claims: all or nothing, in one statement, and only an overlap is an answer."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import true
from sqlalchemy.exc import IntegrityError

from interviews.database import Database
from interviews.occupancy.service import (
    Claim,
    Overlap,
    claims_on,
    give_back,
    person_resource,
    take,
)
from interviews.people.models import PersonId
from tests.support.clock import START
from tests.support.world import a_place, a_slot

ONE, TWO = person_resource(PersonId(1)), person_resource(PersonId(2))
EVER = {"starts_at": START - timedelta(days=1), "ends_at": START + timedelta(days=1)}


@pytest.fixture
async def slot_id(database: Database) -> int:
    async with database.writing() as session:
        place = await a_place(session)
        return (await a_slot(session, place.job_id, (place.recruiter_id,))).id or 0


def claim(resource: str, begin: int, end: int, slot_id: int) -> Claim:
    moment = START + timedelta(minutes=begin)
    return Claim(resource, moment, START + timedelta(minutes=end), slot_id=slot_id)


async def attempt(database: Database, *claims: Claim) -> bool:
    """Whether the claims were taken, in a unit and a savepoint of their own."""
    try:
        async with database.writing() as session, session.begin_nested():
            await take(session, claims)
    except Overlap:
        return False
    return True


async def all_claims(database: Database) -> list[Claim]:
    async with database.reading() as session:
        return await claims_on(session, [ONE, TWO], **EVER)


async def test_claims_are_taken_and_found_in_order(database: Database, slot_id: int):
    second, first = claim(TWO, 0, 30, slot_id), claim(ONE, 30, 60, slot_id)
    assert await attempt(database, second, first)
    assert await all_claims(database) == [first, second]


async def test_of_several_claims_all_are_taken_or_none(database: Database, slot_id: int):
    assert await attempt(database, claim(TWO, 0, 30, slot_id))
    assert not await attempt(database, claim(ONE, 0, 30, slot_id), claim(TWO, 29, 40, slot_id))
    assert await all_claims(database) == [claim(TWO, 0, 30, slot_id)]


async def test_claims_that_touch_do_not_overlap(database: Database, slot_id: int):
    assert await attempt(database, claim(ONE, 0, 30, slot_id), claim(ONE, 30, 60, slot_id))
    assert claim(ONE, 0, 30, slot_id).overlaps(START, START + timedelta(minutes=1))
    assert not claim(ONE, 0, 30, slot_id).overlaps(
        START + timedelta(minutes=30), START + timedelta(minutes=31)
    )


async def test_a_claim_of_nobody_is_a_fault_and_no_overlap(database: Database):
    nobody = Claim(ONE, START, START + timedelta(minutes=1))
    with pytest.raises(IntegrityError):
        await attempt(database, nobody)


async def test_a_slot_gives_back_unless_it_is_still_used(database: Database, slot_id: int):
    await attempt(database, claim(ONE, 0, 30, slot_id))
    async with database.writing() as session:
        await give_back(session, bookings=[], slots=[slot_id], still_used=true())
    assert len(await all_claims(database)) == 1
    async with database.writing() as session:
        await give_back(session, bookings=[], slots=[slot_id], still_used=~true())
    assert await all_claims(database) == []


async def test_a_hundred_claims_at_once_leave_one(database: Database, slot_id: int):
    attempts = [attempt(database, claim(ONE, number % 20, 30, slot_id)) for number in range(100)]
    taken = await asyncio.gather(*attempts)
    assert taken.count(True) == 1
    assert len(await all_claims(database)) == 1

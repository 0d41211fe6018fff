from datetime import timedelta

from interviews.consents.service import (
    SHARE_PROFILE,
    TERMS,
    TEXT_VERSIONS,
    consents_of,
    give,
    has_given,
    withdraw,
)
from interviews.database import Database
from interviews.people.service import number_of
from tests.support.clock import START
from tests.support.world import a_person

LATER = START + timedelta(days=1)


async def test_an_agreement_stands_until_it_is_withdrawn(database: Database):
    async with database.writing() as session:
        person = number_of(await a_person(session))
        consent = await give(session, person, TERMS, now=START)
        assert await has_given(session, person, TERMS)
        assert await withdraw(session, person, consent.id, now=LATER)
        assert not await has_given(session, person, TERMS)
        (kept,) = await consents_of(session, person)
    assert (kept.text_version, kept.channel) == (TEXT_VERSIONS[TERMS], "web")


async def test_agreeing_twice_is_kept_once_and_again_after_a_withdrawal(database: Database):
    async with database.writing() as session:
        person = number_of(await a_person(session))
        first = await give(session, person, TERMS, now=START)
        again = await give(session, person, TERMS, now=LATER)
        assert again.id == first.id
        await withdraw(session, person, first.id, now=LATER)
        third = await give(session, person, TERMS, now=LATER)
        assert third.id != first.id
        assert [one.id for one in await consents_of(session, person)] == [third.id, first.id]


async def test_sharing_with_one_firm_is_not_sharing_with_another(database: Database):
    async with database.writing() as session:
        person = number_of(await a_person(session))
        await give(session, person, SHARE_PROFILE, now=START, recipient="firm:1")
        assert await has_given(session, person, SHARE_PROFILE, recipient="firm:1")
        assert not await has_given(session, person, SHARE_PROFILE, recipient="firm:2")


async def test_nobody_withdraws_for_somebody_else_or_twice(database: Database):
    async with database.writing() as session:
        person = number_of(await a_person(session))
        other = number_of(await a_person(session))
        consent = await give(session, person, TERMS, now=START)
        assert not await withdraw(session, other, consent.id, now=LATER)
        assert await withdraw(session, person, consent.id, now=LATER)
        assert not await withdraw(session, person, consent.id, now=LATER)

import asyncio

import pytest

from interviews.database import Database
from interviews.people.models import Person, PersonId
from interviews.people.refusals import NameMissing
from interviews.people.service import (
    Details,
    change_details,
    ensure_person,
    find_person,
    number_of,
    person_of,
)
from interviews.refusals import NotFound
from tests.support.clock import START

LI = Details("Li.Wei@Example.com", "李 伟", "en", "Europe/Berlin")


async def keep(database: Database, details: Details = LI) -> PersonId:
    async with database.writing() as session:
        person, _ = await ensure_person(session, details, now=START)
        return number_of(person)


async def test_a_new_person_is_kept_in_the_normal_spelling(database: Database):
    await keep(database)
    async with database.reading() as session:
        found = await find_person(session, "LI.WEI@example.com")
    assert found is not None
    assert (found.email, found.name, found.locale) == ("li.wei@example.com", "李 伟", "en")


async def test_a_known_person_is_found_and_left_as_they_are(database: Database):
    number = await keep(database)
    async with database.writing() as session:
        other = Details("li.wei@example.com", "Somebody Else")
        person, is_new = await ensure_person(session, other, now=START)
    assert (person.id, person.name, is_new) == (number, "李 伟", False)


async def test_ten_writers_of_one_address_make_one_person(database: Database):
    numbers = await asyncio.gather(*(keep(database) for _ in range(10)))
    assert len(set(numbers)) == 1


async def test_details_change_together_or_not_at_all(database: Database):
    number = await keep(database)
    async with database.writing() as session:
        await change_details(session, number, name="李薇", locale="zh_CN", zone="UTC")
    with pytest.raises(NameMissing):
        async with database.writing() as session:
            await change_details(session, number, name=" ", locale="en", zone="Asia/Tokyo")
    async with database.reading() as session:
        person = await person_of(session, number)
    assert (person.name, person.locale, person.zone) == ("李薇", "zh_CN", "UTC")


async def test_nobody_has_an_unknown_number(database: Database):
    async with database.reading() as session:
        with pytest.raises(NotFound):
            await person_of(session, PersonId(99))


def test_a_person_that_is_not_kept_has_no_number():
    with pytest.raises(TypeError):
        number_of(Person(email="a@example.com", name="a", created_at=START))

import asyncio
from datetime import date

import pytest

from interviews.database import Database
from interviews.graduates.models import School
from interviews.graduates.service import ProfileAnswers, keep_profile, profile, schools
from interviews.refusals import Malformed
from tests.support import world

TODAY = date(2026, 11, 23)


async def test_answers_are_kept_and_may_be_given_bit_by_bit(database: Database):
    async with database.writing() as session:
        person_id = world.id_of(await world.a_person(session, name="䶮大一"))
        await keep_profile(session, person_id, ProfileAnswers(level="benke"), today=TODAY)
    async with database.writing() as session:
        answers = ProfileAnswers(
            school=" 琥珀医药大学 ",
            level="shuoshi",
            major_name="医学技术",
            major_category="10",
            graduation_month="2027-06",
        )
        await keep_profile(session, person_id, answers, today=TODAY)

    async with database.reading() as session:
        kept = await profile(session, person_id)
    assert (kept.school, kept.level, kept.graduation_month) == (
        "琥珀医药大学",
        "shuoshi",
        "2027-06",
    )


async def test_nobody_has_an_empty_profile_kept_for_them(database: Database):
    async with database.writing() as session:
        person_id = world.id_of(await world.a_person(session))

    async with database.reading() as session:
        assert (await profile(session, person_id)).level == ""


async def test_a_wrong_answer_is_refused_by_field(database: Database):
    async with database.writing() as session:
        person_id = world.id_of(await world.a_person(session))
        with pytest.raises(Malformed) as caught:
            await keep_profile(session, person_id, ProfileAnswers(level="phd"), today=TODAY)

    assert set(caught.value.fields) == {"level"}


async def test_schools_are_listed_by_name(database: Database):
    async with database.writing() as session:
        session.add_all([School(name_zh="b"), School(name_zh="a")])

    async with database.reading() as session:
        assert [school.name_zh for school in await schools(session)] == ["a", "b"]


async def test_two_tabs_may_save_the_first_answers_at_once(database: Database):
    async with database.writing() as session:
        person_id = world.id_of(await world.a_person(session))

    async def save(level: str) -> None:
        async with database.writing() as session:
            await keep_profile(session, person_id, ProfileAnswers(level=level), today=TODAY)

    await asyncio.gather(*(save(level) for level in ("zhuanke", "benke", "shuoshi", "boshi")))

    async with database.reading() as session:
        assert (await profile(session, person_id)).level != ""

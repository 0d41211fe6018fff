import re

import pytest

from interviews.graduates.models import School
from interviews.identity.models import Role
from tests.support.accounts import Register
from tests.support.site import Browser, Site

ANSWERS = {
    "level": "shuoshi",
    "major_category": "10",
    "major_name": "医学技术",
    "school": "琥珀医药大学",
    "graduation_month": "2027-06",
}


@pytest.fixture
async def graduate(site: Site, register: Register) -> Browser:
    person = await register("grad@example.com", Role.GRADUATE, name="䶮大一")
    return await site.signed_in(person)


async def test_an_empty_profile_names_the_first_field(site: Site, graduate: Browser):
    async with site.database.writing() as session:
        session.add(School(name_zh="琥珀医药大学"))

    page = await graduate.get("/me/profile")

    assert "0% filled in" in page.words
    assert "Next: Level of education" in page.words
    assert "12 Management studies" in page.words
    assert "46 Equipment manufacturing" in page.words
    assert '<option value="琥珀医药大学">' in page.text


async def test_kept_answers_are_shown_as_a_firm_will_see_them(graduate: Browser):
    answer = await graduate.send("/me/profile", on="/me/profile", **ANSWERS)
    page = await graduate.get("/me/profile")

    assert (answer.status, answer.target) == (303, "/me/profile")
    assert "100% filled in" in page.words
    assert "Complete" in page.words
    shown = "School 琥珀医药大学 Level Master's Major 医学技术 (Medicine)"
    assert re.search(rf"Name Person \d+ {re.escape(shown)}", page.words)  # who reads English


async def test_wrong_answers_are_marked_and_nothing_typed_is_lost(graduate: Browser):
    wrong = ANSWERS | {"graduation_month": "2027-13", "major_category": "99"}
    answer = await graduate.send("/me/profile", on="/me/profile", **wrong)

    assert answer.status == 422
    assert "Write the month as year and month" in answer.words
    assert "Choose a category from one of the two catalogues." in answer.words
    assert 'value="医学技术"' in answer.text
    assert "0% filled in" in answer.words


async def test_after_saving_the_graduate_goes_on_to_where_they_came_from(graduate: Browser):
    here = "/me/profile?next=/jobs/7"
    assert (await graduate.send(here, on=here, **ANSWERS)).target == "/jobs/7"

    evil = "/me/profile?next=//evil.example"
    assert (await graduate.send(evil, on=evil, **ANSWERS)).target == "/"

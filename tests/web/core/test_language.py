"""Read on in the other language, and never on another site."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from interviews.people.models import Person
from tests.support.accounts import Register
from tests.support.site import Site
from web.handlers.language import safe_next


async def test_a_visitor_reads_on_in_the_other_language(site: Site):
    visitor = site.browser()
    answer = await visitor.send("/language", locale="zh_CN", next="/jobs?q=1", on="/jobs")
    assert (answer.status, answer.target) == (303, "/jobs?q=1")
    assert 'lang="zh-CN"' in (await visitor.get("/jobs")).text
    await visitor.send("/language", locale="en", next="/jobs", on="/jobs")
    assert 'lang="en"' in (await visitor.get("/jobs")).text


async def test_the_language_stays_with_the_person(site: Site, register: Register):
    person = await register("li@example.com", locale="en")
    visitor = await site.signed_in(person)
    await visitor.send("/language", locale="zh_CN", next="/", on="/me/account")
    async with site.database.reading() as session:
        wanted = select(col(Person.locale)).where(col(Person.id) == person)
        assert await session.scalar(wanted) == "zh_CN"
    another = await site.signed_in(person)
    assert 'lang="zh-CN"' in (await another.get("/jobs")).text


async def test_the_menu_names_the_reader_in_the_letters_that_they_read(
    site: Site, register: Register
):
    person = await register("li@example.com", locale="en")
    reader = await site.signed_in(person)
    async with site.database.reading() as session:
        found = await session.get_one(Person, person)
    pages = {}
    for locale in ("en", "zh_CN"):
        await reader.send("/language", locale=locale, next="/", on="/me/account")
        pages[locale] = (await reader.get("/jobs")).words
    assert found.name_latin in pages["en"]
    assert found.name not in pages["en"]
    assert found.name in pages["zh_CN"]


async def test_a_language_that_we_do_not_speak_is_refused(site: Site):
    answer = await site.browser().send("/language", locale="fr", on="/jobs")
    assert answer.status == 422


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\n/b", "/\t/evil"],
)
async def test_nobody_is_led_to_another_site(site: Site, target: str):
    assert safe_next(target) == "/"
    answer = await site.browser().send("/language", locale="en", next=target, on="/jobs")
    assert answer.target == "/"


def test_a_path_of_ours_is_kept_with_its_question():
    assert safe_next("/jobs/3/slots?day=2026-11-25") == "/jobs/3/slots?day=2026-11-25"

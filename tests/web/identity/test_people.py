import pytest
from sqlalchemy import select
from sqlmodel import col

from interviews.employers.models import Recruiter
from interviews.identity.models import Account, Role
from interviews.people.models import Person
from tests.support.accounts import Register, last_token, letters
from tests.support.site import Browser, Site
from tests.support.world import a_firm


@pytest.fixture
async def admin(site: Site, register: Register):
    return await site.signed_in(await register("admin@example.com", Role.ADMINISTRATOR))


@pytest.fixture
async def organiser(site: Site, register: Register):
    return await site.signed_in(await register("org@example.com", Role.ORGANISER))


async def firm_of_the_test(site: Site):
    async with site.database.writing() as session:
        return (await a_firm(session)).id


async def test_an_administrator_opens_a_recruiters_account_and_a_letter_lets_them_in(
    site: Site, admin: Browser
):
    firm = await firm_of_the_test(site)
    answer = await admin.send(
        "/admin/people",
        on="/admin/people/new",
        name="王人事",
        email="hr@example.com",
        role="recruiter",
        firm_id=str(firm),
    )
    assert answer.target == "/admin/people"
    visitor = site.browser()
    path = f"/verify/{await last_token(site.database)}"
    assert (await visitor.send(path, on=path)).status == 303
    async with site.database.reading() as session:
        found = await session.execute(
            select(Recruiter.firm_id).join(Person, col(Person.id) == col(Recruiter.person_id))
        )
        assert found.scalars().all() == [firm]


async def test_a_recruiter_needs_a_firm_and_nobody_else_has_one(site: Site, admin: Browser):
    firm = await firm_of_the_test(site)
    for role, firm_id in (("recruiter", ""), ("organiser", str(firm))):
        answer = await admin.send(
            "/admin/people",
            on="/admin/people/new",
            name="王",
            email="hr@example.com",
            role=role,
            firm_id=firm_id,
        )
        assert answer.status == 422
        assert 'id="firm_id-error"' in answer.text
        assert 'value="hr@example.com"' in answer.text


async def test_a_firm_that_does_not_exist_is_not_found_and_opens_nothing(
    site: Site, admin: Browser
):
    answer = await admin.send(
        "/admin/people",
        on="/admin/people/new",
        name="王",
        email="hr@example.com",
        role="recruiter",
        firm_id="77",
    )
    assert answer.status == 404
    assert await letters(site.database) == []


async def test_an_address_with_an_account_is_named_to_the_administrator(
    admin: Browser, register: Register
):
    await register("li@example.com")
    answer = await admin.send(
        "/admin/people", on="/admin/people/new", name="Li", email="li@example.com", role="organiser"
    )
    assert answer.status == 409
    assert 'id="email-error"' in answer.text


async def test_people_are_found_by_words_and_role(admin: Browser, register: Register):
    await register("li@example.com", name="李伟")
    await register("hr@example.com", Role.RECRUITER, name="王人事")
    everybody = (await admin.get("/admin/people")).text
    assert "李伟" in everybody
    assert "王人事" in everybody
    found = (await admin.get("/admin/people?words=李&role=graduate&page=x")).text
    assert "李伟" in found
    assert "王人事" not in found
    nobody = await admin.get("/admin/people?words=zzz")
    assert "Nobody found" in nobody.text


async def test_switching_off_takes_effect_on_the_next_click(
    site: Site, admin: Browser, register: Register
):
    number = await register("li@example.com")
    visitor = await site.signed_in(number)
    assert (await visitor.get("/me/account")).status == 200
    await admin.send(f"/admin/people/{number}/disable", on="/admin/people")
    assert (await visitor.get("/me/account")).status == 303
    assert "switched off" in (await admin.get("/admin/people")).text
    await admin.send(f"/admin/people/{number}/enable", on="/admin/people")
    assert (await visitor.get("/me/account")).status == 303
    async with site.database.reading() as session:
        assert (await session.get(Account, number)).disabled_at is None


async def test_somebody_can_be_signed_out_everywhere(
    site: Site, admin: Browser, register: Register
):
    number = await register("li@example.com")
    visitor = await site.signed_in(number)
    await admin.send(f"/admin/people/{number}/sign-out", on="/admin/people")
    assert (await visitor.get("/me/account")).status == 303


async def test_nobody_switches_off_their_own_account(admin: Browser):
    answer = await admin.send("/admin/people/1/disable", on="/admin/people")
    assert answer.status == 409
    assert "Ask another administrator" in answer.text


async def test_an_organiser_sees_and_opens_recruiters_only(organiser: Browser, register: Register):
    await register("li@example.com", name="李伟")
    await register("hr@example.com", Role.RECRUITER, name="王人事")
    listed = (await organiser.get("/admin/people?role=graduate")).text
    assert "王人事" in listed
    assert "李伟" not in listed
    answer = await organiser.send(
        "/admin/people",
        on="/admin/people/new",
        name="X",
        email="x@example.com",
        role="administrator",
    )
    assert answer.status == 422
    assert 'id="role-error"' in answer.text


@pytest.mark.parametrize("act", ["disable", "enable", "sign-out"])
async def test_an_organiser_does_nothing_to_an_administrator(
    organiser: Browser, register: Register, act: str
):
    number = await register("admin@example.com", Role.ADMINISTRATOR)
    answer = await organiser.send(f"/admin/people/{number}/{act}", on="/admin/people")
    assert answer.status == 403
    unknown = await organiser.send(f"/admin/people/99/{act}", on="/admin/people")
    assert unknown.status == 404

from sqlalchemy import select
from yarl import URL

from interviews.consents.service import TERMS, consents_of
from interviews.identity.models import Account
from interviews.people.models import Person
from tests.support.accounts import PASSWORD, Register, last_token, letters
from tests.support.site import Site

FIELDS = {
    "name": "李 伟",
    "email": "li@example.com",
    "password": PASSWORD,
    "locale": "en",
    "zone": "Europe/Berlin",
    "terms": "yes",
}


async def test_a_graduate_signs_up_verifies_and_is_in(site: Site):
    visitor = site.browser()
    answer = await visitor.send("/sign-up", on="/sign-up", **FIELDS)
    assert (answer.status, answer.target) == (303, "/mail-sent?for=sign-up")
    path = f"/verify/{await last_token(site.database)}"
    page = await visitor.get(path)
    assert visitor.cookie("session") == ""
    assert (await visitor.post(path, csrf=page.csrf)).status == 303
    account = await visitor.get("/me/account")
    assert "li@example.com" in account.text
    assert "not confirmed" not in account.text
    async with site.database.reading() as session:
        person = (await session.execute(select(Person))).scalar_one()
        (consent,) = await consents_of(session, person.id)
    assert (person.name, person.locale, person.zone) == ("李 伟", "en", "Europe/Berlin")
    assert (consent.purpose, consent.given_at) == (TERMS, site.clock.now())


async def test_the_box_of_the_terms_is_empty_at_first_and_needed(site: Site):
    visitor = site.browser()
    page = await visitor.get("/sign-up")
    assert 'id="terms" name="terms" value="yes" required' in page.text
    answer = await visitor.send("/sign-up", on="/sign-up", **{**FIELDS, "terms": ""})
    assert answer.status == 422
    assert "only if you agree" in answer.text
    assert await letters(site.database) == []


async def test_all_that_is_wrong_is_said_at_once_and_nothing_typed_is_lost(site: Site):
    answer = await site.browser().send(
        "/sign-up",
        on="/sign-up",
        name="李 伟",
        email="li@example",
        password="short",
        zone="Asia/Peking",
        locale="fr",
    )
    assert answer.status == 422
    for field in ("email", "password", "zone", "locale", "terms"):
        assert f'id="{field}-error"' in answer.text, field
    assert 'value="李 伟"' in answer.text
    assert 'value="li@example"' in answer.text
    assert 'value="short"' not in answer.text


async def test_a_known_address_gets_the_same_page_and_a_letter_of_its_own(
    site: Site, register: Register
):
    await register("li@example.com")
    known = await site.browser().send("/sign-up", on="/sign-up", **FIELDS)
    fresh = await site.browser().send(
        "/sign-up", on="/sign-up", **{**FIELDS, "email": "wu@example.com"}
    )
    assert (known.status, known.target, known.text) == (fresh.status, fresh.target, fresh.text)
    assert [letter["letter"] for letter in await letters(site.database)] == [
        "already-registered",
        "verify-email",
    ]


async def test_the_zone_that_the_browser_told_is_chosen_beforehand(site: Site):
    visitor = site.browser()
    visitor.http.cookie_jar.update_cookies({"zone": "America/Vancouver"}, site.base)
    page = await visitor.get("/sign-up")
    assert '<option value="America/Vancouver" selected>' in page.text


async def test_the_unverified_may_look_and_have_the_letter_sent_again(
    site: Site, register: Register
):
    number = await register("li@example.com", verified=False)
    visitor = await site.signed_in(number)
    page = await visitor.get("/me/account")
    assert "not confirmed yet" in page.text
    answer = await visitor.post("/me/account/verification", csrf=page.csrf)
    assert answer.target == "/me/account"
    assert "The letter is on its way." in (await visitor.get("/me/account")).text
    path = f"/verify/{await last_token(site.database)}"
    await visitor.send(path, on=path)
    async with site.database.reading() as session:
        assert (await session.get(Account, number)).email_verified_at is not None
    late = await visitor.get(path)
    assert late.status == 410
    assert 'href="/sign-in?next=/me/account"' in late.text
    again = await visitor.send("/me/account/verification", on="/me/account")
    assert again.status == 303
    assert "confirmed already" in (await visitor.get("/me/account")).text


async def test_a_dead_verification_link_cannot_be_pressed(site: Site):
    answer = await site.browser().send("/verify/no-such-link")
    assert answer.status == 410


async def test_the_privacy_notice_can_be_read_before_signing_up(site: Site):
    page = await site.browser().get("/terms")
    assert page.status == 200
    assert "We never ask for identity numbers" in page.text


async def test_an_empty_form_is_answered_beside_every_field(site: Site):
    answer = await site.browser().send("/sign-up", on="/sign-up")
    assert answer.status == 422
    for field in ("name", "email", "password", "terms"):
        assert f'id="{field}-error"' in answer.text, field


async def test_the_letters_link_leads_back_to_where_the_graduate_wanted_to_book(site: Site):
    visitor = site.browser()
    page = await visitor.get("/sign-up?next=/jobs/3/slots%3Fday%3D2026-11-25")
    assert 'name="next" value="/jobs/3/slots?day=2026-11-25"' in page.text
    onward = "/jobs/3/slots?day=2026-11-25"
    await visitor.post("/sign-up", csrf=page.csrf, next=onward, **FIELDS)
    link = URL((await letters(site.database))[-1]["link"])
    assert link.query["next"] == onward
    button = await visitor.get(link.path_qs)
    answer = await visitor.post(link.path_qs, csrf=button.csrf)
    assert (answer.status, answer.target) == (303, onward)


async def test_the_letters_link_never_leads_to_another_site(site: Site):
    visitor = site.browser()
    await visitor.send("/sign-up", on="/sign-up", **{**FIELDS, "next": "//evil.example"})
    path = f"/verify/{await last_token(site.database)}"
    button = await visitor.get(path)
    answer = await visitor.post(f"{path}?next=//evil.example", csrf=button.csrf)
    assert (answer.status, answer.target) == (303, "/")

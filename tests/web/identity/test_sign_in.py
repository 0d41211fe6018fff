from datetime import timedelta

import pytest

from interviews.identity.models import Account, Role
from tests.support.accounts import PASSWORD, Register, last_token, letters
from tests.support.site import Site


async def test_a_password_opens_the_page_that_was_wanted(site: Site, register: Register):
    await register("li@example.com")
    visitor = site.browser()
    blocked = await visitor.get("/me/account")
    assert (blocked.status, blocked.target) == (303, "/sign-in?next=/me/account")
    page = await visitor.get(blocked.target)
    assert 'name="next" value="/me/account"' in page.text
    entered = await visitor.post(
        "/sign-in", csrf=page.csrf, email="Li@Example.com", password=PASSWORD, next="/me/account"
    )
    assert (entered.status, entered.target) == (303, "/me/account")
    assert "li@example.com" in (await visitor.get("/me/account")).text


async def test_a_wrong_password_keeps_the_address_but_never_the_password(
    site: Site, register: Register
):
    await register("li@example.com")
    answer = await site.browser().send(
        "/sign-in", email="li@example.com", password="wrong wrong wrong"
    )
    assert answer.status == 403
    assert "The e-mail address or the password is not right." in answer.text
    assert 'value="li@example.com"' in answer.text
    assert "wrong wrong wrong" not in answer.text


async def test_what_is_missing_is_said_beside_its_field(site: Site):
    answer = await site.browser().send("/sign-in", email="", password="")
    assert answer.status == 422
    assert 'id="email-error"' in answer.text
    assert 'id="password-error"' in answer.text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"]
)
async def test_nobody_is_sent_to_another_site_after_signing_in(
    site: Site, register: Register, target: str
):
    await register("li@example.com")
    answer = await site.browser().send(
        "/sign-in", email="li@example.com", password=PASSWORD, next=target
    )
    assert (answer.status, answer.target) == (303, "/")


async def test_who_is_signed_in_already_is_sent_on(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com"))
    answer = await visitor.get("/sign-in?next=/me/account")
    assert (answer.status, answer.target) == (303, "/me/account")
    assert (await visitor.get("/sign-up")).target == "/"


async def test_a_mailed_link_needs_a_press_and_works_once(site: Site, register: Register):
    await register("li@example.com")
    visitor = site.browser()
    asked = await visitor.send("/sign-in/link", email="li@example.com")
    assert asked.target == "/mail-sent?for=sign-in"
    assert "a sign-in link is on its way" in (await visitor.get(asked.target)).text
    path = f"/sign-in/link/{await last_token(site.database)}"
    for _ in range(2):
        page = await visitor.get(path)
        assert page.status == 200
        assert visitor.cookie("session") == ""
    assert (await visitor.post(path, csrf=page.csrf)).status == 303
    assert visitor.cookie("session") != ""
    again = await site.browser().get(path)
    assert again.status == 410
    assert "Ask for a new one" in again.text
    late = await site.browser().send(path)
    assert late.status == 410


async def test_a_link_is_too_old_after_fifteen_minutes(site: Site, register: Register):
    await register("li@example.com")
    await site.browser().send("/sign-in/link", email="li@example.com")
    site.clock.advance(timedelta(minutes=15))
    page = await site.browser().get(f"/sign-in/link/{await last_token(site.database)}")
    assert page.status == 410
    assert 'href="/sign-in/link"' in page.text


async def test_a_forgotten_password_is_replaced_and_other_browsers_are_out(
    site: Site, register: Register
):
    number = await register("li@example.com")
    elsewhere = await site.signed_in(number)
    visitor = site.browser()
    await visitor.send("/forgotten", email="li@example.com")
    path = f"/reset/{await last_token(site.database)}"
    weak = await visitor.send(path, on=path, password="password123")
    assert weak.status == 422
    assert "among the first that anybody would try" in weak.text
    done = await visitor.send(path, on=path, password="a quite different phrase")
    assert done.status == 303
    assert (await visitor.get("/me/account")).status == 200
    assert (await elsewhere.get("/me/account")).status == 303
    late = await visitor.send(path, password="a quite different phrase")
    assert late.status == 410
    fresh = site.browser()
    entered = await fresh.send(
        "/sign-in", email="li@example.com", password="a quite different phrase"
    )
    assert entered.status == 303


async def test_signing_out_ends_the_session_on_the_server_too(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com"))
    token = visitor.cookie("session")
    page = await visitor.get("/me/account")
    out = await visitor.post("/sign-out", csrf=page.csrf)
    assert (out.status, out.target) == (303, "/")
    assert visitor.cookie("session") == ""
    thief = site.browser()
    thief.take_cookie("session", token)
    assert (await thief.get("/me/account")).status == 303


async def test_signing_out_twice_is_no_mistake(site: Site):
    visitor = site.browser()
    assert (await visitor.send("/sign-out")).status == 303


async def test_a_disabled_account_hears_so_only_with_the_right_password(
    site: Site, register: Register
):
    number = await register("li@example.com")
    async with site.database.writing() as session:
        (await session.get(Account, number)).disabled_at = site.clock.now()
    wrong = await site.browser().send("/sign-in", email="li@example.com", password="wrong wrong")
    right = await site.browser().send("/sign-in", email="li@example.com", password=PASSWORD)
    assert "is not right" in wrong.text
    assert "has been switched off" in right.text
    assert right.status == 403


async def test_pages_speak_chinese_to_who_reads_it(site: Site):
    page = await site.browser(Accept_Language="zh-CN,zh;q=0.9").get("/sign-in")
    assert '<html lang="zh-CN">' in page.text


async def test_an_unknown_subject_of_the_sent_page_is_harmless(site: Site):
    page = await site.browser().get("/mail-sent?for=<script>")
    assert page.status == 200
    assert "<script>" not in page.text.replace('<script type="module"', "")


async def test_a_recruiter_knows_their_firm(site: Site, register: Register):
    number = await register("hr@example.com", Role.RECRUITER)
    visitor = await site.signed_in(number)
    assert (await visitor.get("/me/account")).status == 200
    assert await letters(site.database) == []

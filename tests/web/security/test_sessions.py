from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from interviews.identity.models import SignInSession
from tests.support.accounts import PASSWORD, Register, last_token
from tests.support.site import Site, running_site


def flags(line: str) -> set[str]:
    return {part.strip().lower() for part in line.split(";")[1:]}


async def test_every_cookie_is_http_only_and_same_site(site: Site, register: Register):
    await register("li@example.com")
    visitor = site.browser()
    lines = list((await visitor.get("/sign-in")).cookies)
    entered = await visitor.send("/sign-in", email="li@example.com", password=PASSWORD)
    lines += entered.cookies
    lines += (await visitor.send("/language", on="/me/account", locale="zh_CN")).cookies
    lines += (await visitor.send("/sign-out", on="/me/account")).cookies
    names = {line.split("=")[0] for line in lines}
    assert names >= {"daigang-visitor", "daigang-session", "daigang-locale", "daigang-notice"}
    for line in lines:
        assert {"httponly", "samesite=lax", "path=/"} <= flags(line), line
        assert "secure" not in flags(line)
        assert "domain" not in line.lower()


async def test_by_https_every_cookie_is_secure_and_bound_to_the_host(
    sqlite_url: str, tmp_path: Path
):
    async with running_site(sqlite_url, tmp_path, public_url="https://jobs.example") as site:
        lines = (await site.browser(Host="jobs.example").get("/sign-in")).cookies
    assert lines
    for line in lines:
        assert line.startswith("__Host-")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags(line)


async def test_signing_in_never_keeps_a_planted_session(site: Site, register: Register):
    victim, attacker = await register("li@example.com"), await register("eve@example.com")
    planted = await site.signed_in(attacker)
    token = planted.cookie("session")
    visitor = site.browser()
    visitor.take_cookie("session", token)
    page = await visitor.get("/me/account")
    assert "eve@example.com" in page.text
    out = await visitor.post("/sign-out", csrf=page.csrf)
    assert out.status == 303
    await visitor.send("/sign-in", email="li@example.com", password=PASSWORD)
    assert visitor.cookie("session") != token
    assert await owners(site) == [victim]


async def test_an_invented_session_token_is_not_taken_over(site: Site, register: Register):
    await register("li@example.com")
    visitor = site.browser()
    visitor.take_cookie("session", "chosen-by-the-attacker")
    await visitor.send("/sign-in", email="li@example.com", password=PASSWORD)
    assert visitor.cookie("session") not in {"", "chosen-by-the-attacker"}


async def test_a_mailed_link_opened_in_a_signed_in_browser_replaces_its_session(
    site: Site, register: Register
):
    first, second = await register("li@example.com"), await register("wu@example.com")
    visitor = await site.signed_in(first)
    old = visitor.cookie("session")
    await visitor.send("/sign-in/link", email="wu@example.com")
    path = f"/sign-in/link/{await last_token(site.database)}"
    await visitor.send(path, on=path)
    assert visitor.cookie("session") != old
    assert await owners(site) == [second]


async def test_a_dead_cookie_is_taken_away(site: Site):
    visitor = site.browser()
    visitor.take_cookie("session", "x" * 43)
    await visitor.get("/terms")
    assert visitor.cookie("session") == ""
    visitor.take_cookie("session", "x" * 5000)
    blocked = await visitor.get("/me/account")
    assert blocked.status == 303
    assert visitor.cookie("session") == ""


async def test_last_seen_is_written_at_most_every_five_minutes(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com"))
    opened = site.clock.now()
    site.clock.advance(timedelta(minutes=4))
    assert (await visitor.get("/terms")).cookies == ()
    assert await seen(site) == opened
    site.clock.advance(timedelta(minutes=1))
    (line,) = (await visitor.get("/terms")).cookies
    assert "max-age=2592000" in flags(line)
    assert await seen(site) == site.clock.now()


async def test_last_seen_is_written_on_the_way_to_a_redirect_too(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com"))
    site.clock.advance(timedelta(minutes=6))
    answer = await visitor.get("/sign-in")
    assert answer.status == 303
    assert len(answer.cookies) == 1


async def test_who_comes_every_week_stays_signed_in_for_ninety_days_and_no_longer(
    site: Site, register: Register
):
    visitor = await site.signed_in(await register("li@example.com"))
    for _ in range(12):
        site.clock.advance(timedelta(days=7))
        assert (await visitor.get("/me/account")).status == 200
    site.clock.advance(timedelta(days=7))
    assert (await visitor.get("/me/account")).status == 303


async def owners(site: Site) -> list[int]:
    async with site.database.reading() as session:
        return list((await session.execute(select(col(SignInSession.person_id)))).scalars())


async def seen(site: Site) -> object:
    async with site.database.reading() as session:
        return (await session.execute(select(col(SignInSession.last_seen_at)))).scalar_one()

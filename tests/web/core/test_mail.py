"""Kept mail for whoever sits at this machine, failed mail for administrators."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from interviews.identity.models import Role
from interviews.outbox import Outbox
from tests.scheduler.delivery.servers import moody_server
from tests.support.accounts import Register, registrar
from tests.support.site import Site, running_site
from tests.support.waiting import until
from web import keys
from web.carriers import build_carrier, kept_mail
from web.settings import Settings

NAME = "20261123T010000Z-0000000000000000001-0123abcd"
MAIL = """From: Daigang <daigang@example.com>\r
To: Li <li@example.com>\r
Subject: Hello & <b>welcome</b>\r
Date: Mon, 23 Nov 2026 01:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=x\r
\r
--x\r
Content-Type: text/plain; charset=utf-8\r
\r
See http://daigang.example/i/abc now.\r
--x\r
Content-Type: text/html; charset=utf-8\r
\r
<p>See <a href="http://daigang.example/i/abc">it</a><script>alert(1)</script></p>\r
--x\r
Content-Type: text/calendar; charset=utf-8; method=REQUEST\r
\r
BEGIN:VCALENDAR\r
END:VCALENDAR\r
--x--\r
"""


def keep(folder: Path, name: str = NAME) -> None:
    (folder / "mail").mkdir(exist_ok=True)
    (folder / "mail" / f"{name}.eml").write_bytes(MAIL.encode())


@asynccontextmanager
async def draining(site: Site) -> AsyncIterator[None]:
    """The site's own drain at work."""
    drain = site.app[keys.DRAIN]
    async with asyncio.TaskGroup() as group:
        group.create_task(drain.run())
        try:
            yield
        finally:
            await drain.aclose(timedelta(seconds=5))


async def row(site: Site) -> Outbox:
    async with site.database.reading() as session:
        return (await session.scalars(select(Outbox))).one()


async def told(site: Site, field: str) -> object:
    """What the only row of the outbox has in a field."""
    return getattr(await row(site), field)


async def test_without_mail_the_page_says_what_makes_some(site: Site):
    page = await site.browser().get("/dev/mail")
    assert page.status == 200
    assert "No mail yet." in page.words


async def test_a_kept_mail_is_shown_with_all_its_parts(site: Site, tmp_path: Path):
    keep(tmp_path)
    visitor = site.browser()
    assert f'href="/dev/mail/{NAME}"' in (await visitor.get("/dev/mail")).text
    page = await visitor.get(f"/dev/mail/{NAME}")
    assert "Hello &amp; &lt;b&gt;welcome&lt;/b&gt;" in page.text
    assert '<a href="http://daigang.example/i/abc"' in page.text
    assert "BEGIN:VCALENDAR" in page.text
    assert "Subject: Hello" in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "<script>alert" not in page.text


async def test_the_html_of_a_mail_can_run_nothing(site: Site, tmp_path: Path):
    keep(tmp_path)
    page = await site.browser().get(f"/dev/mail/{NAME}/html")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert 'target="_blank"' in page.text


async def test_the_calendar_part_is_a_file_of_its_own(site: Site, tmp_path: Path):
    keep(tmp_path)
    part = await site.browser().get(f"/dev/mail/{NAME}/invite.ics")
    assert part.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert part.text.startswith("BEGIN:VCALENDAR")


async def test_a_mail_without_a_calendar_has_no_such_file(site: Site, tmp_path: Path):
    keep(tmp_path)
    path = tmp_path / "mail" / f"{NAME}.eml"
    path.write_bytes(path.read_bytes().replace(b"text/calendar", b"text/x-other"))
    assert (await site.browser().get(f"/dev/mail/{NAME}/invite.ics")).status == 404


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fsecret.key", NAME[:-1] + "0"])
async def test_a_mail_that_is_not_there_is_not_found(site: Site, tmp_path: Path, name: str):
    keep(tmp_path)
    for path in (f"/dev/mail/{name}", f"/dev/mail/{name}/html", f"/dev/mail/{name}/invite.ics"):
        assert (await site.browser().get(path)).status == 404


async def test_more_than_a_page_of_mail_goes_on(site: Site, tmp_path: Path):
    names = [f"20261123T0100{n:02}Z-0000000000000000001-0123abcd" for n in range(53)]
    for name in names:
        keep(tmp_path, name)
    visitor = site.browser()
    first = await visitor.get("/dev/mail")
    assert f"/dev/mail?before={names[3]}" in first.text
    last = await visitor.get(f"/dev/mail?before={names[3]}")
    assert all(f'href="/dev/mail/{name}"' in last.text for name in names[:3])
    assert "Older mail" in first.words
    assert "Older mail" not in last.words


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "0.0.0.0"},  # noqa: S104  what the test is about
        {"public_url": "http://127.0.0.1"},
        {"trusted_proxies": ["127.0.0.1"]},
        {"mail": {"host": "mx"}},
    ],
)
async def test_kept_mail_is_shown_by_a_playground_alone(
    sqlite_url: str, tmp_path: Path, settings: dict[str, object]
):
    keep(tmp_path)
    async with running_site(sqlite_url, tmp_path, **settings) as site:
        for path in ("/dev/mail", f"/dev/mail/{NAME}", f"/dev/mail/{NAME}/html"):
            assert (await site.browser().get(path)).status == 404


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded"])
async def test_kept_mail_is_not_shown_through_a_proxy(site: Site, tmp_path: Path, header: str):
    keep(tmp_path)
    through = site.browser(**{header: "for=198.51.100.1"})
    assert (await through.get(f"/dev/mail/{NAME}")).status == 404


async def test_mail_without_a_server_is_kept_and_shown(site: Site, register: Register):
    await register("li@example.com")
    async with draining(site):
        visitor = site.browser()
        await visitor.send("/sign-in/link", email="li@example.com")
        await until(kept_mail(site.app[keys.SETTINGS]).newest)
    assert "li@example.com" in (await visitor.get("/dev/mail")).text


async def test_a_refused_mail_is_listed_with_its_reason_and_sent_again_on_request(
    sqlite_url: str, tmp_path: Path
):
    async with moody_server() as server:
        server.will_say("RCPT", "550 5.1.1 no such mailbox here")
        mail = {"host": "127.0.0.1", "port": server.port, "security": "none"}
        async with running_site(sqlite_url, tmp_path, mail=mail) as site:
            register = registrar(site.database)
            await register("li@example.com", name="李伟")
            chief = await site.signed_in(
                await register("root@example.com", Role.ADMINISTRATOR, name="Root")
            )
            assert "No mail has failed." in (await chief.get("/admin/mail")).words
            async with draining(site):
                await site.browser().send("/sign-in/link", email="li@example.com")
                await until(lambda: told(site, "failed_at"))
                page = await chief.get("/admin/mail")
                assert "550 5.1.1 no such mailbox here" in page.words
                assert "李伟 li@example.com" in page.words
                mail_id = (await row(site)).id
                path = f"/admin/mail/{mail_id}/resend"
                assert (await chief.post(path, csrf=page.csrf)).target == "/admin/mail"
                await until(lambda: told(site, "sent_at"))
            assert "The mail is on its way again." in (await chief.get("/admin/mail")).words
            assert [to for _, to in server.envelopes] == [["li@example.com"]]
            again = await chief.post(path, csrf=page.csrf)
            assert again.status == 409


async def test_failed_mail_is_for_administrators(site: Site, register: Register):
    organiser = await site.signed_in(await register("org@example.com", Role.ORGANISER))
    assert (await organiser.get("/admin/mail")).status == 403
    assert (await site.browser().get("/admin/mail")).target.startswith("/sign-in?next=")


def test_the_carrier_is_the_one_that_the_settings_ask_for(tmp_path: Path):
    kept = build_carrier(Settings(data=tmp_path))
    sent = build_carrier(Settings.model_validate({"mail": {"host": "mx", "security": "tls"}}))
    assert [type(one).__name__ for one in (kept, sent)] == ["KeptMail", "SmtpCarrier"]

import re
from pathlib import Path

import pytest

from tests.support.accounts import Register, letters, registrar
from tests.support.site import Site, running_site

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "font-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def policy(text: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in text.split(";"))


@pytest.mark.parametrize("path", ["/sign-in", "/me/account", "/no-such-page", "/verify/x"])
async def test_pages_redirects_and_errors_all_carry_the_headers(site: Site, path: str):
    answer = await site.browser().get(path)
    assert policy(answer.headers["Content-Security-Policy"]) == DIRECTIVES
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self), microphone=(self)" in answer.headers["Permissions-Policy"]
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers


async def test_a_refused_form_carries_the_headers_too(site: Site):
    answer = await site.browser().post("/sign-in")
    assert answer.status == 403
    assert policy(answer.headers["Content-Security-Policy"]) == DIRECTIVES


async def test_health_and_files_say_that_their_type_is_their_type(site: Site):
    for path in ("/healthz", "/static/favicon.svg"):
        answer = await site.browser().get(path)
        assert answer.status == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_by_https_browsers_are_told_to_stay_there(sqlite_url: str, tmp_path: Path):
    settings = {"public_url": "https://jobs.example:8443"}
    async with running_site(sqlite_url, tmp_path, **settings) as site:
        answer = await site.browser(Host="jobs.example").get("/sign-in")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    sources = policy(answer.headers["Content-Security-Policy"])["connect-src"]
    assert sources == "'self' wss://jobs.example:8443"


async def test_pages_of_the_signed_in_are_kept_by_no_cache(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com"))
    assert (await visitor.get("/terms")).headers["Cache-Control"] == "no-store"
    assert (await visitor.get("/verify/x")).headers["Cache-Control"] == "no-store"
    assert (await site.browser().get("/verify/x")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-up", "/sign-in/link", "/forgotten", "/terms", "/mail-sent"]
)
async def test_no_page_holds_what_the_policy_forbids(site: Site, path: str):
    text = (await site.browser().get(path)).text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert "<style" not in text
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son\w+=", text)
    assert "javascript:" not in text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]"])
async def test_bound_to_loopback_it_answers_to_no_other_name(site: Site, host: str):
    answer = await site.browser(Host=host).get("/sign-in")
    assert answer.status in {400, 421}


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "demo.localhost"])
async def test_bound_to_loopback_it_answers_to_loopback_names(site: Site, host: str):
    assert (await site.browser(Host=host).get("/sign-in")).status == 200


async def test_behind_a_public_url_only_that_name_counts(sqlite_url: str, tmp_path: Path):
    async with running_site(sqlite_url, tmp_path, public_url="https://jobs.example") as site:
        assert (await site.browser(Host="JOBS.example:443").get("/sign-in")).status == 200
        assert (await site.browser(Host="evil.example").get("/sign-in")).status == 421


async def test_without_a_public_url_an_open_server_answers_to_any_name(
    sqlite_url: str, tmp_path: Path
):
    async with running_site(sqlite_url, tmp_path, host="0.0.0.0") as site:  # noqa: S104
        assert (await site.browser(Host="box.lan:8080").get("/sign-in")).status == 200


async def test_a_forged_host_never_gets_into_a_letter(sqlite_url: str, tmp_path: Path):
    async with running_site(sqlite_url, tmp_path, host="0.0.0.0") as site:  # noqa: S104
        await registrar(site.database)("li@example.com")
        answer = await site.browser(Host="evil.example").send(
            "/sign-in/link", email="li@example.com"
        )
        assert answer.status == 303
        (letter,) = await letters(site.database)
    assert letter["link"].startswith("http://daigang.example/sign-in/link/")

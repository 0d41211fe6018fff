from pathlib import Path

import pytest

from tests.support.accounts import PASSWORD, Register, letters
from tests.support.site import SECRETS, Site, running_site
from web.middleware.csrf import HEADER

HERE = {"Sec-Fetch-Site": "same-origin"}


async def test_a_form_without_its_proof_is_stopped_and_the_page_says_what_to_do(site: Site):
    answer = await site.browser().post("/sign-in/link", email="li@example.com")
    assert answer.status == 403
    assert "reload the page and send again; nothing was lost" in answer.text
    assert await letters(site.database) == []


@pytest.mark.parametrize("proof", ["", "nonsense", "salt.", "salt.0" * 5, "é.ü"])
async def test_an_invented_proof_is_no_proof(site: Site, proof: str):
    visitor = site.browser()
    await visitor.get("/sign-in")
    answer = await visitor.post("/sign-in/link", csrf=proof, email="li@example.com")
    assert answer.status == 403


async def test_a_proof_of_another_browser_is_no_proof(site: Site):
    page = await site.browser().get("/sign-in")
    other = site.browser()
    await other.get("/sign-in")
    assert (await other.post("/sign-in/link", csrf=page.csrf, email="a@b.example")).status == 403


async def test_a_proof_from_before_signing_in_is_no_proof_afterwards(
    site: Site, register: Register
):
    await register("li@example.com")
    visitor = site.browser()
    page = await visitor.get("/sign-in")
    await visitor.post("/sign-in", csrf=page.csrf, email="li@example.com", password=PASSWORD)
    assert (await visitor.post("/sign-out", csrf=page.csrf)).status == 403


async def test_every_page_carries_another_proof_and_all_of_them_hold(site: Site):
    visitor = site.browser()
    first, second = await visitor.get("/sign-in/link"), await visitor.get("/sign-in/link")
    assert first.csrf != second.csrf
    for page in (first, second):
        answer = await visitor.post("/sign-in/link", csrf=page.csrf, email="li@example.com")
        assert answer.status == 303


async def test_a_script_may_send_the_proof_in_a_header(site: Site):
    visitor = site.browser()
    page = await visitor.get("/sign-in")
    answer = await visitor.ask(
        "POST", "/sign-in/link", data={"email": "a@b.example"}, headers={HEADER: page.csrf}
    )
    assert answer.status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_another_site_cannot_send_a_form_even_with_a_proof(
    site: Site, headers: dict[str, str]
):
    visitor = site.browser()
    page = await visitor.get("/sign-in")
    fields = {"csrf": page.csrf, "email": "li@example.com"}
    answer = await visitor.ask("POST", "/sign-in/link", data=fields, headers=headers)
    assert answer.status == 403
    assert "Another site tried" in answer.text
    assert await letters(site.database) == []


async def test_our_own_pages_may_send_with_origin_and_fetch_metadata(site: Site):
    visitor = site.browser()
    page = await visitor.get("/sign-in")
    fields = {"csrf": page.csrf, "email": "li@example.com"}
    headers = {"Origin": str(site.base).rstrip("/"), **HERE}
    answer = await visitor.ask("POST", "/sign-in/link", data=fields, headers=headers)
    assert answer.status == 303


async def test_behind_a_public_url_its_origin_is_ours(sqlite_url: str, tmp_path: Path):
    public = "https://jobs.example"
    async with running_site(sqlite_url, tmp_path, public_url=public) as site:
        for origin, status in (
            (public, 303),
            (f"{public}:443", 303),
            ("http://jobs.example", 403),
            ("https://jobs.example:8443", 403),
            (str(site.base).rstrip("/"), 403),
        ):
            assert await posted_from(site, origin) == status, origin


async def posted_from(site: Site, origin: str) -> int:
    visitor = site.browser(Host="jobs.example")
    page = await visitor.get("/sign-in")
    number = page.headers["Set-Cookie"].split("=")[1].split(";")[0]
    answer = await visitor.ask(
        "POST",
        "/sign-in/link",
        data={"csrf": page.csrf, "email": "li@example.com"},
        headers={"Origin": origin, "Cookie": f"__Host-visitor={number}"},
    )
    return answer.status


async def test_every_form_of_every_page_carries_the_field(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com"))
    for path in ("/me/account", "/terms", "/mail-sent", "/no-such-page"):
        page = await visitor.get(path)
        assert page.text.count('<form method="post"') == page.text.count('name="csrf"') > 0, path


def test_the_key_of_the_forms_signs_nothing_else():
    names = ("csrf", "links", "notice", "grants")
    assert len({SECRETS.key(name) for name in names}) == len(names)

"""No answer, header or letter tells a stranger whether an address has an account."""

import re
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from tests.support.accounts import PASSWORD, Register
from tests.support.site import Page, Site
from web.trust import PASSWORDS

SIGN_UP = {"name": "Eve", "password": PASSWORD, "locale": "en", "zone": "UTC", "terms": "yes"}
VARYING = re.compile(r'value="[0-9a-f]{16}\.[0-9a-f]{64}"|(li|nobody|off|new)@example\.com')
CHANGING = {"date", "set-cookie", "content-length"}


def shape(page: Page) -> tuple[int, str, dict[str, str], list[str]]:
    headers = {name: text for name, text in page.headers.items() if name.lower() not in CHANGING}
    cookies = [re.sub(r"=[^;]*", "=", line, count=1) for line in page.cookies]
    return page.status, VARYING.sub("*", page.text), headers, cookies


@pytest.mark.parametrize(
    ("path", "on", "fields"),
    [
        ("/sign-in", "/sign-in", {"password": "wrong wrong wrong"}),
        ("/sign-in/link", "/sign-in/link", {}),
        ("/forgotten", "/forgotten", {}),
        ("/sign-up", "/sign-up", SIGN_UP),
    ],
)
async def test_known_and_unknown_addresses_get_the_same_answer(
    site: Site, register: Register, path: str, on: str, fields: dict[str, str]
):
    await register("li@example.com")
    await register("new@example.com", verified=False)
    shapes = [
        shape(await site.browser().send(path, on=on, email=email, **fields))
        for email in ("li@example.com", "nobody@example.com", "new@example.com")
    ]
    assert shapes[0] == shapes[1] == shapes[2]


async def test_the_same_number_of_hashes_is_made_for_known_and_unknown(
    site: Site, register: Register, monkeypatch: pytest.MonkeyPatch
):
    await register("li@example.com")
    passwords = site.app[PASSWORDS]
    counts = []
    for email in ("nobody@example.com", "li@example.com", "nobody@example.com"):
        calls = []
        hasher = passwords._hasher
        monkeypatch.setattr(type(hasher), "verify", counted(type(hasher).verify, calls))
        await site.browser().send("/sign-in", email=email, password="wrong wrong wrong")
        monkeypatch.undo()
        counts.append(len(calls))
    assert counts == [1, 1, 1]


def counted(work: Callable[[PasswordHasher, str, str], bool], calls: list[str]):
    def verify(hasher: PasswordHasher, kept: str, password: str):
        calls.append(kept)
        return work(hasher, kept, password)

    return verify

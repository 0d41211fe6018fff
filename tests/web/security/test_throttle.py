from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.accounts import PASSWORD, Register, letters
from tests.support.clock import START
from tests.support.site import Site, running_site
from web.middleware.throttle import Bucket, MemoryLimiter, Rate, TooManyAttempts

RATE = Rate(3, timedelta(seconds=10))


def test_a_bucket_allows_a_burst_and_then_one_at_a_time():
    limiter = MemoryLimiter()
    assert [limiter.take("a", RATE, now=START) for _ in range(3)] == [None] * 3
    assert limiter.take("a", RATE, now=START) == timedelta(seconds=10)
    later = START + timedelta(seconds=4)
    assert limiter.take("a", RATE, now=later) == timedelta(seconds=6)
    assert limiter.take("a", RATE, now=START + timedelta(seconds=10)) is None
    assert limiter.take("a", RATE, now=START + timedelta(seconds=10)) == timedelta(seconds=10)


def test_one_key_does_not_drain_another():
    limiter = MemoryLimiter()
    for _ in range(4):
        limiter.take("a", RATE, now=START)
    assert limiter.take("b", RATE, now=START) is None


def test_a_bucket_never_holds_more_than_its_burst_and_a_clock_that_jumps_back_fills_nothing():
    assert Bucket(0, START).filled(RATE, now=START + timedelta(days=1)).tokens == 3
    assert Bucket(1, START).filled(RATE, now=START - timedelta(days=1)).tokens == 1


def test_memory_is_bounded_and_the_oldest_bucket_is_forgotten():
    limiter = MemoryLimiter(most=2)
    for _ in range(4):
        limiter.take("a", RATE, now=START)
    limiter.take("b", RATE, now=START)
    limiter.take("c", RATE, now=START)
    assert limiter.take("a", RATE, now=START) is None


def test_the_refusal_says_when_in_seconds_and_in_minutes():
    refusal = TooManyAttempts(timedelta(seconds=61))
    assert refusal.parameters == {"retry_after": 61, "minutes": 2}
    assert "try again in 2 min" in str(refusal)


async def test_an_account_is_guessed_at_ten_times_and_then_the_page_says_when(
    site: Site, register: Register
):
    await register("li@example.com")
    visitor = site.browser()
    for _ in range(10):
        answer = await visitor.send("/sign-in", email="li@example.com", password="wrong wrong")
        assert answer.status == 403
    blocked = await visitor.send("/sign-in", email=" LI@example.com", password=PASSWORD)
    assert blocked.status == 429
    assert blocked.headers["Retry-After"] == "60"
    assert "Please try again in 1 min." in blocked.text
    site.clock.advance(timedelta(minutes=1))
    entered = await visitor.send("/sign-in", email="li@example.com", password=PASSWORD)
    assert entered.status == 303


async def test_an_account_that_does_not_exist_is_throttled_alike(site: Site):
    visitor = site.browser()
    statuses = [
        (await visitor.send("/sign-in", email="nobody@example.com", password="wrong")).status
        for _ in range(11)
    ]
    assert statuses == [403] * 10 + [429]


@pytest.mark.parametrize("path", ["/sign-in/link", "/forgotten"])
async def test_a_mailbox_gets_three_letters_and_then_one_in_five_minutes(
    site: Site, register: Register, path: str
):
    await register("li@example.com")
    visitor = site.browser()
    statuses = [(await visitor.send(path, email="li@example.com")).status for _ in range(4)]
    assert statuses == [303, 303, 303, 429]
    assert len(await letters(site.database)) == 3
    other = await visitor.send(path, email="wu@example.com")
    assert other.status == 303


async def test_the_verification_letter_is_throttled(site: Site, register: Register):
    visitor = await site.signed_in(await register("li@example.com", verified=False))
    answers = [await visitor.send("/me/account/verification", on="/me/account") for _ in range(4)]
    assert [answer.status for answer in answers] == [303, 303, 303, 429]


async def test_links_cannot_be_guessed_at_speed(site: Site):
    visitor = site.browser()
    statuses = [(await visitor.get(f"/reset/{number}")).status for number in range(61)]
    assert statuses == [410] * 60 + [429]


async def test_one_address_behind_a_trusted_proxy_does_not_block_another(
    sqlite_url: str, tmp_path: Path
):
    trusted = {"trusted_proxies": ("127.0.0.0/8",)}
    async with running_site(sqlite_url, tmp_path, **trusted) as site:
        one = site.browser(X_Forwarded_For="203.0.113.7")
        other = site.browser(X_Forwarded_For="203.0.113.8")
        for number in range(60):
            await one.get(f"/reset/{number}")
        assert (await one.get("/reset/x")).status == 429
        assert (await other.get("/reset/x")).status == 410


async def test_a_stranger_cannot_invent_addresses(site: Site):
    statuses = [
        (await site.browser(X_Forwarded_For=f"203.0.113.{number}").get("/reset/x")).status
        for number in range(61)
    ]
    assert statuses[-1] == 429

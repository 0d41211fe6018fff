"""How often one address may ask."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.endpoints.throttle import Rate, Throttle
from signaling.refusals import TooManyRequests

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
RATE = Rate(burst=3, every=timedelta(seconds=2))


def spent(throttle: Throttle, key: str, now: datetime) -> None:
    for _ in range(RATE.burst):
        throttle.take(key, now=now)


def test_after_the_burst_the_next_request_is_told_how_long_to_wait():
    throttle = Throttle(RATE)
    spent(throttle, "a", NOW)
    with pytest.raises(TooManyRequests) as caught:
        throttle.take("a", now=NOW)
    assert caught.value.wait == timedelta(seconds=2)
    throttle.take("b", now=NOW)


def test_time_earns_requests_up_to_the_burst():
    throttle = Throttle(RATE)
    spent(throttle, "a", NOW)
    throttle.take("a", now=NOW + timedelta(seconds=2))
    spent(throttle, "a", NOW + timedelta(days=1))
    with pytest.raises(TooManyRequests):
        throttle.take("a", now=NOW + timedelta(days=1))


def test_what_is_charged_is_owed_but_never_more_than_a_burst():
    throttle = Throttle(RATE)
    throttle.charge("a", 2, now=NOW)
    throttle.take("a", now=NOW)
    throttle.charge("a", 1000, now=NOW)
    with pytest.raises(TooManyRequests) as caught:
        throttle.take("a", now=NOW)
    assert caught.value.wait == timedelta(seconds=8)
    throttle.take("b", now=NOW)
    throttle.take("a", now=NOW + timedelta(seconds=8))


def test_a_clock_that_steps_back_earns_nothing():
    throttle = Throttle(RATE)
    spent(throttle, "a", NOW)
    with pytest.raises(TooManyRequests):
        throttle.take("a", now=NOW - timedelta(days=1))


def test_beyond_the_bound_the_quietest_address_is_forgotten():
    throttle = Throttle(RATE, max_keys=2)
    spent(throttle, "a", NOW)
    throttle.take("b", now=NOW)
    throttle.take("c", now=NOW)
    spent(throttle, "a", NOW)


@given(st.lists(st.integers(0, 5_000), max_size=60))
def test_no_pattern_gets_more_than_burst_and_rate_allow(gaps: list[int]):
    throttle, now, passed = Throttle(RATE), NOW, 0
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        try:
            throttle.take("a", now=now)
        except TooManyRequests:
            continue
        passed += 1
    assert passed <= RATE.burst + (now - NOW) / RATE.every

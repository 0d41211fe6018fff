"""Spreading, events, preconditions, and the plan: small parts with rules of their own."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.refusals import PreconditionMissing, PreconditionWrong
from signaling.workers.advertised import Advertised
from signaling.workers.events import Events
from signaling.workers.messages import Connected
from signaling.workers.plan import WorkerPlan, wait_before_start
from signaling.workers.preconditions import require_match
from signaling.workers.spread import at_home, ranked


@pytest.mark.parametrize(
    ("load", "here", "order"),
    [
        ({}, {}, ("a", "b", "c")),
        ({"a": 1}, {}, ("b", "c", "a")),
        ({"a": 2, "b": 1}, {"a": 1}, ("a", "c", "b")),  # a room stays together
        ({"a": 5}, {"a": 5}, ("b", "c", "a")),  # until it has enough there
        ({"a": 5, "b": 2}, {"a": 5, "b": 2}, ("b", "c", "a")),  # then it goes where it went before
        ({"a": 7, "b": 6, "c": 9}, {"c": 9}, ("c", "b", "a")),  # all have enough: no new relays
    ],
)
def test_a_session_goes_to_its_room_then_to_the_emptiest_worker(
    load: dict[str, int], here: dict[str, int], order: tuple[str, ...]
):
    assert ranked("abc", load=load, here=here, enough=5) == order


def test_a_room_prefers_its_own_worker_unless_that_has_enough_or_is_gone():
    order = ("b", "a")
    assert at_home(order, "a", load={"a": 4}, enough=5) == ("a", "b")
    assert at_home(order, "a", load={"a": 5}, enough=5) == order
    assert at_home(order, "c", load={}, enough=5) == order


async def test_every_listener_gets_every_event_in_order():
    events = Events()
    first, second = events.listen(), events.listen()
    for name in "abc":
        events.publish(Connected(session=name))
    events.leave(second)
    events.publish(Connected(session="d"))
    assert [await first.get() for _ in "abcd"] == [Connected(session=name) for name in "abcd"]
    assert [await second.get() for _ in "abc"] == [Connected(session=name) for name in "abc"]


async def test_a_full_queue_drops_the_oldest_and_counts_it():
    events = Events()
    queue = events.listen(bound=2)
    for name in "abc":
        events.publish(Connected(session=name))
    assert queue.dropped == 1
    assert await queue.get() == Connected(session="b")


@pytest.mark.parametrize("header", ['"tag"', "*", '"*"', '"old", "tag"'])
def test_w14_a_header_that_names_the_tag_or_any_matches(header: str):
    require_match(header, "tag")


@pytest.mark.parametrize("header", ["tag", 'W/"tag"', '"other"', "", '"ta', "**"])
def test_w14_any_other_header_does_not(header: str):
    with pytest.raises(PreconditionWrong):
        require_match(header, "tag")


def test_w14_no_header_is_a_missing_precondition():
    with pytest.raises(PreconditionMissing):
        require_match(None, "tag")


def test_each_worker_has_a_port_of_its_own():
    ports = {"port": 7000, "tcp_port": 7443}
    plan = WorkerPlan(
        host="::", advertise=("192.0.2.1", "2001:db8::1"), count=2, most_sessions=9, **ports
    )
    assert plan.arguments(index=1, worker="1.1", socket="/tmp/s")[-16:] == (  # noqa: S108  text
        *("--socket", "/tmp/s", "--worker", "1.1"),  # noqa: S108  text
        *("--host", "::", "--port", "7001", "--tcp-port", "7444", "--sessions", "9"),
        *("--advertise", "192.0.2.1", "--advertise", "2001:db8::1"),
    )
    outside = ("192.0.2.1:50000", "[2001:db8::1]:50000")
    told = WorkerPlan(host="::", advertise=outside).arguments(index=1, worker="w", socket="s")
    assert told[-4:] == ("--advertise", "192.0.2.1:50001", "--advertise", "[2001:db8::1]:50001")
    assert WorkerPlan(host="::").arguments(index=3, worker="w", socket="s")[-3] == "0"


@pytest.mark.parametrize("text", ["192.0.2.1", "192.0.2.1:1", "2001:db8::1", "[2001:db8::1]:65535"])
def test_an_advertised_address_is_read_as_it_is_written(text: str):
    assert str(Advertised.read(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("localhost", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:", "192.0.2.1:x", "192.0.2.1 "),
        *("[192.0.2]:5", "[2001:db8::1]", "2001:db8::1::5", ":5", "192.0.2.1:5/udp"),
    ],
)
def test_what_is_no_advertised_address_is_refused_by_name(text: str):
    with pytest.raises(ValueError, match=re.escape(text)):
        Advertised.read(text)


@given(st.integers(0, 10_000))
def test_the_wait_before_a_start_grows_up_to_a_bound(failures: int):
    wait = wait_before_start(failures)
    assert wait <= wait_before_start(failures + 1) <= timedelta(seconds=15)
    assert (wait == timedelta(0)) is (failures == 0)

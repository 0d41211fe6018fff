"""A seeded link loses, doubles, delays and queues as it was told, and twice in the same way."""

from datetime import timedelta

import pytest

from tests.net.link import HEADERS, LATE, Conditions, Link

MS = timedelta(milliseconds=1)
START = timedelta(seconds=100)


def fates(link: Link, datagrams: int, size: int = 1000) -> list[tuple[timedelta, ...]]:
    """What becomes of datagrams that come a millisecond apart."""
    return [link.departures(size, START + n * MS) for n in range(datagrams)]


def test_a_perfect_link_lets_everything_through_at_once():
    assert fates(Link("seed"), 3) == [(START,), (START + MS,), (START + 2 * MS,)]


def test_the_same_seed_loses_the_same_datagrams():
    poor = Conditions(loss=0.1, duplicate=0.1, reorder=0.1)
    assert fates(Link("7 up", poor), 500) == fates(Link("7 up", poor), 500)
    assert fates(Link("7 up", poor), 500) != fates(Link("8 up", poor), 500)


def test_changed_conditions_leave_the_later_fates_as_they_were():
    changed, steady = Link("seed"), Link("seed", Conditions(loss=0.2))
    fates(changed, 100)
    fates(steady, 100)
    changed.conditions = steady.conditions
    assert fates(changed, 100) == fates(steady, 100)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_the_share_of_losses_is_the_share_that_was_asked_for(share: float):
    link = Link("seed", Conditions(loss=share))
    fates(link, 10_000)
    assert link.lost / 10_000 == pytest.approx(share, rel=0.15)
    assert link.passed + link.lost == 10_000


def test_duplicates_come_out_twice_and_late_ones_are_overtaken():
    doubled = fates(Link("seed", Conditions(duplicate=1.0)), 2)
    assert doubled == [(START, START), (START + MS, START + MS)]
    late = fates(Link("seed", Conditions(reorder=0.5)), 100)
    assert {at[0] - START - n * MS for n, at in enumerate(late)} == {timedelta(0), LATE}


def test_a_delay_moves_all_by_the_same_time():
    link = Link("seed", Conditions(delay=300 * MS))
    assert fates(link, 2) == [(START + 300 * MS,), (START + 301 * MS,)]


def test_a_rate_spaces_datagrams_and_drops_what_would_wait_longer_than_the_queue():
    size = 1250 - HEADERS  # 10 ms at a megabit per second
    link = Link("seed", Conditions(rate=1_000_000, queue=100 * MS))
    out = [link.departures(size, START) for _ in range(30)]
    assert out[:3] == [(START + 10 * MS,), (START + 20 * MS,), (START + 30 * MS,)]
    assert (link.passed, link.overflowed) == (11, 19)
    link.conditions = Conditions(rate=10_000_000)
    assert link.departures(size, START + 200 * MS) == (START + 201 * MS,)

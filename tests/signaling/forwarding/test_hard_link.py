"""Links that lose, delay, narrow, pause or wobble: the sound stays, the picture goes as it must."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.net.link import Conditions
from tests.signaling.forwarding.hard_link import MS, SECOND, TICK, HardLink, Radio

pytestmark = pytest.mark.unwatched
FAR = 300 * MS
WIDE = Conditions(loss=0.1, delay=FAR, rate=5_000_000)
NARROW = Conditions(loss=0.1, delay=FAR, rate=500_000)
BACK = Conditions(loss=0.1)
CLEAN = Conditions()
NOTHING = Conditions(loss=1.0)
ONLY_SOUND = Conditions(rate=80_000)
ONLY_THE_SMALLEST = Conditions(rate=300_000)
PROMPT = 10 * SECOND
FREEZE = 2 * SECOND


def longest(moments: Iterable[timedelta]) -> timedelta:
    return max(b - a for a, b in pairwise(moments))


def pictures(link: HardLink, since: timedelta, until: timedelta) -> list[str]:
    """The layers of what was shown, in order."""
    return [rid for at, rid in link.picture.shown if since < at <= until]


def first(link: HardLink, since: timedelta, layers: str) -> timedelta:
    """How long after a moment one of these layers was shown."""
    return next(at for at, rid in link.picture.shown if at > since and rid in layers) - since


@pytest.mark.parametrize("seed", range(4))
def test_a_hard_link_keeps_its_sound_and_moves_its_picture_down_and_up_again(seed: int):
    link = HardLink(seed)
    link.run(12, WIDE, BACK)
    fell_at = link.run(10, NARROW, BACK)
    rose_at = link.run(12, WIDE, BACK)
    started_at = link.picture.shown[0][0]
    assert longest([*(at for at, _ in link.picture.shown), link.now]) < FREEZE
    assert longest([*(at for at in link.sound if at > started_at), link.now]) < SECOND
    assert pictures(link, started_at, fell_at)[-1] == "f"
    assert first(link, fell_at, "qh") < PROMPT
    low = pictures(link, fell_at, rose_at)[-1]
    assert low != "f"
    assert first(link, rose_at, "hf" if low == "q" else "f") < PROMPT


def test_a_link_that_is_far_away_and_loses_a_tenth_gets_the_whole_picture():
    link = HardLink(0)
    since = link.run(8, WIDE, BACK) + 8 * SECOND
    link.run(20, WIDE, BACK)
    assert set(pictures(link, since, link.now)) == {"f"}
    assert longest(at for at, _ in link.picture.shown if at > since) < SECOND


@pytest.mark.parametrize("seconds", [1, 3])
def test_when_an_outage_is_over_all_is_well(seconds: float):
    link = HardLink(0)
    link.run(8, CLEAN, CLEAN)
    began_at = link.run(seconds, NOTHING, NOTHING)
    over_at = link.run(6, CLEAN, CLEAN)
    assert set(pictures(link, began_at, link.now)) == {"f"}
    assert longest([over_at, *(at for at, _ in link.picture.shown if at > over_at)]) < SECOND


@pytest.mark.parametrize(
    "radio", [Radio(jitter=40 * MS), Radio(every=3100 * MS, hold=250 * MS)], ids=["jitter", "holds"]
)
def test_a_link_that_wobbles_is_no_full_link(radio: Radio):
    link = HardLink(0, radio)
    since = link.run(8, CLEAN, CLEAN) + 8 * SECOND
    link.run(15, CLEAN, CLEAN)
    assert set(pictures(link, since, link.now)) == {"f"}


def test_the_smallest_picture_stays_where_it_fits():
    link = HardLink(0)
    link.run(8, CLEAN, CLEAN)
    fell_at = link.run(20, ONLY_THE_SMALLEST, CLEAN)
    assert first(link, fell_at, "q") < FREEZE
    assert longest([*(at for at, _ in link.picture.shown if at > fell_at), link.now]) < FREEZE


def test_looking_for_room_on_a_link_that_carries_only_sound_costs_no_sound():
    link = HardLink(0)
    link.run(8, CLEAN, CLEAN)
    fell_at = link.run(6, ONLY_SOUND, CLEAN)
    paused_at = link.run(10, ONLY_SOUND, CLEAN)
    rose_at = link.run(12, CLEAN, CLEAN)
    assert longest(at for at in link.sound if at > fell_at) < SECOND
    assert pictures(link, paused_at, rose_at) == []
    heard = [at for at in link.sound if paused_at < at <= rose_at]
    assert len(heard) * TICK >= 0.97 * (rose_at - paused_at)
    assert first(link, rose_at, "qhf") < PROMPT

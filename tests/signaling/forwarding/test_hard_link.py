"""A link that loses a tenth, takes 300 ms, and falls from 5 to 0.5 Mbit/s and comes back."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.net.link import Conditions
from tests.signaling.forwarding.hard_link import MS, SECOND, TICK, HardLink

FAR = 300 * MS
WIDE = Conditions(loss=0.1, delay=FAR, rate=5_000_000)
NARROW = Conditions(loss=0.1, delay=FAR, rate=500_000)
BACK = Conditions(loss=0.1)
CLEAN = Conditions()
ONLY_SOUND = Conditions(rate=80_000)
PROMPT = 10 * SECOND


def longest(moments: list[timedelta]) -> timedelta:
    return max(b - a for a, b in pairwise(moments))


@pytest.mark.parametrize(("seed", "middle"), [(0, 3700), (1, 3700), (2, 3700), (4, 3100)])
def test_a_hard_link_keeps_its_sound_and_moves_its_picture_down_and_up_again(
    seed: int, middle: int
):
    link = HardLink(seed, middle)
    link.run(12, WIDE, BACK)
    fell_at = link.run(10, NARROW, BACK)
    rose_at = link.run(11, WIDE, BACK)
    shown = link.picture.shown
    started_at = shown[0][0]
    assert longest([at for at, _ in shown] + [link.now]) < 2 * SECOND
    assert longest([at for at in link.sound if at > started_at] + [link.now]) < SECOND
    before = [rid for at, rid in shown if at < fell_at]
    assert before[-1] == "f"
    down = [at for at, rid in shown if at > fell_at and rid != "f"]
    assert down[0] - fell_at < PROMPT
    assert [rid for at, rid in shown if at < rose_at][-1] == "q"
    up = [at for at, rid in shown if at > rose_at and rid != "q"]
    assert up[0] - rose_at < PROMPT


def test_looking_for_room_on_a_link_that_carries_only_sound_costs_no_sound():
    link = HardLink(0)
    link.run(8, CLEAN, CLEAN)
    link.run(4, ONLY_SOUND, CLEAN)
    paused_at = link.run(10, ONLY_SOUND, CLEAN)
    rose_at = link.run(10, CLEAN, CLEAN)
    assert not [at for at, _ in link.picture.shown if paused_at < at <= rose_at]
    heard = [at for at in link.sound if paused_at < at <= rose_at]
    assert len(heard) * TICK >= 0.99 * (rose_at - paused_at)
    assert next(at for at, _ in link.picture.shown if at > rose_at) - rose_at < PROMPT
    assert link.picture.shown[-1][1] == "f"

"""A link that loses a tenth, takes 300 ms, and falls from 5 to 0.5 Mbit/s and comes back."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.net.link import Conditions
from tests.signaling.forwarding.hard_link import MS, SECOND, HardLink

FAR = 300 * MS
WIDE = Conditions(loss=0.1, delay=FAR, rate=5_000_000)
NARROW = Conditions(loss=0.1, delay=FAR, rate=500_000)
BACK = Conditions(loss=0.1)
PROMPT = 10 * SECOND


def longest(moments: list[timedelta]) -> timedelta:
    return max(b - a for a, b in pairwise(moments))


@pytest.mark.unwatched
@pytest.mark.parametrize("seed", range(3))
def test_a_hard_link_keeps_its_sound_and_moves_its_picture_down_and_up_again(seed: int):
    link = HardLink(seed)
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

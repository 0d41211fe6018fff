"""What join.py calls the time to a picture: from the POST to the last packet of a key frame."""

from argparse import Namespace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from benchmarks.media.crowd import Tally
from benchmarks.media.joining import Forwarding, Joins, Spent

SECOND = 1_000_000_000  # nanoseconds


def heard(*packets: tuple[int, int, int]) -> Tally:
    """Viewer, number of the packet, nanoseconds that it took."""
    tally = Tally()
    tally.members, tally.numbers, tally.delays = (
        [np.array(column)] for column in zip(*packets, strict=True)
    )
    return tally


def test_e08_a_picture_is_there_when_the_first_whole_key_frame_is() -> None:
    publisher = SimpleNamespace(
        times=np.array([10, 11, 12, 13, 14]) * SECOND,
        frames=np.array([1, 1, 0, 2, 2]),  # two key frames of two packets, one packet between
        sent=5,
    )
    tally = heard(
        *((1, number, 50_000_000) for number in range(5)),
        *((2, number, 80_000_000) for number in range(1, 5)),  # the first key frame is not whole
        (3, 4, 0),  # never a whole one
    )
    joins = Joins(Namespace(), crowd=cast("Any", SimpleNamespace(publisher=publisher, tally=tally)))
    joins.began_at = {1: 10.95, 2: 13.9, 3: 13.0}
    assert np.allclose(joins._waits(range(1, 4)), [100, 180])


def test_what_forwarding_costs_is_told_by_few_viewers_and_by_many() -> None:
    few = Spent(all=0.3, worker=100 * 0.001 + 800 * 0.00001, sent=100, delivered=800)
    many = Spent(all=0.9, worker=120 * 0.001 + 24_000 * 0.00001, sent=120, delivered=24_000)
    found = Forwarding.of(few, many)
    assert np.allclose((found.coming, found.leaving), (0.001, 0.00001))
    while_joining = many - few
    assert np.isclose(found.cost(while_joining), while_joining.worker)

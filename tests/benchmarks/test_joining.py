"""What join.py calls the time to a picture: from the POST to the last packet of a key frame."""

from argparse import Namespace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from benchmarks.media.crowd import Tally
from benchmarks.media.joining import Joins

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
    assert np.allclose(joins._waits(), [100, 180])

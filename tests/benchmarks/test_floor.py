"""How late a perfect server would be: worked out by hand for bursts that are easy to follow."""

import pytest

from benchmarks.media.floor import delays, most_use, perfect
from benchmarks.media.replay import Packet


def burst(*arrivals: int) -> list[Packet]:
    return [
        Packet(at, "video", 1000, marker=True, key=False, head=b"", timestamp=0) for at in arrivals
    ]


def test_of_two_packets_at_once_the_second_waits_for_the_first() -> None:
    # two packets each 100 ms and half the time in use: 25 ms of work for each
    assert delays([0, 0], 100_000, 0.5, copies=5) == pytest.approx(
        [5, 10, 15, 20, 25, 30, 35, 40, 45, 50]
    )


def test_who_comes_while_another_is_served_waits_for_the_rest_of_it() -> None:
    assert delays([0, 20_000, 60_000], 120_000, 0.75, copies=1) == pytest.approx([30, 40, 30])


def test_what_waits_at_the_end_of_a_replay_holds_up_its_beginning() -> None:
    assert delays([0, 90_000], 100_000, 0.8, copies=1) == pytest.approx([70, 40])


def test_percentiles_are_of_all_copies_in_milliseconds() -> None:
    # the replay begins anew a frame after its last packet: 4 ms of work for each of the ten
    packets = burst(*[0] * 9, 6667)
    assert perfect(packets, 1.0) == {"p50": 20.0, "p99": 35.6}


def test_the_highest_use_at_which_even_the_latest_are_in_time() -> None:
    # ten at once in 33.333 ms: the last one leaves after the whole use of that time
    assert most_use(burst(*[0] * 10), 10.0) == pytest.approx(0.302, abs=0.002)
    assert most_use(burst(*[0] * 10), 0.001) == 0

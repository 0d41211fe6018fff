"""Packets of one stream get into order, and what never comes is given up."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from signaling.outputs.packets import MediaPacket
from signaling.outputs.reorder import MOST_WAITING, PATIENCE, Reorder

START = timedelta(hours=1)
STEP = timedelta(milliseconds=20)


def packet(number: int, at: timedelta = START) -> MediaPacket:
    return MediaPacket("out", "0", "opus", at, number, 1, number * 960, False, b"x")


def numbers(reorder: Reorder, *arriving: int) -> list[int]:
    return [o.packet.number for n in arriving for o in reorder.push(packet(n))]


def test_a_late_packet_is_waited_for():
    reorder = Reorder()
    assert numbers(reorder, 7, 9, 10, 8, 11) == [7, 8, 9, 10, 11]
    assert reorder.lost == 0


def test_after_a_while_the_missing_are_given_up_and_the_next_says_so():
    reorder = Reorder()
    assert numbers(reorder, 7, 10, 11) == [7]
    assert list(reorder.tick(START + PATIENCE)) == []
    given = list(reorder.tick(START + PATIENCE + STEP))
    assert [(o.packet.number, o.after_gap) for o in given] == [(10, True), (11, False)]
    assert reorder.lost == 2
    assert numbers(reorder, 8) == []
    assert reorder.late == 1


def test_a_packet_that_came_twice_is_given_once():
    reorder = Reorder()
    assert numbers(reorder, 1, 1, 3, 3, 2) == [1, 2, 3]
    assert reorder.late == 1  # the second packet 1


def test_a_hole_that_grows_without_end_is_given_up():
    reorder = Reorder()
    given = numbers(reorder, 0, *range(2, 2 + MOST_WAITING + 1))
    assert given == [0, *range(2, 2 + MOST_WAITING + 1)]


def test_at_the_end_everything_is_given():
    reorder = Reorder()
    assert numbers(reorder, 1, 3, 6) == [1]
    assert [(o.packet.number, o.after_gap) for o in reorder.flush()] == [(3, True), (6, True)]


@given(st.permutations(range(12)), st.sets(st.integers(1, 11)))
def test_any_order_with_any_loss_comes_out_ascending(order: list[int], missing: set[int]):
    reorder = Reorder()
    arriving = [0, *(n for n in order if n not in missing and n)]
    given = [*numbers(reorder, *arriving), *(o.packet.number for o in reorder.flush())]
    assert given == sorted(arriving)
    assert reorder.lost == len(missing - {n for n in missing if n > max(arriving)})

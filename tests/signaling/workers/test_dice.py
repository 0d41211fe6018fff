"""Random numbers: within their limit, all of it, and none twice."""

from signaling.workers.dice import FETCHED, WIDTH, Dice

MANY = 3 * FETCHED // WIDTH + 1


def test_numbers_stay_below_their_limit_and_reach_all_of_it() -> None:
    dice = Dice()
    assert {dice.below(6) for _ in range(MANY)} == set(range(6))
    assert {dice.below(1) for _ in range(9)} == {0}


def test_no_bytes_are_handed_out_twice() -> None:
    first, second = Dice(), Dice()
    drawn = [dice.below(1 << 63) for dice in (first, second) for _ in range(MANY)]
    assert len(set(drawn)) == len(drawn)

"""Sequence numbers: unwrapping, and the gapless map with its way back."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.sequence import MOST_BREAKS, MOST_SPARES, SequenceMap, Unwrapper, nearest

FIRST = 65536 + 100


@given(st.integers(0, 65535), st.lists(st.integers(-300, 3000), max_size=300))
def test_unwrapped_numbers_keep_the_distances(start: int, steps: list[int]) -> None:
    unwrapper = Unwrapper()
    number = highest = unwrapper.unwrap(start)
    for step in steps:
        number = highest + step
        assert unwrapper.unwrap(number & 0xFFFF) == number
        highest = max(highest, number)


def test_the_nearest_number_is_found_over_the_wrap() -> None:
    assert nearest(2, 65536 * 3 - 1) == 65536 * 3 + 2
    assert nearest(65535, 65536 * 3) == 65536 * 3 - 1


def test_dropped_numbers_leave_no_gap() -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(1000)
    assert [numbers.map(n) for n in (1000, 1001)] == [FIRST, FIRST + 1]
    assert numbers.drop(1002) is None
    assert numbers.drop(1003) is None
    assert numbers.map(1004) == FIRST + 2


def test_a_late_packet_is_forwarded_with_its_old_number() -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(1000)
    numbers.map(1000)
    numbers.map(1002)  # 1001 is late
    numbers.drop(1003)
    numbers.map(1004)
    assert numbers.map(1001) == FIRST + 1


def test_a_number_that_is_promised_already_is_given_to_a_late_drop() -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(1000)
    numbers.map(1000)
    numbers.map(1002)
    assert numbers.drop(1001) == FIRST + 1


def test_packets_before_the_start_have_no_number() -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(1000)
    assert numbers.map(999) is None


def test_a_new_source_continues_after_the_last_number() -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(1000)
    numbers.map(1003)
    numbers.enter(50000)
    assert numbers.map(50000) == FIRST + 4


@given(st.lists(st.sampled_from(["send", "drop", "lose", "insert"]), max_size=400))
def test_numbers_are_gapless_but_for_what_was_lost(steps: list[str]) -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(1000)
    expected = FIRST
    for sequence, step in enumerate(steps, 1000):
        if step == "insert":
            assert numbers.insert(sequence) == expected
            expected += 1
        if step in {"send", "insert"}:
            assert numbers.map(sequence) == expected
        if step == "drop":
            assert numbers.drop(sequence) is None
        else:
            expected += 1
    assert numbers.map(1000 + len(steps)) == expected


def test_nothing_is_inserted_before_a_packet_that_was_overtaken() -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(1000)
    numbers.map(1002)
    assert numbers.insert(1001) is None


def test_the_remembered_drops_are_bounded() -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(0)
    for sequence in range(1, 3 * MOST_BREAKS):
        numbers.drop(sequence)
    assert numbers.map(3 * MOST_BREAKS) == FIRST + 1
    assert numbers.map(1) is None
    assert len(numbers._starts) <= MOST_BREAKS
    assert len(numbers._dropped) <= MOST_BREAKS


def spared() -> SequenceMap:
    """1001 to 1003 are missing, and one number more is kept for them."""
    numbers = SequenceMap(FIRST)
    numbers.enter(1000)
    numbers.map(1000)
    assert numbers.missing_before(1004) == 3
    numbers.spare(1004, frame=7)
    assert numbers.map(1004) == FIRST + 5
    return numbers


@given(st.permutations(range(1001, 1004)), st.integers(1001, 1003))
def test_a_spared_number_is_found_before_any_packet_of_the_gap(turns: list[int], at: int) -> None:
    numbers, inserted = spared(), None
    for sequence in turns:
        if sequence == at:
            inserted = numbers.insert(sequence)
        else:
            assert numbers.settle(sequence, frame=7 if sequence < at else 8) is None
        numbers.map(sequence)
    assert inserted == FIRST + at - 1000
    expected = [FIRST + n - 1000 + (n >= at) for n in range(1000, 1005)]
    assert [numbers.map(number) for number in range(1000, 1005)] == expected


@given(st.permutations(range(1001, 1004)), st.integers(1001, 1004))
def test_a_spared_number_that_nothing_needs_is_given_back(turns: list[int], at: int) -> None:
    numbers = spared()
    found = [numbers.settle(number, frame=7 if number < at else 8) for number in turns]
    assert [number for number in found if number is not None] == [FIRST + at - 1000]
    assert numbers.settle(turns[0], frame=8) is None
    assert numbers.insert(turns[0]) is None


def test_spared_numbers_are_bounded_and_forgotten_with_the_drops() -> None:
    numbers = SequenceMap(FIRST)
    numbers.enter(0)
    for gap in range(1, 3 * MOST_SPARES):
        numbers.spare(2 * gap, frame=gap)
        numbers.map(2 * gap)
    assert numbers.insert(1) is None
    assert len(numbers._spares) == MOST_SPARES
    for sequence in range(6 * MOST_SPARES, 6 * MOST_SPARES + MOST_BREAKS):
        numbers.drop(sequence)
    assert not numbers._spares

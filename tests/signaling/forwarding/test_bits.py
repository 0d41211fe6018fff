"""Numbers in an H.264 unit's bits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.bits import Bits, EndOfBits
from signaling.forwarding.h264 import size_of
from tests.signaling.forwarding.h264_units import packed, se, ue


@given(st.lists(st.integers(0, 2**32 - 2)), st.lists(st.integers(-(2**31) + 1, 2**31 - 1)))
def test_numbers_read_as_they_were_written(unsigned: list[int], signed: list[int]) -> None:
    bits = Bits(packed("".join(map(ue, unsigned)) + "".join(map(se, signed))))
    assert [bits.unsigned() for _ in unsigned] == unsigned
    assert [bits.signed() for _ in signed] == signed


def test_bits_come_from_the_highest_on() -> None:
    bits = Bits(b"\xa5\xf0")
    assert [bits.flag(), bits.bits(3), bits.bits(8), bits.bits(0)] == [True, 2, 0x5F, 0]


def test_emulation_prevention_is_no_part_of_the_numbers() -> None:
    assert Bits(b"\x00\x00\x03\x01\x00\x00\x03\x00").bits(48) == 0x000001000000


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01", bytes(40)])
def test_a_number_that_does_not_end_is_refused(data: bytes) -> None:
    with pytest.raises(EndOfBits):
        Bits(data).unsigned()


def high(*, chroma: int, lists: str, order: str) -> bytes:
    """A High 4:4:4 SPS of 64x32 with the given matrices and picture order count."""
    depth = ue(0) + ue(0) + "0"
    separate = "1" if chroma == 3 else ""
    tail = ue(1) + "0" + ue(3) + ue(1) + "1" + "1" + "1" + ue(1) + ue(2) + ue(3) + ue(4)
    bits = ue(0) + ue(chroma) + separate + depth + lists + ue(0) + order + tail
    return b"\x67\xf4\x00\x1e" + packed(bits)


FLAT, ENDED = "1" + se(1) * 16, "1" + se(-8)  # a whole 4x4 list; one that repeats at once


@pytest.mark.parametrize("order", [ue(0) + ue(4), ue(1) + "0" + se(-3) + se(5) + ue(2) + se(1) * 2])
@pytest.mark.parametrize(
    ("chroma", "lists", "size"),
    [
        (1, "0", (58, 18)),
        (1, "1" + FLAT + ENDED + "0" * 6, (58, 18)),
        (3, "1" + FLAT + ENDED + "0" * 9 + "1" + se(2) * 64, (61, 25)),
    ],
)
def test_matrices_and_orders_are_skipped(
    chroma: int, lists: str, order: str, size: tuple[int, int]
) -> None:
    assert size_of(high(chroma=chroma, lists=lists, order=order)) == size


def test_impossible_counts_are_refused() -> None:
    assert size_of(high(chroma=4, lists="0", order=ue(0) + ue(4))) is None
    endless = ue(1) + "0" + se(0) + se(0) + ue(256) + se(0) * 256
    assert size_of(high(chroma=1, lists="0", order=endless)) is None

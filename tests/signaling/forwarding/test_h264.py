"""What an H.264 payload carries: units, key pictures, sets that are missing, sizes, B slices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding import h264
from signaling.forwarding.h264 import MOST_UNITS, SPS, ParameterSets
from tests.signaling.forwarding.h264_units import fragments, pps, slice_of, sps, stap
from tests.signaling.forwarding.packets import H264, Stage, rtp

IDR = slice_of(5, 7)
DELTA = slice_of(1, 5)
AUD = b"\x09\x10"
# from libx264, in the order of the test below
X264 = {
    "6742c01eda0280f684000003000400000300f03c58ba80": (640, 480),  # Baseline
    "6764001facd9405005ba10000003001000000303c0f1831960": (1280, 720),  # High
    "6742c028da01e0089f9610000003001000000303c0f1832a": (1920, 1080),  # cropped
    "674d4028f403c0227ee10000030001000003003c1f162ea0": (1920, 1080),  # Main, interlaced
    "677a001ebcb405217f113c20000003002000000781e2c5d4": (642, 362),  # High 4:2:2
    "67f4001e919680a42fe1088840000003004000000f03c58ba8": (641, 361),  # High 4:4:4
    "6764000df2d02833f1b080000003008000001e078a1550": (320, 180),  # gray
    "67640015acd941b1fe4e10000003001000000303c0f162d960": (426, 240),  # scaling matrices
    "6742c00b25a0b13a10000003001000000303c0f142aa": (176, 144),  # with id 3
}


def test_a_single_unit_is_its_own_payload() -> None:
    assert list(h264.units(IDR)) == [IDR]
    assert h264.kinds(IDR) == (5,)


def test_the_units_of_an_aggregate_are_listed() -> None:
    payload = stap([sps(), pps(), IDR])
    assert list(h264.units(payload)) == [sps(), pps(), IDR]
    assert h264.kinds(payload) == (7, 8, 5)


def test_what_an_aggregate_has_not_is_left_out() -> None:
    payload = stap([sps(), b"", pps(), IDR])
    assert list(h264.units(payload[:-1])) == [sps(), pps()]
    assert h264.kinds(payload[:-1]) == (7, 8)
    assert h264.kinds(b"\x78\x00") == ()


def test_of_an_aggregate_of_hundreds_only_the_first_units_are_read() -> None:
    many = h264.units(stap([bytes((SPS, number)) for number in range(200)]))
    assert [unit[1] for unit in many] == list(range(MOST_UNITS))


def test_an_aggregate_of_more_units_than_are_read_goes_on_whole_and_is_no_dropped_one() -> None:
    stage = Stage()
    key = stap([sps(), pps(), *(slice_of(5, 7, first=number) for number in range(2 * MOST_UNITS))])
    stage.send(rtp(1, key, payload_type=H264.payload_type, marker=True))
    assert [seen.payload for seen in stage.take()] == [key]
    assert not stage.core.drops.total()


def test_only_the_first_fragment_begins_a_unit() -> None:
    first, *others = fragments(IDR)
    assert list(h264.units(first)) == [IDR[:7]]
    assert h264.kinds(first) == (5,)
    assert others
    assert [list(h264.units(other)) for other in others] == [[]] * len(others)


@pytest.mark.parametrize("payload", [b"", b"\x7c", b"\x78"])
def test_a_payload_may_begin_nothing(payload: bytes) -> None:
    assert list(h264.units(payload)) == []
    assert h264.kinds(payload) == ()
    assert not h264.starts_idr(payload)


@pytest.mark.parametrize("payload", [IDR, fragments(IDR)[0], stap([AUD, IDR])])
def test_an_idr_is_seen_in_every_packaging(payload: bytes) -> None:
    assert h264.starts_idr(payload)


@pytest.mark.parametrize("payload", [DELTA, fragments(IDR)[1], stap([sps(), pps()]), sps()])
def test_other_payloads_start_no_idr(payload: bytes) -> None:
    assert not h264.starts_idr(payload)


def known(*payloads: bytes) -> ParameterSets:
    sets = ParameterSets()
    for payload in payloads:
        sets.seen(payload)
    return sets


@pytest.mark.parametrize("seen", [(sps(), pps()), (stap([AUD, sps(), pps()]),)])
@pytest.mark.parametrize("payload", [IDR, fragments(IDR)[0], stap([AUD, IDR]), stap([pps(), IDR])])
def test_an_idr_without_sets_gets_them(seen: tuple[bytes, ...], payload: bytes) -> None:
    assert known(*seen).insertion(payload, has_sets_in_frame=False) == stap([sps(), pps()])


@pytest.mark.parametrize(
    "payload", [DELTA, sps(), stap([sps(), pps(), IDR]), fragments(IDR)[1], b"", b"\x7c\x85"]
)
def test_other_payloads_get_none(payload: bytes) -> None:
    assert known(sps(), pps()).insertion(payload, has_sets_in_frame=False) is None


def test_a_frame_that_brought_its_sets_gets_none() -> None:
    assert known(sps(), pps()).insertion(IDR, has_sets_in_frame=True) is None


@pytest.mark.parametrize("seen", [(), (sps(),), (pps(),), (sps(1), pps()), (sps(), pps(1))])
def test_sets_that_the_slice_does_not_name_are_no_help(seen: tuple[bytes, ...]) -> None:
    assert known(*seen).insertion(IDR, has_sets_in_frame=False) is None


def test_the_newest_set_of_an_id_is_the_one_inserted() -> None:
    sets = known(sps(width=10), pps(), sps(width=20), pps(tail=2))
    assert sets.insertion(IDR, has_sets_in_frame=False) == stap([sps(width=20), pps(tail=2)])


def test_only_the_sets_of_the_named_picture_are_inserted() -> None:
    sets = known(sps(0), sps(1), pps(0, of=0), pps(1, of=1), pps(2, of=1))
    payload = slice_of(5, 7, picture=2)
    expected = stap([sps(1), pps(1, of=1), pps(2, of=1)])
    assert sets.insertion(payload, has_sets_in_frame=False) == expected


def test_fragmented_and_cut_sets_are_not_remembered() -> None:
    assert known(*fragments(sps()), b"\x67\x42\xc0\x1e", b"\x68", b"\x68\x00").size == 1


@given(
    st.lists(
        st.builds(sps, st.integers(0, 40), tail=st.integers(0, 1200))
        | st.builds(pps, st.integers(0, 300), st.integers(0, 40), tail=st.integers(0, 1200))
    )
)
def test_what_is_remembered_stays_small(units: list[bytes]) -> None:
    sets = ParameterSets()
    for unit in units:
        sets.seen(unit)
        assert sets.size <= 1000
    assert len(sets._sps) <= 4
    assert len(sets._pps) <= 16


def test_many_small_sets_are_bounded_by_number() -> None:
    sets = known(*(sps(number) for number in range(9)), *(pps(number) for number in range(40)))
    assert list(sets._sps) == [5, 6, 7, 8]
    assert list(sets._pps) == list(range(24, 40))


def test_a_set_that_fits_no_datagram_replaces_nothing_but_itself() -> None:
    sets = known(sps(), pps(), sps(tail=1000))
    assert sets.insertion(IDR, has_sets_in_frame=False) is None
    sets.seen(sps())
    assert sets.insertion(IDR, has_sets_in_frame=False) == stap([sps(), pps()])


@pytest.mark.parametrize(("unit", "size"), X264.items())
def test_the_size_of_real_pictures_is_read(unit: str, size: tuple[int, int]) -> None:
    assert h264.size_of(bytes.fromhex(unit)) == size


@given(st.integers(1, 1024), st.integers(1, 1024))
def test_any_size_of_macroblocks_is_read(width: int, height: int) -> None:
    assert h264.size_of(sps(width=width, height=height)) == (16 * width, 16 * height)


@pytest.mark.parametrize("unit", X264)
def test_a_cut_set_names_no_size_or_the_same(unit: str) -> None:
    whole = bytes.fromhex(unit)
    sizes = [h264.size_of(whole[:length]) for length in range(len(whole))]
    assert set(sizes) <= {None, X264[unit]}
    assert sizes[5] is None


@pytest.mark.parametrize(
    "unit",
    [
        b"",
        pps(),
        sps(width=2000),  # 32000 pixels
        bytes.fromhex("6742c028") + b"\x00" * 40,  # an endless Exp-Golomb prefix
    ],
)
def test_a_strange_set_names_no_size(unit: bytes) -> None:
    assert h264.size_of(unit) is None


@pytest.mark.parametrize("kind", [1, 2, 5])
@pytest.mark.parametrize("slice_type", range(10))
def test_b_slices_are_told_from_others(kind: int, slice_type: int) -> None:
    unit = slice_of(kind, slice_type, first=99)
    expected = slice_type in {1, 6}
    assert h264.has_b_slices(unit) is expected
    assert h264.has_b_slices(fragments(unit)[0]) is expected
    assert h264.has_b_slices(stap([AUD, unit])) is expected


def test_what_is_no_slice_is_no_b_slice() -> None:
    b_slice = slice_of(1, 6)
    others = [AUD, sps(), b"", b"\x41", b"\x06" + b_slice[1:], *fragments(b_slice)[1:]]
    assert not any(map(h264.has_b_slices, others))


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x67", b"\x68", b"\x65", b"\x78", b"\x7c"]))
def test_any_payload_has_an_answer(rest: bytes, first: bytes) -> None:
    payload = first + rest
    sets = known(sps(), pps(), payload)
    sets.insertion(payload, has_sets_in_frame=False)
    h264.size_of(payload)
    h264.has_b_slices(payload)
    assert h264.kinds(payload) == tuple(unit[0] & 0x1F for unit in h264.units(payload))

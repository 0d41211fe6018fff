"""A key picture of H.264 whose packets come in any order has its parameter sets before it."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from signaling.forwarding.actions import Tapped
from signaling.forwarding.sequence import Unwrapper
from tests.signaling.forwarding.h264_units import fragments, pps, slice_of, sps, stap
from tests.signaling.forwarding.packets import H264, VIDEO_UP, Seen, Stage, rtp, video_down

FRAME = 3000
SETS, OTHERS = (sps(), pps()), (sps(width=20, height=15), pps())
KEY = fragments(slice_of(5, 7))
FIRST, SECOND = KEY
DELTA, TAIL = fragments(slice_of(1, 5))


def packet(number: int, payload: bytes, frame: int) -> bytes:
    return rtp(number, payload, payload_type=102, timestamp=frame * FRAME)


def begun(*units: bytes) -> Stage:
    """A stage whose viewer has had a key picture with these sets, and that of another who waits."""
    stage = Stage(replace(VIDEO_UP, codecs=(H264,)), video_down())
    for number, payload in enumerate((*units, *KEY)):
        stage.send(packet(100 + number, payload, 0))
    stage.tick(timedelta(seconds=2))
    stage.watch("late", video_down(1))
    return stage


def heard(stage: Stage) -> tuple[list[bytes], list[bytes]]:
    """What both viewers got since the last time, by number."""
    actions = stage.actions
    known = in_order(stage.take())
    stage.actions = actions
    return known, in_order(stage.take("late"))


def in_order(seen: list[Seen]) -> list[bytes]:
    """The payloads by number, an empty one where there is none."""
    unwrapper = Unwrapper()
    found = {unwrapper.unwrap(packet.header.sequence): packet.payload for packet in seen}
    assert len(found) == len(seen)
    numbers = range(min(found, default=0), max(found, default=-1) + 1)
    return [found.get(number, b"") for number in numbers]


@pytest.mark.parametrize("turns", list(permutations(range(5))))
def test_a_bare_key_picture_gets_them_in_whatever_order_it_comes(turns: tuple[int, ...]) -> None:
    sent = [(TAIL, 1), (FIRST, 2), (SECOND, 2), (DELTA, 3), (TAIL, 3)]
    stage = begun(*SETS)
    stage.send(packet(104, DELTA, 1))
    stage.take()
    for turn in turns:
        stage.send(packet(105 + turn, *sent[turn]))
        stage.tick(timedelta(milliseconds=1))
    known, joined = heard(stage)
    assert [p for p in known if p] == [TAIL, stap(SETS), FIRST, SECOND, DELTA, TAIL]
    assert [p for p in joined if p] == [stap(SETS), FIRST, SECOND, DELTA, TAIL]


@pytest.mark.parametrize("turns", list(permutations(range(4))))
def test_a_key_picture_with_its_own_sets_keeps_them_in_front(turns: tuple[int, ...]) -> None:
    sent = [stap(OTHERS), FIRST, SECOND, DELTA]
    stage = begun(*SETS)
    for number in range(2):
        stage.send(packet(104 + number, (stap(SETS), slice_of(5, 7))[number], 1))
    stage.send(packet(106, DELTA, 2))
    stage.take()
    for turn in turns:
        stage.send(packet(107 + turn, sent[turn], 4 if sent[turn] == DELTA else 3))
    assert [p for p in in_order(stage.take()) if p] == sent


def test_what_was_spared_and_is_not_needed_is_filled_with_an_empty_packet() -> None:
    stage = begun(*SETS)
    stage.do(stage.core.tap("recorder", "camera", None, stage.now))
    stage.send(packet(104, slice_of(5, 7), 1))
    first = stage.take()[-1].header.sequence
    stage.send(packet(106, DELTA, 2), packet(105, TAIL, 1))
    tapped = [action.packet for action in stage.actions if isinstance(action, Tapped)]
    assert sorted((p.number - tapped[0].number, p.payload) for p in tapped) == [
        *((0, stap(SETS)), (1, slice_of(5, 7))),
        *((2, TAIL), (3, b""), (4, DELTA)),
    ]
    seen = sorted(stage.take(), key=lambda packet: (packet.header.sequence - first) % 65536)
    assert [packet.payload for packet in seen] == [TAIL, b"", DELTA]
    assert [(packet.header.sequence - first) % 65536 for packet in seen] == [1, 2, 3]
    assert [(p.header.timestamp - seen[0].header.timestamp) % 2**32 for p in seen] == [0, 0, FRAME]


def test_nothing_is_spared_within_a_picture() -> None:
    stage = begun(*SETS)
    stage.send(packet(104, DELTA, 1))
    stage.take()
    stage.send(packet(107, TAIL, 1), packet(105, TAIL, 1), packet(106, TAIL, 1))
    assert in_order(stage.take()) == [TAIL, TAIL, TAIL]


def test_a_later_slice_that_overtakes_the_first_begins_nothing() -> None:
    stage = begun(*SETS)
    one, two = slice_of(5, 7), slice_of(5, 7, first=99)
    stage.send(packet(104, DELTA, 1))
    stage.take()
    stage.send(packet(106, two, 2))
    assert heard(stage) == ([two], [])
    stage.send(packet(105, one, 2))
    assert heard(stage) == ([stap(SETS), one], [stap(SETS), one, two])


def test_a_source_that_stops_sending_its_sets_gets_them_from_the_next_picture_on() -> None:
    stage = begun(stap(SETS))
    stage.send(packet(103, stap(SETS), 1), packet(104, slice_of(5, 7), 1))
    stage.send(packet(105, slice_of(5, 7), 2), packet(106, DELTA, 3))
    stage.take()
    stage.send(packet(108, DELTA, 5), packet(107, slice_of(5, 7), 4))
    assert in_order(stage.take()) == [stap(SETS), slice_of(5, 7), DELTA]

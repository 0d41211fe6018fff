"""A source that suddenly counts from elsewhere, under the same SSRC (RFC 3550 appendix A.1)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.counters import DropReason
from signaling.forwarding.rtcp import KeyFrameRequest, ReceiverReport
from signaling.forwarding.sequence import MOST_DROPOUT, MOST_MISORDER
from tests.signaling.forwarding.packets import (
    AUDIO_SSRC,
    AUDIO_UP,
    DELTA,
    KEY,
    REST,
    RTX_SSRC,
    Stage,
    audio_down,
    rtp,
)

FAR = st.integers(MOST_DROPOUT, 65536 - MOST_MISORDER - 20)  # back less far is late, not anew
SECOND_OF_VIDEO = 90_000


def started(first: int = 100) -> Stage:
    stage = Stage()
    stage.send(rtp(first, KEY, timestamp=5000), rtp(first + 1, timestamp=5000))
    assert len(stage.take()) == 2
    stage.tick()
    stage.feedback()
    return stage


@pytest.mark.parametrize("jump", [3000, 20_000, 32_768, 40_000, 64_000])
def test_viewers_go_on_without_a_gap_and_the_source_is_asked_for_a_key_frame(jump: int):
    stage = started()
    at = 101 + jump
    stage.send(rtp(at, timestamp=8000), rtp(at + 1, timestamp=8000), rtp(at + 2, timestamp=8000))
    assert stage.take() == []  # pictures that start nowhere
    for _ in range(26):  # requests are half a second apart
        stage.tick()
    assert stage.heard(KeyFrameRequest)
    stage.send(rtp(at + 3, KEY, timestamp=9000), rtp(at + 4, timestamp=9000))
    seen = stage.take()
    first = seen[0].header.sequence
    assert [packet.header.sequence for packet in seen] == [first, first + 1]
    stage.send(rtp(at + 5, timestamp=9000))
    assert [packet.header.sequence for packet in stage.take()] == [first + 2]


@given(start=st.integers(0, 65535), jumps=st.lists(FAR, min_size=1, max_size=8), data=st.data())
def test_any_jumps_give_consecutive_numbers_and_a_clock_that_goes_on(
    start: int, jumps: list[int], data: st.DataObject
):
    stage, number, clock, seen = Stage(), start, 0, []
    for jump in (0, *jumps):
        number += jump
        lost = data.draw(st.integers(0, 3))
        for step in range(12):
            # the second packet after a jump is believed: its key frame may come then or later
            starts = step == 1 + lost
            stage.send(rtp(number, KEY if starts else DELTA, timestamp=clock))
            number, clock = number + 1, clock + 3000
            stage.now += stage.now.resolution * 33_000
        seen += stage.take()
    numbers = [packet.header.sequence for packet in seen]
    assert len(numbers) >= 7 * (1 + len(jumps))
    assert all((b - a) % 65536 == 1 for a, b in pairwise(numbers))
    times = [packet.header.timestamp for packet in seen]
    assert all(0 < (b - a) % 2**32 <= SECOND_OF_VIDEO for a, b in pairwise(times))


def test_one_packet_from_elsewhere_changes_nothing():
    stage = started()
    stage.send(rtp(40_000, KEY, timestamp=1), rtp(102, timestamp=8000), rtp(40_001, KEY))
    assert len(stage.take()) == 1
    assert stage.core.drops[DropReason.DUPLICATE] == 2
    stage.send(rtp(103, timestamp=8000))
    assert len(stage.take()) == 1


def test_a_repair_from_before_the_jump_does_not_jump_back():
    stage = started()
    stage.send(rtp(40_000, timestamp=8000), rtp(40_001, KEY, timestamp=8000))
    assert len(stage.take()) == 1
    for number in (98, 99):
        repair = number.to_bytes(2, "big") + DELTA
        stage.send(rtp(number, repair, ssrc=RTX_SSRC, payload_type=97))
    stage.send(rtp(40_002, timestamp=8000))
    assert len(stage.take()) == 1


def test_sound_goes_on_with_the_second_packet():
    stage = Stage(AUDIO_UP, audio_down())
    numbers = (1, 2, 50_000, 50_001, 50_002)
    for turn, number in enumerate(numbers):
        packet = rtp(number, b"\xfc", ssrc=AUDIO_SSRC, payload_type=111, timestamp=turn * 960)
        stage.send(packet)
        stage.tick()
    heard = [packet.header.sequence for packet in stage.take()]
    assert heard == [heard[0] + n for n in range(4)]


def test_the_source_reads_of_no_losses_that_were_none():
    stage = started()
    stage.send(rtp(40_000, timestamp=8000), rtp(40_001, KEY, timestamp=8000))
    stage.feedback()
    for _ in range(100):
        stage.tick()
    blocks = [block for report in stage.heard(ReceiverReport) for block in report.blocks]
    assert blocks[-1].highest_sequence & 0xFFFF == 40_001
    assert blocks[-1].cumulative_lost == 0


def counted(packets: int) -> Stage:
    """A stage on which a picture of so many packets was numbered from 2000 on."""
    stage = Stage()
    for number in range(packets):
        payload = DELTA + number.to_bytes(2, "big") if number else KEY
        stage.send(rtp(2000 + number, payload, timestamp=number * 900))
        stage.now += stage.now.resolution * 10_000
    stage.take()
    stage.tick()
    stage.feedback()
    return stage


@pytest.mark.parametrize("clock", [0, 777_000_000, None])
@pytest.mark.parametrize("back", [2, 30, 99, 150, 500, 1000, 1200])
def test_a_source_that_jumps_back_a_little_is_asked_for_a_key_frame_at_once(
    back: int, clock: int | None
):
    stage = counted(1200)
    known = stage.core.statistics()["down"].packets_out
    at = 3200 - back
    if clock is None:  # as it was when these numbers were used first
        clock = (at - 2000) * 900
    stage.send(*(rtp(at + step, REST, timestamp=clock + step * 900) for step in range(2)))
    for _ in range(26):
        stage.tick()
    assert stage.take() == []
    assert stage.heard(KeyFrameRequest)
    stage.send(rtp(at + 2, KEY, timestamp=clock + 1800), rtp(at + 3, timestamp=clock + 1800))
    assert [packet.payload for packet in stage.take()] == [KEY, DELTA]
    assert stage.core.statistics()["down"].packets_out == known + 2


@pytest.mark.parametrize("back", [150, 700])
def test_sound_that_jumps_back_a_little_goes_on_with_the_second_packet(back: int):
    stage = Stage(AUDIO_UP, audio_down())

    def say(number: int, clock: int) -> None:
        payload = b"\xfc" + clock.to_bytes(4, "big")
        stage.send(rtp(number, payload, ssrc=AUDIO_SSRC, payload_type=111, timestamp=clock))
        stage.tick()

    for number in range(1000):
        say(number, number * 960)
    before = stage.take()[-1].header
    for step in range(3):
        say(1000 - back + step, 50_000_000 + step * 960)
    heard = [packet.header.sequence for packet in stage.take()]
    assert heard == [(before.sequence + n) & 0xFFFF for n in (1, 2)]


def test_repairs_that_come_twice_or_very_late_are_no_new_beginning():
    stage = counted(600)
    lost = range(2600, 2604)
    for number in range(2604, 2800):
        stage.send(rtp(number, DELTA, timestamp=number * 900))
    stage.take()
    for _ in range(2):  # without RTX a source repeats under the same SSRC, once for each NACK
        stage.send(*(rtp(number, DELTA, timestamp=number * 900) for number in lost))
    assert len(stage.take()) == len(lost)
    stage.send(rtp(2800, DELTA, timestamp=2800 * 900))
    assert len(stage.take()) == 1

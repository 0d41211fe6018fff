"""What a viewer gets again on a thin link: within a budget, what is new first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signaling.forwarding import rtcp_build
from signaling.forwarding.allocation import ALWAYS, LEAST_REPEATS, Allocation
from signaling.forwarding.asked import DESPERATE
from signaling.forwarding.counters import DropReason
from signaling.forwarding.negotiated import Kind
from signaling.forwarding.outbound import LOOKED_UP
from signaling.forwarding.outgoing import Sent
from signaling.forwarding.reports import Heard
from signaling.forwarding.rtcp import MOST_LOST, KeyFrameRequest
from tests.signaling.forwarding.packets import (
    DELTA,
    FEEDBACK,
    KEY,
    OUT_RTX,
    OUT_VIDEO,
    TICK,
    VP8,
    Stage,
    rtp,
    video_down,
)
from tests.signaling.forwarding.simulcast import Simulcast

BEGIN = timedelta(seconds=50)
SECOND = timedelta(seconds=1)
SIZE = 1000  # bytes
ROOM = 25_000  # that an unknown viewer may get at once


def test_another_repeat_of_what_may_be_under_way_leaves_half_of_the_room():
    allocation = Allocation(reports_estimate=True)
    allowed = [allocation.may_repeat(SIZE, Kind.VIDEO, BEGIN, again=True) for _ in range(100)]
    assert sum(allowed) == ROOM // 2 // SIZE
    assert sum(allocation.may_repeat(SIZE, Kind.VIDEO, BEGIN) for _ in range(100)) > 10
    assert allocation.may_repeat(SIZE, Kind.AUDIO, BEGIN, again=True)


def test_a_very_thin_link_still_gets_a_few():
    allocation = Allocation(reports_estimate=True)
    for n in range(20):
        allocation.measure(n * 1250, Sent(n * 1250, n), BEGIN + n * SECOND)
        allocation.estimate.report(Heard(1.0, None, SECOND, 1, 0), BEGIN + n * SECOND)
    allowed = [allocation.may_repeat(SIZE, Kind.VIDEO, BEGIN) for _ in range(100)]
    assert sum(allowed) == ALWAYS // SIZE
    later = BEGIN + 4 * SECOND  # and so many a second
    assert allocation.may_repeat(SIZE, Kind.VIDEO, later)
    rate = LEAST_REPEATS // 8
    moments = [later + n * SECOND / 10 for n in range(1, 41)]
    allowed = [allocation.may_repeat(SIZE, Kind.VIDEO, moment) for moment in moments]
    assert 0 <= sum(allowed) * SIZE - 4 * rate <= ALWAYS


def test_what_the_budget_refuses_leaves_no_gap_in_the_retransmissions():
    down = video_down()  # of a viewer with an estimate
    down = replace(down, codecs=tuple(replace(c, feedback=FEEDBACK) for c in down.codecs))
    stage = Stage(down=down)
    for number in range(200):
        payload = KEY if number == 0 else DELTA + bytes(SIZE)
        stage.send(rtp(number, payload, timestamp=number * 1800, marker=True))
        stage.tick()
    numbers = [seen.header.sequence for seen in stage.take() if seen.header.ssrc == OUT_VIDEO]
    stage.send(rtcp_build.nack(1, OUT_VIDEO, numbers[20:150]), session="down")
    stage.now += 5 * TICK
    stage.send(rtcp_build.nack(1, OUT_VIDEO, numbers[20:150]), session="down")
    again = [seen.header.sequence for seen in stage.take() if seen.header.ssrc == OUT_RTX]
    assert stage.core.drops[DropReason.RESEND_BUDGET] > 50
    assert again == list(range(again[0], again[0] + len(again)))


def stage_with(packets: int, size: int) -> tuple[Stage, list[int]]:
    """A viewer with an estimate that got so many packets; their numbers."""
    down = video_down()
    down = replace(down, codecs=tuple(replace(c, feedback=FEEDBACK) for c in down.codecs))
    stage = Stage(down=down)
    for number in range(packets):
        payload = KEY if number == 0 else DELTA + bytes(size)
        stage.send(rtp(number, payload, timestamp=number * 1800, marker=True))
        stage.tick()
    numbers = [seen.header.sequence for seen in stage.take() if seen.header.ssrc == OUT_VIDEO]
    stage.heard(KeyFrameRequest)
    return stage, numbers


def ask(stage: Stage, numbers: list[int]) -> bool:
    """Whether a NACK of these brings a request for a key frame."""
    stage.send(rtcp_build.nack(1, OUT_VIDEO, numbers), session="down")
    for _ in range(5):
        stage.tick()
    return stage.heard(KeyFrameRequest) != []


def test_who_asks_again_and_again_gets_a_key_frame():
    stage, numbers = stage_with(20, 10)
    asked = [ask(stage, [numbers[15]]) for _ in range(DESPERATE)]
    assert asked == [False] * (DESPERATE - 1) + [True]
    assert not ask(stage, [numbers[15]])


def test_who_lacks_more_than_there_is_room_for_gets_a_key_frame():
    stage, numbers = stage_with(100, SIZE)
    assert not ask(stage, numbers[60:70])
    assert ask(stage, numbers[20:90])


@pytest.mark.parametrize("lost", [0.0, 0.1])
def test_what_a_picture_begins_with_goes_out_twice_where_much_is_lost(lost: float):
    stage = Simulcast(VP8)
    stage.estimate, stage.chance = 3_000_000, lost
    stage.frames(60, key="qhf")
    stage.frames(240, key="f")
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    stage.take()
    stage.send(stage.frame("q", is_key=True))
    for _ in range(15):
        stage.tick()
    seen = stage.take()
    first = next(packet for packet in seen if packet.header.ssrc == OUT_VIDEO)
    again = [packet for packet in seen if packet.payload[2:] == first.payload]
    assert len(again) == (1 if lost else 0)
    assert {packet.header.ssrc for packet in again} <= {OUT_RTX}


@pytest.mark.parametrize(("lost", "times"), [(0.0, 1), (0.1, 2)])
def test_what_was_lost_is_repeated_twice_where_much_is_lost(lost: float, times: int):
    stage = Simulcast(VP8)
    stage.estimate, stage.chance = 3_000_000, lost
    stage.frames(60, key="qhf")
    newest = stage.frames(240, key="f")[-1].header.sequence
    stage.take()
    stage.send(rtcp_build.nack(1, OUT_VIDEO, [newest]), session="down")
    again = stage.take()
    assert [packet.payload[:2] for packet in again] == [newest.to_bytes(2, "big")] * times
    first = again[0].header.sequence
    assert [packet.header.sequence for packet in again] == [first + n for n in range(times)]


def test_who_asks_for_all_there_is_all_the_time_is_not_heard_for_a_while():
    stage, numbers = stage_with(20, 10)
    everything = rtcp_build.nack(1, OUT_VIDEO, range(numbers[0] + 1000, numbers[0] + 9000))
    for _ in range(1 + LOOKED_UP // MOST_LOST):
        stage.send(everything, session="down")
    dropped = stage.core.drops[DropReason.RESEND_BUDGET]
    stage.send(rtcp_build.nack(1, OUT_VIDEO, [numbers[15]]), session="down")
    assert stage.core.drops[DropReason.RESEND_BUDGET] == dropped + 1
    assert stage.take() == []
    stage.now += 10 * SECOND
    stage.tick()
    stage.take()
    stage.send(rtcp_build.nack(1, OUT_VIDEO, [numbers[15]]), session="down")
    assert len(stage.take()) == 1

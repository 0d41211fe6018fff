"""What a viewer gets again on a thin link: within a budget, what is new first."""

from dataclasses import replace
from datetime import timedelta

from signaling.forwarding import rtcp_build
from signaling.forwarding.allocation import LEAST_REPEATS, Allocation
from signaling.forwarding.counters import DropReason
from signaling.forwarding.negotiated import Kind
from tests.signaling.forwarding.packets import (
    DELTA,
    FEEDBACK,
    KEY,
    OUT_RTX,
    OUT_VIDEO,
    TICK,
    Stage,
    rtp,
    video_down,
)

BEGIN = timedelta(seconds=50)
SIZE = 1000  # bytes; the budget of an unknown viewer is 62 kB
ROOM = 2_000_000 // 4 // 8


def test_another_repeat_of_what_may_be_under_way_leaves_half_of_the_room():
    allocation = Allocation(reports_estimate=True)
    allowed = [allocation.may_repeat(SIZE, Kind.VIDEO, BEGIN, again=True) for _ in range(100)]
    assert sum(allowed) == ROOM // 2 // SIZE
    assert sum(allocation.may_repeat(SIZE, Kind.VIDEO, BEGIN) for _ in range(100)) > 30
    assert allocation.may_repeat(SIZE, Kind.AUDIO, BEGIN, again=True)


def test_a_very_thin_link_still_gets_a_few():
    allocation = Allocation(reports_estimate=True)
    for n in range(20):
        allocation.estimate.sent(10_000, BEGIN + n * timedelta(seconds=1))
        allocation.estimate.report(1.0, None, BEGIN + n * timedelta(seconds=1))
    allowed = [allocation.may_repeat(SIZE, Kind.VIDEO, BEGIN) for _ in range(100)]
    assert sum(allowed) == LEAST_REPEATS // 8 // SIZE


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

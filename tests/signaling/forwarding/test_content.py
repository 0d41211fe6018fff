"""A viewer who has the best layer there is, on a link that does not change, is left in peace."""

from datetime import timedelta

import pytest

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import SendRtcp
from signaling.forwarding.subscription import CALM_INTERVAL, INTERVAL
from tests.signaling.forwarding.packets import OUT_VIDEO, VP8, video_down
from tests.signaling.forwarding.simulcast import FRAME, RATES, Simulcast, layer

NOTHING = timedelta(0)
SECOND = timedelta(seconds=1)
FRAMES = SECOND // FRAME  # of a second


def content(*, seconds: int = 20) -> Simulcast:
    """A viewer of the best layer, after so long."""
    stage = Simulcast(VP8)
    stage.estimate = 4_000_000
    stage.frames(FRAMES, key="qhf")
    seen = stage.frames((seconds - 1) * FRAMES, key="f")
    assert {layer(packet) for packet in seen[-FRAMES:]} == {"f"}
    return stage


def test_few_reports_of_a_content_viewer_are_read_and_few_are_sent():
    stage = content()
    assert stage.core.rest("down", stage.now) == CALM_INTERVAL
    stage.actions.clear()
    stage.frames(8 * FRAMES)
    told = [a for a in stage.actions if isinstance(a, SendRtcp) and a.session == "down"]
    assert len(told) <= 8 * SECOND // CALM_INTERVAL + 1


def test_one_who_has_just_come_is_heard():
    stage = content(seconds=2)
    stage.estimate = 1_000_000  # less than the best takes
    stage.frames(FRAMES)
    assert stage.core.rest("down", stage.now) == NOTHING


@pytest.mark.parametrize("estimate", [700_000, 250_000])
def test_a_link_that_falls_is_noticed_by_what_its_viewer_asks_for(estimate: int):
    stage = content()
    stage.estimate = estimate
    newest = stage.frames(1)[-1].header.sequence
    stage.send(rtcp_build.nack(1, OUT_VIDEO, [newest]), session="down")
    seen = stage.frames(FRAMES)
    for _ in range(4):
        seen = stage.frames(FRAMES, key="qh")
    assert {layer(packet) for packet in seen} <= {"q", "h"}
    assert stage.core.rest("down", stage.now) == NOTHING


def test_a_viewer_whose_own_estimate_falls_is_looked_at():
    stage = content()
    stage.frames(2 * FRAMES)  # to the middle between two of its turns
    assert not stage.core.is_pressed(stage.now + INTERVAL)
    low = rtcp_build.receiver_estimate(1, 500_000, [OUT_VIDEO])  # nothing is lost: a long queue
    stage.send(low, session="down")
    assert stage.core.rest("down", stage.now) == NOTHING
    assert stage.core.is_pressed(stage.now + INTERVAL)


def test_a_layer_that_falls_silent_is_left_at_once():
    stage = content()
    stage.asked()
    stage.sending = {"q", "h"}
    frames = 0
    while not stage.asked():
        stage.frames(1)
        frames += 1
    assert frames * FRAME < 1.1 * SECOND


def test_a_limit_counts_at_once():
    stage = content()
    stage.asked()
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    assert stage.asked() == {"q"}
    assert stage.core.rest("down", stage.now) == NOTHING
    seen = stage.frames(FRAMES, key="q")
    assert layer(seen[-1]) == "q"
    stage.frames(2 * FRAMES)
    assert stage.core.rest("down", stage.now) == CALM_INTERVAL


def is_probed(stage: Simulcast) -> bool:
    """Whether more than one packet a frame goes to the viewer."""
    before = stage.core.statistics()["down"].packets_out
    stage.frames(6)
    return stage.core.statistics()["down"].packets_out > before + 6


def test_looking_for_more_ends_once_nobody_wants_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(RATES, "f", 2600)  # 2.5 Mbit/s, more than a link is given at first
    stage = Simulcast(VP8)
    stage.estimate = 8_000_000
    for _ in range(2):
        stage.frames(FRAMES, key="qhf")
    for _ in range(100):
        if is_probed(stage):
            break
    else:
        pytest.fail("the link was never looked at")
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    stage.frames(20 * FRAMES, key="q")
    assert stage.core.rest("down", stage.now) == CALM_INTERVAL


def test_one_who_tells_no_estimate_is_content_with_the_best():
    stage = Simulcast(VP8, video_down())
    stage.frames(2 * FRAMES, key="qhf")
    assert stage.core.rest("down", stage.now) == CALM_INTERVAL
    assert stage.core.rest("nobody", stage.now) == NOTHING

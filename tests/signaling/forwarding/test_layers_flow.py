"""Simulcast through the core: which layer flows, when it changes, what the viewer sees of it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Fanout, LayersWanted, Tapped
from signaling.forwarding.counters import DropReason
from signaling.forwarding.h264 import IDR, PPS, SPS, kinds
from signaling.forwarding.negotiated import Codec
from signaling.forwarding.rtcp import SenderReport
from tests.signaling.forwarding.packets import H264, KEY, VP8, rtp, video_down
from tests.signaling.forwarding.simulcast import (
    RIDS,
    SSRCS,
    Simulcast,
    assert_continuous,
    layer,
    sets_of,
)


@pytest.fixture(params=[VP8, H264], ids=lambda codec: codec.name)
def codec(request: pytest.FixtureRequest) -> Codec:
    """What the publisher's layers come in."""
    found: Codec = request.param
    return found


def test_a_link_that_carries_all_gets_the_best_layer(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    seen = stage.frames(30, key="qhf")
    assert {layer(s) for s in seen} == {"f"}


def test_a_thumbnail_gets_a_low_layer_at_its_next_key_frame_and_numbers_go_on(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    seen = stage.frames(40, key="qhf")
    stage.asked()
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    assert stage.asked() == {"q"}
    seen += stage.frames(5)
    assert {layer(s) for s in seen} == {"f"}  # the old one flows until the new one can start
    seen += stage.frames(10, key="q")
    assert {layer(s) for s in seen[-5:]} == {"q"}
    stage.do(stage.core.limit("down", "v", None, stage.now))
    seen += stage.frames(10, key="f") + stage.frames(40, key="f")
    assert layer(seen[-1]) == "f"
    assert_continuous(seen)


def test_pitfall_18_what_is_older_than_the_switch_goes_nowhere(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    seen = stage.frames(40, key="qhf")
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    late = stage.frame("q", is_key=False)
    stage.count += 1
    seen += stage.frames(10, key="q")
    assert {layer(s) for s in seen[-5:]} == {"q"}
    stage.send(late)
    assert stage.take() == []
    seen += stage.frames(5)
    assert [s.header.sequence for s in seen[-5:]] == [
        (seen[-6].header.sequence + step) & 0xFFFF for step in range(1, 6)
    ]


def test_a_hidden_picture_pauses_and_comes_back_at_a_key_frame(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    stage.frames(40, key="qhf")
    stage.do(stage.core.limit("down", "v", 0, stage.now))
    assert stage.frames(80) == []
    stage.do(stage.core.limit("down", "v", None, stage.now))
    seen = stage.frames(30, key="qhf")
    assert seen
    assert_continuous(seen)


def test_a_thin_link_gets_less_at_once_and_more_again_when_probes_come_through(
    codec: Codec,
) -> None:
    stage = Simulcast(codec)
    stage.estimate = 3_000_000
    stage.frames(60, key="qhf")
    assert layer(stage.frames(60, key="f")[-1]) == "f"
    stage.estimate = 250_000
    stage.frames(60)
    during = stage.frames(20, key="q")
    assert {layer(s) for s in during} <= {"q"}
    stage.estimate = 4_000_000
    found = ""
    for _ in range(60):
        seen = stage.frames(10, key="hf")
        found = layer(seen[-1]) if seen else found
    assert found == "f"


def test_layers_that_nobody_watches_are_told_after_a_while(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    stage.frames(40, key="qhf")
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    stage.frames(90, key="q")
    told = [action.rids for action in stage.actions if isinstance(action, LayersWanted)]
    assert told[-1] == ("q",)
    stage.sending = {"q"}
    stage.frames(60)
    stage.do(stage.core.limit("down", "v", None, stage.now))
    stage.frames(4)
    told = [action.rids for action in stage.actions if isinstance(action, LayersWanted)]
    assert "f" in told[-1]
    stage.sending = set(RIDS)
    assert layer(stage.frames(20, key="hf")[-1]) == "f"


def test_a_layer_that_does_not_come_when_asked_for_is_done_without(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    stage.frames(40, key="qhf")
    stage.sending = {"q", "h"}  # the publisher's own link has become thin
    seen = [seen for _ in range(15) for seen in stage.frames(10, key="h")]
    assert layer(seen[-1]) == "h"


def test_a_layer_that_has_to_be_woken_is_stood_in_for_by_one_that_comes(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    stage.sending = {"q"}
    seen = stage.frames(10, key="q")
    assert {layer(s) for s in seen} == {"q"}
    stage.sending = set(RIDS)
    seen += stage.frames(20, key="hf")
    assert layer(seen[-1]) == "f"
    assert_continuous(seen)


def test_who_has_to_go_down_at_once_gets_a_layer_that_is_there(codec: Codec) -> None:
    stage = Simulcast(codec)
    stage.estimate = 3_000_000
    stage.frames(60, key="qhf")
    stage.frames(60, key="f")
    stage.sending = {"q", "f"}  # nobody watches the one between
    stage.frames(40)
    stage.estimate = 800_000
    stage.frames(150)
    assert {layer(s) for s in stage.frames(20, key="q")} == {"q"}


def test_a_pinned_layer_flows_whatever_the_link_carries(codec: Codec) -> None:
    stage = Simulcast(codec)
    stage.do(stage.core.attach("down", "v", "camera", "1", stage.now, rid="h"))
    assert {layer(s) for s in stage.frames(30, key="qhf")} == {"h"}


def test_capture_clocks_of_the_layers_keep_time_across_a_switch(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    seen = stage.frames(30, key="qhf")
    for ssrc in SSRCS.values():
        clock = stage.count * 3000 + ssrc * 10**6
        report = SenderReport(ssrc, 9 << 32, clock, 1, 1)
        stage.send(rtcp_build.sender_report(report))
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    seen += stage.frames(10, key="q")
    steps = {
        (after.header.timestamp - before.header.timestamp) % 2**32
        for before, after in pairwise(seen)
    }
    assert steps == {3000}
    assert {layer(s) for s in seen} == {"q", "f"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 180, 360, None]),
            st.integers(1, 20),
            st.sampled_from(["", "q", "h", "qhf"]),
        ),
        max_size=12,
    )
)
def test_any_pattern_of_limits_and_key_frames_keeps_numbers_and_pictures_continuous(
    codec: Codec,
    steps: list[tuple[int | None, int, str]],
) -> None:
    stage = Simulcast(codec, video_down())
    seen = stage.frames(5, key="qhf")
    for limit, count, key in steps:
        stage.do(stage.core.limit("down", "v", limit, stage.now))
        seen += stage.frames(count, key=key)
    assert_continuous(seen)


def test_a_layer_on_record_is_not_paused_while_no_better_one_comes(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    stage.do(stage.core.tap("recorder", "camera", ("1",), stage.now))
    stage.sending = {"q", "h"}
    for _ in range(15):
        stage.frames(10, key="qh")
    told = [action.rids for action in stage.actions if isinstance(action, LayersWanted)]
    assert all("h" in rids for rids in told)


def test_a_layer_that_was_not_negotiated_goes_nowhere(codec: Codec) -> None:
    stage = Simulcast(codec, video_down())
    stage.do(stage.core.tap("recorder", "camera", ("1",), stage.now))
    stage.frames(10, key="qhf")
    stage.actions.clear()
    for rid in (b"x", b""):
        named = [(4, b"1"), (10, rid)] if rid else [(4, b"1")]
        for number in range(3):
            stage.send(rtp(number, KEY, ssrc=90 + len(rid), extensions=named))
    assert stage.core.drops[DropReason.UNKNOWN_STREAM] == 6
    assert not [action for action in stage.actions if isinstance(action, Tapped | Fanout)]


def test_a_layer_whose_height_is_not_known_yet_is_tried_where_it_probably_fits(
    codec: Codec,
) -> None:
    stage = Simulcast(codec, video_down())
    stage.frames(40, key="qf")  # the start of "h" was lost, or nobody has relayed it yet
    stage.asked()
    stage.do(stage.core.limit("down", "v", 360, stage.now))
    assert stage.asked() == {"h"}
    assert layer(stage.frames(10, key="h")[-1]) == "h"


def test_a_layer_whose_parameter_sets_came_once_is_begun_with_them_at_every_switch() -> None:
    stage = Simulcast(H264, video_down())
    stage.has_all_sets = False
    seen = stage.frames(40, key="qhf")
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    down = stage.frames(10, key="q")
    sets, picture = next(pair for pair in pairwise(down) if kinds(pair[0].payload) == (SPS, PPS))
    assert all(unit in sets.payload for unit in sets_of("q"))
    assert (kinds(picture.payload), layer(picture)) == ((IDR,), "q")
    assert picture.header.timestamp == sets.header.timestamp
    stage.do(stage.core.limit("down", "v", None, stage.now))
    up = stage.frames(40, key="f") + stage.frames(10, key="f")
    assert all(
        unit in next(s for s in up if SPS in kinds(s.payload)).payload for unit in sets_of("f")
    )
    numbers = [one.header.sequence for one in seen + down + up]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert layer(up[-1]) == "f"

"""Simulcast through the core: which layer flows, when it changes, what the viewer sees of it."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Fanout, LayersWanted, Tapped
from signaling.forwarding.counters import DropReason
from signaling.forwarding.negotiated import OutboundSection
from signaling.forwarding.rtcp import KeyFrameRequest, ReportBlock, SenderReport
from tests.signaling.forwarding.packets import (
    KEY,
    OUT_RTX,
    OUT_VIDEO,
    VIDEO_UP,
    Seen,
    Stage,
    rtp,
    video_down,
)

MS = timedelta(milliseconds=1)
FRAME = 33 * MS
RIDS = ("q", "h", "f")
SSRCS = {"q": 5, "h": 6, "f": 7}
SIZES = {"q": (320, 180), "h": (640, 360), "f": (1280, 720)}
RATES = {"q": 100, "h": 450, "f": 1100}  # bytes of a packet; one a frame, 30 a second


def measured_down() -> OutboundSection:
    """A viewer that tells its estimate."""
    section = video_down()
    codecs = tuple(replace(codec, feedback=("nack", "goog-remb")) for codec in section.codecs)
    return replace(section, codecs=codecs)


class Simulcast(Stage):
    """A publisher of three layers, a frame of each at a time, and one viewer."""

    def __init__(self, down: OutboundSection | None = None) -> None:
        super().__init__(replace(VIDEO_UP, rids=RIDS), down or measured_down())
        self.count = 0
        self.sending = set(RIDS)
        self.estimate: int | None = None
        self.lost = 0

    def frames(self, number: int, *, key: str = "") -> list[Seen]:
        """Let so many frames pass, the first of them a key frame of the layers named."""
        for index in range(number):
            for rid in RIDS:
                if rid in self.sending:
                    self.send(self.frame(rid, is_key=index == 0 and rid in key))
            self.count += 1
            self.tick(FRAME)
            if self.estimate is not None and index % 6 == 0:
                self.send(self.report(self.estimate), session="down")
        return [seen for seen in self.take() if seen.header.ssrc != OUT_RTX]

    def frame(self, rid: str, *, is_key: bool) -> bytes:
        width, height = SIZES[rid]
        picture = (SSRCS[rid] * 1000 + self.count) & 0x7FFF
        descriptor = (
            b"\x90\xe0" + (0x8000 | picture).to_bytes(2, "big") + bytes((self.count & 255, 0x20))
        )
        start = (
            b"\x10\x00\x00\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
        )
        body = (start if is_key else b"\x11").ljust(RATES[rid] * 4, rid.encode())
        return rtp(
            self.count + SSRCS[rid] * 777,
            descriptor + body,
            ssrc=SSRCS[rid],
            timestamp=self.count * 3000 + SSRCS[rid] * 10**6,
            marker=True,
            extensions=[(4, b"1"), (10, rid.encode())],
        )

    def report(self, estimate: int) -> bytes:
        """A viewer's compound: its estimate, and losses when that is low."""
        self.lost += 30 if estimate < 1_000_000 else 0
        blocks = [
            ReportBlock(ssrc, 0, self.lost, self.count * 9, 0, 0, 0)
            for ssrc in (OUT_VIDEO, OUT_RTX)
        ]
        report = rtcp_build.receiver_report(1, blocks)
        return report + rtcp_build.receiver_estimate(1, estimate, [OUT_VIDEO])

    def asked(self) -> set[object]:
        """The layers that key frames were asked of since the last time."""
        ssrcs = {
            p.media_ssrc for p in self.heard(KeyFrameRequest) if isinstance(p, KeyFrameRequest)
        }
        return {rid for rid, ssrc in SSRCS.items() if ssrc in ssrcs}


def layer(seen: Seen) -> str:
    return chr(seen.payload[-1])


def picture(seen: Seen) -> int:
    return int.from_bytes(seen.payload[2:4], "big") & 0x7FFF


def assert_continuous(seen: list[Seen]) -> None:
    for before, after in pairwise(seen):
        assert after.header.sequence == (before.header.sequence + 1) & 0xFFFF
        assert picture(after) == (picture(before) + 1) & 0x7FFF
        assert after.payload[4] == (before.payload[4] + 1) & 0xFF
        assert 0 < (after.header.timestamp - before.header.timestamp) % 2**32 < 2**31


def test_a_link_that_carries_all_gets_the_best_layer() -> None:
    stage = Simulcast(video_down())
    seen = stage.frames(30, key="qhf")
    assert {layer(s) for s in seen} == {"f"}


def test_a_thumbnail_gets_a_low_layer_at_its_next_key_frame_and_numbers_go_on() -> None:
    stage = Simulcast(video_down())
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


def test_a_hidden_picture_pauses_and_comes_back_at_a_key_frame() -> None:
    stage = Simulcast(video_down())
    stage.frames(40, key="qhf")
    stage.do(stage.core.limit("down", "v", 0, stage.now))
    assert stage.frames(80) == []
    stage.do(stage.core.limit("down", "v", None, stage.now))
    seen = stage.frames(30, key="qhf")
    assert seen
    assert_continuous(seen)


def test_a_thin_link_gets_less_at_once_and_more_again_when_probes_come_through() -> None:
    stage = Simulcast()
    stage.estimate = 3_000_000
    stage.frames(60, key="qhf")
    assert layer(stage.frames(60, key="f")[-1]) == "f"
    stage.estimate = 250_000
    stage.frames(8)
    during = stage.frames(20, key="q")
    assert {layer(s) for s in during} <= {"q"}
    stage.estimate = 4_000_000
    found = ""
    for _ in range(60):
        seen = stage.frames(10, key="hf")
        found = layer(seen[-1]) if seen else found
    assert found == "f"


def test_layers_that_nobody_watches_are_told_after_a_while() -> None:
    stage = Simulcast(video_down())
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


def test_a_layer_that_does_not_come_when_asked_for_is_done_without() -> None:
    stage = Simulcast(video_down())
    stage.frames(40, key="qhf")
    stage.sending = {"q", "h"}  # the publisher's own link has become thin
    seen = [seen for _ in range(15) for seen in stage.frames(10, key="h")]
    assert layer(seen[-1]) == "h"


def test_a_layer_that_has_to_be_woken_is_stood_in_for_by_one_that_comes() -> None:
    stage = Simulcast(video_down())
    stage.sending = {"q"}
    seen = stage.frames(10, key="q")
    assert {layer(s) for s in seen} == {"q"}
    stage.sending = set(RIDS)
    seen += stage.frames(20, key="hf")
    assert layer(seen[-1]) == "f"
    assert_continuous(seen)


def test_who_has_to_go_down_at_once_gets_a_layer_that_is_there() -> None:
    stage = Simulcast()
    stage.estimate = 3_000_000
    stage.frames(60, key="qhf")
    stage.frames(60, key="f")
    stage.sending = {"q", "f"}  # nobody watches the one between
    stage.frames(40)
    stage.estimate = 800_000
    stage.frames(14)
    assert {layer(s) for s in stage.frames(20, key="q")} == {"q"}


def test_a_pinned_layer_flows_whatever_the_link_carries() -> None:
    stage = Simulcast()
    stage.do(stage.core.attach("down", "v", "camera", "1", stage.now, rid="h"))
    assert {layer(s) for s in stage.frames(30, key="qhf")} == {"h"}


def test_capture_clocks_of_the_layers_keep_time_across_a_switch() -> None:
    stage = Simulcast(video_down())
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
    steps: list[tuple[int | None, int, str]],
) -> None:
    stage = Simulcast(video_down())
    seen = stage.frames(5, key="qhf")
    for limit, count, key in steps:
        stage.do(stage.core.limit("down", "v", limit, stage.now))
        seen += stage.frames(count, key=key)
    assert_continuous(seen)


def test_a_layer_on_record_is_not_paused_while_no_better_one_comes() -> None:
    stage = Simulcast(video_down())
    stage.do(stage.core.limit("down", "v", 180, stage.now))
    stage.do(stage.core.tap("recorder", "camera", ("1",), stage.now))
    stage.sending = {"q", "h"}
    for _ in range(15):
        stage.frames(10, key="qh")
    told = [action.rids for action in stage.actions if isinstance(action, LayersWanted)]
    assert all("h" in rids for rids in told)


def test_a_layer_that_was_not_negotiated_goes_nowhere() -> None:
    stage = Simulcast(video_down())
    stage.do(stage.core.tap("recorder", "camera", ("1",), stage.now))
    stage.frames(10, key="qhf")
    stage.actions.clear()
    for rid in (b"x", b""):
        named = [(4, b"1"), (10, rid)] if rid else [(4, b"1")]
        for number in range(3):
            stage.send(rtp(number, KEY, ssrc=90 + len(rid), extensions=named))
    assert stage.core.drops[DropReason.UNKNOWN_STREAM] == 6
    assert not [action for action in stage.actions if isinstance(action, Tapped | Fanout)]


def test_a_layer_whose_height_is_not_known_yet_is_tried_where_it_probably_fits() -> None:
    stage = Simulcast(video_down())
    stage.frames(40, key="qf")  # the start of "h" was lost, or nobody has relayed it yet
    stage.asked()
    stage.do(stage.core.limit("down", "v", 360, stage.now))
    assert stage.asked() == {"h"}
    assert layer(stage.frames(10, key="h")[-1]) == "h"

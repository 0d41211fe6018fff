"""The core as a whole: what a publisher hears, and the clocks that viewers hear of."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from signaling.forwarding import rtcp_build
from signaling.forwarding.repairs import UNDER_WAY
from signaling.forwarding.rtcp import (
    KeyFrameRequest,
    ReceiverEstimate,
    ReceiverReport,
    SenderReport,
    parse_rtcp,
)
from tests.signaling.forwarding.packets import (
    DELTA,
    KEY,
    OUT_VIDEO,
    RTX_SSRC,
    VIDEO_SSRC,
    VIDEO_UP,
    VP8,
    Stage,
    rtp,
    video_down,
)

MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)


def started() -> Stage:
    """A stage whose viewer has got the first packet, number 100."""
    stage = Stage()
    stage.send(rtp(100, KEY, timestamp=5000))
    assert len(stage.take()) == 1
    stage.feedback()
    return stage


def test_a_viewers_key_frame_request_reaches_the_publisher_throttled() -> None:
    stage = started()
    stage.tick(UNDER_WAY)
    asked = 0
    for _ in range(50):  # one second
        stage.send(rtcp_build.picture_loss(1, OUT_VIDEO), session="down")
        stage.tick()
        asked += len(stage.heard(KeyFrameRequest))
    assert 2 <= asked <= 3
    assert stage.core.statistics()["down"].keyframe_requests_in == 50
    assert stage.core.statistics()["up"].keyframe_requests_out == asked


def test_a_hundred_viewers_cost_one_key_frame() -> None:
    stage = started()
    stage.tick(2 * SECOND)
    stage.feedback()
    for number in range(100):
        stage.watch(f"viewer-{number}", replace(video_down(), ssrc=5000 + number))
    assert len(stage.heard(KeyFrameRequest)) == 1
    stage.send(rtp(101, KEY))
    for _ in range(100):
        stage.tick()
    assert stage.heard(KeyFrameRequest) == []


def test_a_key_frame_is_asked_for_until_it_comes() -> None:
    stage = Stage()
    stage.send(rtp(100, DELTA))
    asked = []
    for _ in range(101):
        stage.tick()
        asked += stage.heard(KeyFrameRequest)
    assert asked == [KeyFrameRequest(VIDEO_SSRC)] * 5
    stage.send(rtp(101, KEY))
    stage.tick(SECOND)
    assert stage.heard(KeyFrameRequest) == []


def test_an_outage_ends_with_a_key_frame_request() -> None:
    stage = started()
    stage.tick(SECOND)
    stage.feedback()
    stage.send(rtp(900))
    stage.tick()
    assert stage.heard(KeyFrameRequest) == [KeyFrameRequest(VIDEO_SSRC)]


def test_pitfall_21_a_source_that_repeats_nothing_is_asked_for_a_key_frame_in_the_end() -> None:
    stage = started()
    stage.tick(SECOND)
    stage.feedback()
    stage.send(rtp(110))
    asked = []
    for number in range(111, 171):  # 1.2 s; a retry each 100 ms, ten of them
        stage.tick()
        asked += stage.heard(KeyFrameRequest)
        stage.send(rtp(number))
    assert asked == [KeyFrameRequest(VIDEO_SSRC)]


def test_the_publisher_hears_how_its_streams_arrive() -> None:
    stage = started()
    sent = SenderReport(VIDEO_SSRC, 0x0123456789ABCDEF, 5000, 1, 40)
    stage.send(rtcp_build.sender_report(sent), rtp(103))
    stage.tick(SECOND / 2)
    (report,) = stage.heard(ReceiverReport)
    assert isinstance(report, ReceiverReport)
    (block,) = report.blocks
    assert (block.ssrc, block.highest_sequence & 0xFFFF) == (VIDEO_SSRC, 103)
    assert (block.cumulative_lost, block.fraction_lost) == (2, 128)
    assert block.last_sender_report == 0x456789AB
    assert block.delay == 32768


def test_repairs_do_not_hide_losses_from_the_publisher() -> None:
    stage = started()
    stage.send(rtp(102), rtp(1, (101).to_bytes(2, "big") + DELTA, ssrc=RTX_SSRC, payload_type=97))
    stage.tick(SECOND)
    (report,) = stage.heard(ReceiverReport)
    assert isinstance(report, ReceiverReport)
    assert report.blocks[0].cumulative_lost == 1


def test_a_viewers_sender_report_has_the_publishers_clock_in_its_own_numbers() -> None:
    stage = Stage()
    stage.send(rtp(100, KEY, timestamp=5000))
    (seen,) = stage.take()
    stage.send(rtcp_build.sender_report(SenderReport(VIDEO_SSRC, 7 << 32, 5000, 1, 40)))
    stage.tick(SECOND)
    (report,) = stage.heard(SenderReport, "down")
    assert isinstance(report, SenderReport)
    assert report.ssrc == OUT_VIDEO
    assert report.ntp == 8 << 32
    assert (report.timestamp - seen.header.timestamp) % 2**32 == 90000
    assert (report.packets, report.octets) == (1, len(KEY))


def test_a_viewer_without_a_choice_hears_two_clocks_soon_and_then_one_in_four_seconds() -> None:
    stage = started()
    stage.send(rtcp_build.sender_report(SenderReport(VIDEO_SSRC, 7 << 32, 5000, 1, 40)))
    told = []
    for step in range(1, 601):  # twelve seconds
        stage.tick()
        if stage.heard(SenderReport, "down"):
            told.append(step / 50)
        stage.feedback("down")
    assert told[1] <= 2.5
    assert told[2] - told[1] <= 4
    assert len(told) >= 4
    assert all(abs(later - earlier - 4) < 0.05 for earlier, later in pairwise(told[2:]))


def test_reports_to_viewers_carry_the_canonical_name() -> None:
    stage = started()
    stage.send(rtcp_build.sender_report(SenderReport(VIDEO_SSRC, 7 << 32, 5000, 1, 40)))
    stage.tick(SECOND)
    (data,) = stage.feedback("down")
    assert b"cname" in data


def calm() -> Stage:
    """A stage on which nobody has to be asked or told anything soon."""
    stage = started()
    stage.tick()
    assert not stage.core.is_pressed(stage.now)
    return stage


def test_nobody_presses_where_nobody_watches() -> None:
    stage = calm()
    stage.core.close("down")
    stage.tick(5 * SECOND)  # the turn that the viewer would have had is over
    assert not stage.core.is_pressed(stage.now + 60 * SECOND)
    stage.watch("next", replace(video_down(), ssrc=5000))
    assert stage.core.is_pressed(stage.now)


def test_a_missing_packet_presses_until_it_has_come() -> None:
    stage = calm()
    stage.send(rtp(102))
    assert stage.core.is_pressed(stage.now)
    stage.tick()
    assert stage.core.is_pressed(stage.now)
    stage.send(rtp(101))
    stage.tick()
    assert not stage.core.is_pressed(stage.now)


def test_a_picture_that_somebody_asks_for_presses_until_it_has_come() -> None:
    stage = calm()
    stage.tick(UNDER_WAY)
    stage.send(rtcp_build.picture_loss(1, OUT_VIDEO), session="down")
    assert stage.core.is_pressed(stage.now)
    stage.tick()
    assert len(stage.heard(KeyFrameRequest)) == 1
    assert stage.core.is_pressed(stage.now)
    stage.send(rtp(101, KEY, timestamp=9000))
    stage.tick()
    assert not stage.core.is_pressed(stage.now)


def test_who_watches_for_room_presses_when_his_turn_comes() -> None:
    stage = calm()
    assert stage.core.is_pressed(stage.now + 4 * SECOND)


def test_transport_feedback_leaves_alone_in_its_datagram() -> None:
    stage = Stage()
    stage.send(rtp(100, KEY, extensions=[(3, b"\x00\x01")]))
    stage.tick(80 * MS)
    kinds = [(data[0] & 31, data[1]) for data in stage.feedback()]
    assert (15, 205) in kinds
    assert all(len(parse_rtcp(data)) == 0 for data in stage.feedback() if data[1] == 205)


def test_a_publisher_without_transport_feedback_gets_a_ceiling() -> None:
    codec = replace(VP8, feedback=("nack", "goog-remb"))
    stage = Stage(replace(VIDEO_UP, codecs=(codec,)))
    stage.send(rtp(100, KEY))
    stage.tick(SECOND)
    assert stage.heard(ReceiverEstimate) == [ReceiverEstimate(2_500_000 >> 4 << 4, (VIDEO_SSRC,))]

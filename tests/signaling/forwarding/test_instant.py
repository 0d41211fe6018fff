"""Late joiners, outputs, relays and voices: what flows beside the ordinary way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import (
    Burst,
    Fanout,
    Tapped,
    TappedClock,
    Unplayable,
    VoiceChanged,
)
from signaling.forwarding.forwarder import UnknownPublication, UnknownSection
from signaling.forwarding.rtcp import KeyFrameRequest, SenderReport
from tests.signaling.forwarding.packets import (
    AUDIO_SSRC,
    AUDIO_UP,
    DELTA,
    H264,
    KEY,
    OUT_VIDEO,
    REST,
    VIDEO_SSRC,
    VIDEO_UP,
    Stage,
    audio_down,
    rtp,
    video_down,
)

MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
SPS = (
    b"\x67\x42\xc0\x1f\xda\x02\x80\xf6\x84\x00\x00\x03\x00\x04\x00\x00\x03\x00\xca\x3c\x60\xca\x80"
)
PPS = b"\x68\xce\x3c\x80"
IDR = b"\x65\x88\x84" + bytes(30)
SLICE = b"\x41\x9a" + bytes(30)


def playing(frames: int = 30) -> Stage:
    """A second of video, its key frame at the start."""
    stage = Stage()
    for index in range(frames):
        payload = KEY if index == 0 else DELTA
        stage.send(rtp(100 + index, payload, timestamp=index * 3000, marker=True))
        stage.tick(33 * MS)
    stage.take()
    stage.feedback()
    return stage


def test_who_joins_late_gets_everything_since_the_key_frame_at_once() -> None:
    stage = playing()
    stage.watch("late", video_down(1))
    assert stage.heard(KeyFrameRequest) == []
    seen = stage.take("late")
    assert len(seen) == 30
    assert seen[0].payload == KEY
    span = (seen[-1].header.timestamp - seen[0].header.timestamp) % 2**32
    assert span == 29 * 90  # a millisecond a frame: the newest is shown right away
    stage.send(rtp(130, timestamp=30 * 3000))
    (live,) = stage.take("late")
    assert live.header.sequence == (seen[-1].header.sequence + 1) & 0xFFFF
    assert (live.header.timestamp - seen[-1].header.timestamp) % 2**32 == 3000


def test_what_was_replayed_is_repeated_with_its_own_timestamp() -> None:
    stage = playing()
    stage.watch("late", video_down(1, rtx=False))
    third = stage.take("late")[2]
    stage.send(rtcp_build.nack(1, OUT_VIDEO + 1, [third.header.sequence]), session="late")
    (again,) = stage.take("late")
    assert (again.header, again.payload) == (third.header, third.payload)


def test_what_was_not_replayed_is_repeated_as_it_was_though_its_moment_was() -> None:
    stage = playing()
    stage.watch("late", video_down(1, rtx=False))
    stage.take("late")
    stage.send(rtp(130, timestamp=2 * 3000, marker=True))  # a source that counts its time anew
    (live,) = stage.take("late")
    stage.send(rtcp_build.nack(1, OUT_VIDEO + 1, [live.header.sequence]), session="late")
    (again,) = stage.take("late")
    assert (again.header, again.payload) == (live.header, live.payload)


def test_what_may_go_again_as_it_was_is_never_padded_whatever_codec_came_before() -> None:
    stage = Stage()  # whose viewer has retransmissions of VP8 only
    stage.send(rtp(1, KEY, marker=True))
    stage.send(*(h264(number, part, 3000) for number, part in ((2, SPS), (3, PPS), (4, IDR))))
    stage.send(rtp(5, KEY, timestamp=6000, marker=True))
    fanned = [action.members.may_pad for action in stage.actions if isinstance(action, Fanout)]
    assert fanned == [True, False, False, False, True]


def test_an_old_key_frame_or_a_gap_needs_a_new_one() -> None:
    stage = playing(50)
    stage.watch("late", video_down(1))
    assert stage.take("late") == []
    assert stage.heard(KeyFrameRequest) == [KeyFrameRequest(VIDEO_SSRC)]
    stage = playing(5)
    stage.send(rtp(106, timestamp=18000))
    stage.watch("late", video_down(1))
    assert stage.take("late") == []


@pytest.mark.parametrize(("packets", "replayed"), [(400, 400), (401, 0)])
def test_a_start_of_too_many_packets_is_not_replayed_but_a_new_one_asked_for(
    packets: int, replayed: int
) -> None:
    stage = Stage()
    stage.send(rtp(1, KEY), *(rtp(number, REST) for number in range(2, packets + 1)))
    stage.take()
    stage.feedback()
    stage.watch("late", video_down(1))
    stage.tick()
    assert len(stage.take("late")) == replayed
    assert stage.heard(KeyFrameRequest) == ([] if replayed else [KeyFrameRequest(VIDEO_SSRC)])
    stage.send(rtp(packets + 1, KEY, timestamp=3000))
    assert stage.take("late")[-1].payload == KEY


def test_a_hundred_who_join_within_a_second_cost_at_most_two_key_frames() -> None:
    stage = playing(60)
    asked, number = 0, 160
    for viewer in range(100):
        stage.watch(f"viewer-{viewer}", replace(video_down(), ssrc=5000 + viewer))
        news = len(stage.heard(KeyFrameRequest))
        asked += news
        stage.tick(10 * MS)
        payload = KEY if news else DELTA
        stage.send(rtp(number, payload, timestamp=number * 900, marker=True))
        number += 1
    assert asked <= 2
    counters = stage.core.statistics()
    assert all(counters[f"viewer-{viewer}"].packets_out for viewer in range(99))


def test_a_repaired_start_brings_what_overtook_it() -> None:
    stage = Stage()
    stage.send(rtp(100, DELTA), rtp(102, DELTA, timestamp=3000), rtp(101, KEY, timestamp=3000))
    assert [seen.payload for seen in stage.take()] == [KEY, DELTA]


def test_what_comes_late_of_a_frame_that_was_caught_up_with_has_its_timestamp() -> None:
    stage = Stage()
    stage.send(rtp(100, DELTA), rtp(102, DELTA, timestamp=3000))
    stage.send(rtp(104, DELTA, timestamp=6000), rtp(105, DELTA, timestamp=9000))
    stage.send(rtp(101, KEY, timestamp=3000), rtp(103, REST, timestamp=6000))
    seen = stage.take()
    assert [packet.payload for packet in seen] == [KEY, DELTA, DELTA, DELTA, REST]
    assert seen[-1].header.timestamp == seen[2].header.timestamp


def h264_stage() -> Stage:
    return Stage(replace(VIDEO_UP, codecs=(H264,)), video_down())


def h264(number: int, payload: bytes, timestamp: int) -> bytes:
    return rtp(number, payload, payload_type=102, timestamp=timestamp)


def test_parameter_sets_that_were_sent_once_go_before_every_picture_that_lacks_them() -> None:
    stage = h264_stage()
    stage.send(h264(1, SPS, 0), h264(2, PPS, 0), h264(3, IDR, 0), h264(4, SLICE, 3000))
    assert [seen.payload for seen in stage.take()] == [SPS, PPS, IDR, SLICE]
    stage.send(h264(5, IDR, 6000), h264(6, SLICE, 9000))
    sets, picture, following = stage.take()
    assert sets.payload[0] & 31 == 24
    assert SPS in sets.payload
    assert picture.payload == IDR
    numbers = [seen.header.sequence for seen in (sets, picture, following)]
    assert numbers == [(numbers[0] + step) & 0xFFFF for step in range(3)]
    assert sets.header.timestamp == picture.header.timestamp
    stage.tick(2 * SECOND)
    stage.watch("late", video_down(1))
    stage.send(h264(7, IDR, 12000))
    assert [seen.payload for seen in stage.take("late")] == [sets.payload, IDR]


def test_a_source_with_b_frames_is_told_apart_at_once() -> None:
    stage = h264_stage()
    stage.send(h264(1, SPS, 0), h264(2, PPS, 0), h264(3, IDR, 0), h264(4, SLICE, 3000))
    assert not [action for action in stage.actions if isinstance(action, Unplayable)]
    stage.send(h264(5, b"\x01\xa8" + bytes(30), 1500))  # first_mb 0, slice_type 1
    assert stage.actions[-1] == Unplayable("up", "b-frames")


def test_an_output_gets_what_was_published_and_its_clock() -> None:
    stage = playing()
    stage.do(stage.core.tap("recorder", "camera", None, stage.now))
    assert stage.heard(KeyFrameRequest) == [KeyFrameRequest(VIDEO_SSRC)]
    stage.send(rtp(130, DELTA), rtp(131, KEY), rtp(132, DELTA), rtp(133, b"", padding=4))
    tapped = [action for action in stage.actions if isinstance(action, Tapped)]
    assert [(t.output, t.mid, t.packet.payload) for t in tapped] == [
        ("recorder", "1", KEY),
        ("recorder", "1", DELTA),
    ]
    stage.send(rtcp_build.sender_report(SenderReport(VIDEO_SSRC, 7 << 32, 5000, 1, 40)))
    assert TappedClock("recorder", "1", VIDEO_SSRC, 7 << 32, 5000) in stage.actions
    stage.core.untap("recorder")
    stage.actions.clear()
    stage.send(rtp(134, KEY))
    assert not [action for action in stage.actions if isinstance(action, Tapped)]


def test_an_output_that_begins_later_hears_at_once_what_the_clock_last_showed() -> None:
    stage = playing()
    stage.send(rtcp_build.sender_report(SenderReport(VIDEO_SSRC, 7 << 32, 5000, 1, 40)))
    stage.do(stage.core.tap("recorder", "camera", None, stage.now))
    stage.send(rtp(130, DELTA), rtp(131, KEY))
    clock, packet = (a for a in stage.actions if isinstance(a, Tapped | TappedClock))
    assert clock == TappedClock("recorder", "1", VIDEO_SSRC, 7 << 32, 5000)
    assert isinstance(packet, Tapped)


def test_an_output_goes_up_to_a_better_layer_and_down_when_it_falls_silent() -> None:
    stage = Stage(replace(VIDEO_UP, rids=("q", "f")))
    stage.do(stage.core.tap("recorder", "camera", ("1",), stage.now))

    def layer(number: int, ssrc: int, rid: bytes, payload: bytes = KEY) -> bytes:
        return rtp(number, payload + rid, ssrc=ssrc, extensions=[(4, b"1"), (10, rid)])

    stage.send(layer(1, 5, b"q"), layer(1, 6, b"f"), layer(2, 5, b"q"))
    stage.feedback()
    stage.tick(2 * SECOND)
    stage.send(layer(3, 5, b"q", DELTA))
    stage.tick(SECOND / 2)
    assert KeyFrameRequest(5) in stage.heard(KeyFrameRequest)  # "f" has stopped
    stage.send(layer(4, 5, b"q"), layer(2, 6, b"f", DELTA))
    tapped = [a.packet.payload[-1:] for a in stage.actions if isinstance(a, Tapped)]
    assert tapped == [b"q", b"f", b"q"]


def test_what_is_not_there_cannot_be_tapped() -> None:
    stage = Stage()
    with pytest.raises(UnknownPublication):
        stage.core.tap("recorder", "nothing", None, stage.now)
    with pytest.raises(UnknownSection):
        stage.core.tap("recorder", "camera", ("9",), stage.now)


def test_who_speaks_is_told_by_the_levels_of_their_packets() -> None:
    stage = Stage(AUDIO_UP, audio_down())

    def talk(start: int, count: int, level: int) -> list[bool]:
        for number in range(start, start + count):
            packet = rtp(
                number,
                b"\xfc",
                ssrc=AUDIO_SSRC,
                payload_type=111,
                extensions=[(1, bytes((level,)))],
            )
            stage.send(packet)
            stage.tick()
        told = [a.speaking for a in stage.actions if isinstance(a, VoiceChanged)]
        stage.actions.clear()
        return told

    assert talk(0, 60, 127) == []
    assert talk(60, 30, 0x80 | 20) == [True]
    assert talk(90, 120, 127) == [False]
    assert talk(210, 30, 0x80 | 20) == [True]
    for _ in range(100):
        stage.tick()
    assert VoiceChanged("camera", "0", speaking=False) in stage.actions


def test_layers_that_come_by_separate_sessions_make_one_publication() -> None:
    stage = Stage()
    section = replace(VIDEO_UP, rids=("q", "f"))
    stage.core.open_relay("low", "far", "q", (section,))
    stage.core.open_relay("high", "far", "f", (section,))
    stage.do(stage.core.attach("down", "v", "far", "1", stage.now))
    stage.send(rtp(1, KEY + b"q", ssrc=5), session="low")
    stage.send(rtp(1, KEY + b"f", ssrc=6), session="high")
    stage.send(rtp(2, DELTA + b"f", ssrc=6, timestamp=3000), session="high")
    assert [seen.payload[-1:] for seen in stage.take()][-1] == b"f"
    stage.core.close("high")
    stage.tick(SECOND / 2)
    assert stage.core.has_publication("far")
    stage.send(rtp(2, KEY + b"q", ssrc=5, timestamp=6000), session="low")
    for _ in range(20):
        stage.tick(SECOND / 2)
        stage.send(rtp(3 + _, KEY + b"q", ssrc=5, timestamp=9000 + 3000 * _), session="low")
    assert stage.take()[-1].payload[-1:] == b"q"
    stage.core.close("low")
    assert not stage.core.has_publication("far")


def test_packets_that_are_sent_to_one_viewer_alone_count() -> None:
    stage = playing()
    before = stage.core.statistics()["down"].packets_out
    stage.watch("late", video_down(1))
    assert isinstance(stage.actions[-1], Burst)
    assert stage.core.statistics()["late"].packets_out == 30
    assert stage.core.statistics()["down"].packets_out == before


def test_who_came_later_is_not_counted_what_came_late_for_the_others() -> None:
    stage = Stage()
    stage.send(rtp(100, KEY), rtp(102, DELTA))
    stage.watch("late", replace(video_down(), ssrc=OUT_VIDEO + 90))
    stage.send(rtp(103, KEY, timestamp=3000), rtp(101, DELTA))
    counted = {name: stage.core.statistics()[name].packets_out for name in ("down", "late")}
    assert [seen.payload for seen in stage.take("late")] == [KEY]
    assert counted == {"down": 4, "late": 1}

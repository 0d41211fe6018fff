"""The core as a whole: what a viewer gets, packet by packet."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Fanout, MediaBegan
from signaling.forwarding.counters import DropReason
from signaling.forwarding.forwarder import UnknownPublication, UnknownSection, UnknownSession
from signaling.forwarding.negotiated import Extension, Kind
from signaling.forwarding.profile import CAPTURE_TIME, END_TO_END, OURS
from signaling.forwarding.rtcp import (
    Nack,
)
from signaling.sdp.policy import (
    ABS_SEND_TIME,
    DOWNLINK,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_CC,
    UPLINK,
    Policy,
)
from tests.signaling.forwarding.packets import (
    AUDIO_SSRC,
    AUDIO_UP,
    DELTA,
    KEY,
    OPUS,
    OUT_RTX,
    OUT_VIDEO,
    REST,
    RTX_SSRC,
    VIDEO_SSRC,
    VIDEO_UP,
    VP8,
    Seen,
    Stage,
    audio_down,
    rtp,
    sent_to,
    video_down,
)

MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
HOP_UP = frozenset({MID, RID, REPAIRED_RID, TRANSPORT_CC, ABS_SEND_TIME})


def started() -> Stage:
    """A stage whose viewer has got the first packet, number 100."""
    stage = Stage()
    stage.send(rtp(100, KEY, timestamp=5000))
    assert len(stage.take()) == 1
    stage.feedback()
    return stage


def test_a_viewer_starts_at_a_key_frame() -> None:
    stage = Stage()
    stage.send(rtp(100, DELTA), rtp(101, REST), rtp(102, KEY), rtp(103, REST))
    assert [seen.payload for seen in stage.take()] == [KEY, REST]


def test_pitfall_17_numbers_begin_in_the_lower_half_whatever_is_drawn() -> None:
    stage = Stage()  # draws the highest number but one that it may
    stage.send(rtp(60000, KEY))
    (seen,) = stage.take()
    assert seen.header.sequence < 1 << 15


def test_numbers_and_types_and_extensions_are_the_viewers() -> None:
    stage = Stage()
    extensions = [(4, b"1"), (2, b"\x01\x02\x03"), (3, b"\x00\x07"), (10, b"f")]
    stage.send(rtp(100, KEY, marker=True, extensions=extensions))
    (seen,) = stage.take()
    assert (seen.header.ssrc, seen.header.payload_type) == (OUT_VIDEO, 120)
    assert seen.header.marker
    send_time = (1000 << 18 & 0xFFFFFF).to_bytes(3, "big")
    assert seen.elements == {9: b"v", 6: send_time}  # what belongs to the hop is gone or new


@pytest.mark.parametrize("rtx", [True, False])
def test_what_may_go_again_as_it_was_tells_no_time_of_its_own(*, rtx: bool) -> None:
    stage = Stage()
    stage.watch("other", video_down(1, rtx=rtx))
    stage.send(rtp(100, KEY))
    stage.take()
    stage.send(rtp(101, DELTA))
    (first,) = (data for action in stage.actions for data in sent_to("other", action))
    stage.take()
    stage.now += SECOND
    seen = Seen.of(first)
    stage.send(rtcp_build.nack(1, seen.header.ssrc, [seen.header.sequence]), session="other")
    (again,) = (data for action in stage.actions for data in sent_to("other", action))
    assert (6 in seen.elements) == rtx
    assert (again == first) == (not rtx)


def test_two_viewers_of_different_profiles_get_the_same_payload() -> None:
    stage = Stage()
    stage.watch("other", video_down(1))
    stage.send(rtp(100, KEY))
    fans = {s: stage.core.statistics()[s].packets_out for s in ("down", "other")}
    assert fans == {"down": 1, "other": 1}
    seen = stage.take("other")
    assert [(s.header.payload_type, s.elements[8], s.payload) for s in seen] == [(119, b"v", KEY)]


def test_the_audio_level_reaches_the_viewer() -> None:
    stage = Stage(AUDIO_UP, audio_down())
    stage.send(rtp(7, b"\xfcx", ssrc=AUDIO_SSRC, payload_type=111, extensions=[(1, b"\x85")]))
    (seen,) = stage.take() or [None]
    assert seen is not None
    assert seen.elements == {5: b"\x85", 9: b"a"}


def test_pitfall_12_orientation_and_capture_time_reach_the_viewer() -> None:
    orientation, captured = "urn:3gpp:video-orientation", bytes(range(8))
    up = (*VIDEO_UP.extensions, Extension(orientation, 13), Extension(CAPTURE_TIME, 14))
    down = video_down()
    theirs = (*down.extensions, Extension(orientation, 3), Extension(CAPTURE_TIME, 4))
    stage = Stage(replace(VIDEO_UP, extensions=up), replace(down, extensions=theirs))
    stage.send(rtp(100, KEY, extensions=[(13, b"\x01"), (14, captured + b"clock it")]))
    stage.send(rtp(101, extensions=[(13, b"\x02")]))
    turned, turned_again = stage.take()
    assert (turned.elements[3], turned.elements[4]) == (b"\x01", captured)
    assert (turned_again.elements[3], 4 in turned_again.elements) == (b"\x02", False)


@pytest.mark.parametrize(("policy", "hop"), [(UPLINK, HOP_UP), (DOWNLINK, OURS)])
def test_pitfall_12_all_that_is_forwarded_is_agreed_on_both_ways(
    policy: Policy, hop: frozenset[str]
) -> None:
    agreed = frozenset().union(*(media.extensions for media in policy.kinds.values()))
    assert agreed - hop == END_TO_END


def test_a_viewer_without_the_codec_gets_nothing() -> None:
    stage = Stage(down=replace(video_down(), codecs=()))
    stage.send(rtp(100, KEY))
    assert stage.take() == []
    assert stage.core.drops[DropReason.NO_COMMON_CODEC] == 1


def test_a_viewer_gets_nothing_before_it_is_connected() -> None:
    stage = started()
    stage.core.open_subscription("late", (video_down(1),))
    stage.do(stage.core.attach("late", "v", "camera", "1", stage.now))
    stage.send(rtp(101, KEY))
    assert stage.take("late") == []
    stage.do(stage.core.connected("late", stage.now))
    stage.send(rtp(102))
    assert [seen.payload for seen in stage.take("late")] == [KEY, DELTA]


def test_padding_is_never_forwarded_and_leaves_no_gap() -> None:
    stage = started()
    stage.send(rtp(101, DELTA), rtp(102, b"", padding=200), rtp(103, DELTA))
    first, second = stage.take()
    assert second.header.sequence == first.header.sequence + 1


def test_late_padding_fills_the_number_it_was_promised() -> None:
    stage = started()
    stage.send(rtp(101, DELTA), rtp(103, DELTA), rtp(102, b"", padding=200))
    first, third, second = stage.take()
    assert second.payload == b""
    assert second.header.sequence == first.header.sequence + 1 == third.header.sequence - 1


def test_padding_before_the_start_is_dropped() -> None:
    stage = Stage()
    stage.send(rtp(100, b"", padding=9))
    assert stage.take() == []


def test_duplicates_are_dropped() -> None:
    stage = started()
    stage.send(rtp(101), rtp(101))
    assert len(stage.take()) == 1
    assert stage.core.drops[DropReason.DUPLICATE] == 1


def test_the_first_packet_is_announced_once() -> None:
    stage = Stage()
    stage.send(rtp(100, KEY), rtp(101))
    assert stage.actions.count(MediaBegan("camera", "1", Kind.VIDEO)) == 1


def test_what_a_viewer_missed_is_repeated_in_its_rtx_stream() -> None:
    stage = started()
    stage.send(rtp(101, b"\x10\x01lost", timestamp=8000, marker=True))
    (original,) = stage.take()
    number = original.header.sequence
    stage.send(rtcp_build.nack(1, OUT_VIDEO, [number]), session="down")
    (repeat,) = stage.take()
    assert (repeat.header.ssrc, repeat.header.payload_type) == (OUT_RTX, 121)
    assert repeat.payload == number.to_bytes(2, "big") + original.payload
    assert repeat.header.timestamp == original.header.timestamp
    assert repeat.header.marker
    assert stage.core.statistics()["down"].resent == 1


def test_without_rtx_the_packet_itself_is_repeated() -> None:
    stage = Stage(down=video_down(rtx=False))
    stage.send(rtp(100, KEY))
    (original,) = stage.take()
    stage.send(rtcp_build.nack(1, OUT_VIDEO, [original.header.sequence]), session="down")
    assert stage.take() == [original]


def test_what_was_never_sent_is_not_repeated() -> None:
    stage = started()
    stage.send(rtcp_build.nack(1, OUT_VIDEO, [5, 6]), session="down")
    stage.send(rtcp_build.nack(1, 0xDEAD, [5]), session="down")
    assert stage.take() == []


def test_a_viewer_cannot_ask_for_repeats_without_end() -> None:
    stage = started()
    stage.send(rtp(101))
    number = stage.take()[0].header.sequence
    for _ in range(1000):
        stage.send(rtcp_build.nack(1, OUT_VIDEO, [number]), session="down")
    assert len(stage.take()) == 512


def test_a_lost_packet_is_asked_for_and_its_repair_keeps_its_number() -> None:
    stage = started()
    stage.send(rtp(102))
    (third,) = stage.take()
    stage.tick()
    assert stage.heard(Nack) == [Nack(VIDEO_SSRC, (101,))]
    lost = (101).to_bytes(2, "big") + DELTA
    stage.send(rtp(1, lost, ssrc=RTX_SSRC, payload_type=97))
    (second,) = stage.take()
    assert second.header.sequence == third.header.sequence - 1
    stage.tick(SECOND)
    assert stage.heard(Nack) == []


def test_probes_in_the_rtx_stream_go_nowhere() -> None:
    stage = started()
    stage.send(rtp(1, b"", ssrc=RTX_SSRC, payload_type=97, padding=200))
    assert stage.take() == []


def test_a_codec_without_nack_is_not_asked_for_repeats() -> None:
    stage = Stage(AUDIO_UP, audio_down())
    for number in (1, 3):
        stage.send(rtp(number, b"\xfc", ssrc=AUDIO_SSRC, payload_type=111))
    stage.tick()
    assert stage.heard(Nack) == []


def test_another_source_continues_numbers_and_clock() -> None:
    stage = started()
    stage.core.open_publication("up-2", "screen", (VIDEO_UP,))
    stage.send(rtp(101, timestamp=8000))
    (last,) = stage.take()
    stage.now += SECOND
    stage.do(stage.core.attach("down", "v", "screen", "1", stage.now))
    stage.send(rtp(102))
    assert stage.take() == []
    stage.send(rtp(60000, DELTA, ssrc=9), rtp(60001, KEY, timestamp=77, ssrc=9), session="up-2")
    (first,) = stage.take()
    assert first.header.sequence == (last.header.sequence + 1) & 0xFFFF
    assert (first.header.timestamp - last.header.timestamp) % 2**32 == 90000


def test_a_source_that_changes_its_ssrc_is_followed() -> None:
    stage = started()
    stage.send(rtp(5000, KEY, ssrc=77, timestamp=1), rtp(5001, ssrc=77, timestamp=1))
    first, second = stage.take()
    assert second.header.sequence == first.header.sequence + 1
    stage.send(rtp(101))
    assert stage.take() == []


def test_only_the_best_layer_flows() -> None:
    stage = Stage(replace(VIDEO_UP, rids=("q", "f")))
    for ssrc, rid in ((5, b"q"), (6, b"f")):
        stage.send(rtp(1, KEY + rid, ssrc=ssrc, extensions=[(4, b"1"), (10, rid)]))
    assert [seen.payload for seen in stage.take()] == [KEY + b"f"]


def test_nothing_flows_after_a_detach() -> None:
    stage = started()
    stage.core.detach("down", "v")
    stage.core.detach("down", "v")
    stage.send(rtp(101, KEY))
    assert stage.take() == []


def test_a_publication_that_ends_leaves_its_viewers_waiting() -> None:
    stage = started()
    stage.core.close("up")
    assert not stage.core.has_publication("camera")
    stage.send(rtp(101, KEY))
    assert stage.core.drops[DropReason.UNKNOWN_SESSION] == 1
    stage.core.open_publication("again", "camera", (VIDEO_UP,))
    stage.do(stage.core.attach("down", "v", "camera", "1", stage.now))
    stage.send(rtp(1, KEY, ssrc=4), session="again")
    assert len(stage.take()) == 1


def test_a_viewer_that_leaves_gets_nothing_more() -> None:
    stage = started()
    stage.core.close("down")
    stage.core.close("down")
    stage.send(rtp(101, KEY))
    assert stage.take() == []
    assert list(stage.core.statistics()) == ["up"]


def test_what_cannot_be_attached_is_refused() -> None:
    stage = Stage()
    stage.core.open_publication("up-2", "voice", (AUDIO_UP,))
    with pytest.raises(UnknownSession):
        stage.core.attach("nobody", "v", "camera", "1", stage.now)
    with pytest.raises(UnknownSection):
        stage.core.attach("down", "x", "camera", "1", stage.now)
    with pytest.raises(UnknownPublication):
        stage.core.attach("down", "v", "nothing", "1", stage.now)
    with pytest.raises(UnknownSection):
        stage.core.attach("down", "v", "camera", "9", stage.now)
    with pytest.raises(UnknownSection):
        stage.core.attach("down", "v", "voice", "0", stage.now)


def test_packets_that_belong_nowhere_are_counted() -> None:
    stage = started()
    stage.send(b"\x80", rtp(1, payload_type=55, ssrc=8), rtp(2, payload_type=98))
    stage.send(rtp(1), session="down")
    drops = stage.core.drops
    assert drops[DropReason.MALFORMED] == 1
    assert drops[DropReason.UNKNOWN_STREAM] == 1
    assert drops[DropReason.UNKNOWN_PAYLOAD_TYPE] == 1
    assert drops[DropReason.NOT_EXPECTED] == 1


def test_a_media_packet_that_came_as_repairs_is_dropped() -> None:
    stage = started()
    stage.send(rtp(5, b"\x00\x05abc", payload_type=97))
    assert stage.take() == []


def test_a_peer_that_invents_streams_is_counted() -> None:
    stage = Stage()
    for ssrc in range(40):
        stage.send(rtp(1, KEY, ssrc=100 + ssrc))
    assert stage.core.drops[DropReason.TOO_MANY_STREAMS] == 8


def test_statistics_count_both_ways() -> None:
    stage = started()
    stage.send(rtp(101))
    up, down = (stage.core.statistics()[s] for s in ("up", "down"))
    assert (up.packets_in, up.bytes_in) == (2, 2 * len(rtp(1)))
    assert down.packets_out == 2


def test_picture_ids_of_seven_bits_go_on_where_they_wrap() -> None:
    stage = Stage()
    for number in range(300):
        descriptor = b"\x90\x80" + bytes((number & 0x7F,))
        frame = b"\x00" if number == 0 else b"\x01"
        stage.send(rtp(number, descriptor + frame, timestamp=number * 3000, marker=True))
    pictures = [int.from_bytes(seen.payload[2:4], "big") & 0x7FFF for seen in stage.take()]
    assert len(pictures) == 300
    steps = {(after - before) & 0x7FFF for before, after in pairwise(pictures)}
    assert steps == {1}


def test_viewers_that_have_left_leave_nothing_behind() -> None:
    stage = started()
    for number in range(20):
        codecs = (replace(VP8, payload_type=64 - number),)
        section = replace(video_down(), codecs=codecs, ssrc=900 + number)
        stage.watch(f"viewer-{number}", section)
        assert len(stage.take(f"viewer-{number}")) == 1
        stage.core.close(f"viewer-{number}")
    stream = stage.core._names["camera"].tracks["1"].streams[VIDEO_SSRC]
    assert len(stream.cohorts) == 1
    stage.core.close("down")
    assert not stream.cohorts


def test_a_packet_of_sound_waits_for_nothing_however_its_codec_is_spelled() -> None:
    stage = Stage(replace(AUDIO_UP, codecs=(replace(OPUS, name="OPUS"),)), audio_down())
    stage.send(rtp(7, b"\xfcx", ssrc=AUDIO_SSRC, payload_type=111))
    (sent,) = [action for action in stage.actions if isinstance(action, Fanout)]
    assert sent.packet.is_last

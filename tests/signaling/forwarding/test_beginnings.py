"""What a viewer begins with: it can be read, is completed before it is replaced, and tells time."""

import struct
from datetime import timedelta
from itertools import pairwise

import pytest

from signaling.forwarding import rtcp_build
from signaling.forwarding.asked import DESPERATE
from signaling.forwarding.flow import ORDINARY
from signaling.forwarding.insurance import LONGEST, UNKNOWN
from signaling.forwarding.repairs import RENEWED, UNDER_WAY
from signaling.forwarding.requests import KEYFRAME_GAP
from signaling.forwarding.rtcp import KeyFrameRequest, ReportBlock, SenderReport
from tests.signaling.forwarding.packets import (
    DELTA,
    KEY,
    OUT_RTX,
    OUT_VIDEO,
    REST,
    TICK,
    VIDEO_SSRC,
    Seen,
    Stage,
    rtp,
    video_down,
)

PIECES = 12  # packets of a key frame
CLOCK = 90_000
BRIEF, LONG = 500, 2500  # bytes of a frame


def stage_with_key_frame(*, rtx: bool = True) -> tuple[Stage, list[Seen]]:
    """A viewer to whom a key frame has just been sent, and the frame after it."""
    stage = Stage(down=video_down(rtx=rtx))
    for number in range(PIECES):
        payload = KEY if number == 0 else REST + bytes((number,))
        stage.send(rtp(100 + number, payload, timestamp=3000, marker=number == PIECES - 1))
    stage.send(rtp(100 + PIECES, DELTA, timestamp=6000, marker=True))
    stage.feedback()
    return stage, stage.take()


def asks(stage: Stage) -> bool:
    """The viewer wants a key frame: whether its publisher hears of it."""
    stage.send(rtcp_build.picture_loss(1, OUT_VIDEO), session="down")
    stage.tick()
    return stage.heard(KeyFrameRequest) != []


def tell_trip(stage: Stage, seconds: float) -> None:
    """The viewer reports, of so few packets that it says nothing of losses, how long the way is."""
    up = SenderReport(VIDEO_SSRC, 1 << 32, 3000, PIECES, 1000)
    stage.send(rtcp_build.sender_report(up))
    stage.tick()
    (sent,) = stage.heard(SenderReport, session="down")
    assert isinstance(sent, SenderReport)
    stage.now += timedelta(seconds=seconds)
    block = ReportBlock(OUT_VIDEO, 0, 0, 100, 0, sent.ntp >> 16 & 0xFFFFFFFF, 0)
    stage.send(rtcp_build.receiver_report(1, [block]), session="down")


def repeated(stage: Stage) -> list[int]:
    """The numbers of what the viewer has got again since the last time."""
    seen = [packet for packet in stage.take() if packet.header.ssrc == OUT_RTX]
    return [int.from_bytes(packet.payload[:2]) for packet in seen]


@pytest.mark.parametrize("lacking", [1, 2, 7, None])
def test_who_wants_a_key_frame_gets_what_it_cannot_know_of_once_more_and_no_other(
    lacking: int | None,
) -> None:
    stage, sent = stage_with_key_frame()
    if lacking is not None:
        number = sent[lacking].header.sequence
        stage.send(rtcp_build.nack(1, OUT_VIDEO, [number]), session="down")
        assert repeated(stage) == [number]
    assert not asks(stage)
    unknown = UNKNOWN if lacking is None else min(lacking, UNKNOWN)
    assert repeated(stage) == [packet.header.sequence for packet in sent[:unknown]]
    assert not asks(stage)
    assert repeated(stage) == []


def test_who_still_wants_one_when_it_should_have_come_gets_another() -> None:
    stage, _ = stage_with_key_frame()
    answers = [asks(stage) for _ in range(UNDER_WAY // TICK)]
    assert not any(answers[:-1])
    assert asks(stage)


@pytest.mark.parametrize(("trip", "waited"), [(0.5, 1.0), (60.0, 2.0)])
def test_a_longer_way_takes_longer_but_not_for_ever(trip: float, waited: float) -> None:
    stage, _ = stage_with_key_frame()
    tell_trip(stage, trip)
    stage.core.detach("down", "v")
    stage.do(stage.core.attach("down", "v", "camera", "1", stage.now))
    stage.send(rtp(200, KEY, timestamp=9000, marker=True))
    stage.feedback()
    patience = UNDER_WAY + timedelta(seconds=waited)
    answers = [asks(stage) for _ in range(patience // TICK)]
    assert not any(answers[:-1])
    assert asks(stage)


def commands(stage: Stage, number: int) -> bool:
    """The viewer commands a key frame (RFC 5104 §4.3.1): whether its publisher hears of it."""
    command = struct.pack("!IIIB3x", 1, 0, OUT_VIDEO, number)
    stage.send(rtcp_build.packet(4, rtcp_build.PAYLOAD_FEEDBACK, command), session="down")
    stage.tick()
    return stage.heard(KeyFrameRequest) != []


def test_who_commands_one_gets_another_at_once_and_no_third_for_the_same_command() -> None:
    stage, _ = stage_with_key_frame()
    assert commands(stage, 1)
    stage.send(rtp(101 + PIECES, KEY, timestamp=9000, marker=True))
    stage.tick(KEYFRAME_GAP)
    stage.feedback()
    assert not commands(stage, 1)
    assert commands(stage, 2)


def test_however_much_has_come_since_who_wants_one_gets_the_first_packets_again() -> None:
    stage, sent = stage_with_key_frame()
    for number in range(LONGEST + 1):
        stage.send(rtp(101 + PIECES + number, DELTA, timestamp=9000, marker=number == LONGEST))
    stage.tick()
    assert repeated(stage) == []
    assert not asks(stage)
    assert repeated(stage) == [packet.header.sequence for packet in sent[:UNKNOWN]]


def test_who_cannot_be_sent_anything_again_gets_another_at_once() -> None:
    stage, _ = stage_with_key_frame(rtx=False)
    assert asks(stage)


def test_what_flowed_before_does_not_count() -> None:
    stage, sent = stage_with_key_frame()
    before = (sent[0].header.sequence - 1) % 65536
    stage.send(rtcp_build.nack(1, OUT_VIDEO, [before]), session="down")
    assert not asks(stage)
    assert len(repeated(stage)) == UNKNOWN


@pytest.mark.parametrize("passed", [10, 33_000])
def test_what_is_asked_for_in_vain_is_noticed_however_long_the_stream_has_flowed(
    passed: int,
) -> None:
    stage = Stage()
    for number in range(passed):
        stage.send(rtp(number, KEY if number == 0 else DELTA, timestamp=30 * number, marker=True))
        if number % 500 == 0:
            stage.actions.clear()
    stage.tick(RENEWED)
    lacking = stage.take()[-1].header.sequence
    stage.feedback()
    for _ in range(DESPERATE):
        assert stage.heard(KeyFrameRequest) == []
        stage.send(rtcp_build.nack(1, OUT_VIDEO, [lacking]), session="down")
        stage.tick()
    assert stage.heard(KeyFrameRequest) != []


@pytest.mark.parametrize("size", [BRIEF, LONG])
def test_replayed_frames_are_as_far_apart_as_they_take_on_their_way(size: int) -> None:
    stage = Stage()
    for number in range(10):
        payload = (KEY if number == 0 else DELTA).ljust(size, b"x")
        stage.send(rtp(100 + number, payload, timestamp=number * 3000, marker=True))
        stage.tick()
    stage.watch("late", video_down(1))
    times = [packet.header.timestamp for packet in stage.take("late")]
    steps = {(after - before) % 2**32 for before, after in pairwise(times)}
    took = max(timedelta(milliseconds=1), timedelta(seconds=8 * size / ORDINARY))
    assert steps == {round(took.total_seconds() * CLOCK)}

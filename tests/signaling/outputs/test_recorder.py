"""Recordings of real encoders, looked at by an independent decoder."""

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import av
import pytest

from signaling.outputs.packets import MediaPacket, Message, SenderClock
from signaling.outputs.recorder import Limits, Over
from tests.signaling.outputs.filing import SECTIONS, record
from tests.signaling.outputs.sources import RATE, SECOND, SSRC, START, Publisher, without
from tests.signaling.outputs.watching import watch

CODECS = ["h264", "vp8"]
IN_STEP = 0.005  # seconds: one reading of the loudness; this sender captures both at once


@pytest.mark.parametrize("codec", CODECS)
def test_every_picture_and_every_sound_is_in_the_file(codec: str, tmp_path: Path):
    files = record(tmp_path, Publisher(codec, 6).messages())
    (path,) = files.paths
    assert path.suffix == {"h264": ".mp4", "vp8": ".webm"}[codec]
    seen = watch(path)
    assert seen.codecs == (codec, "opus")
    assert len(seen.pictures) == 6 * RATE
    assert len(seen.flashes) == len(seen.tones) == 6
    assert max(abs(offset) for offset in seen.offsets) < IN_STEP
    assert seen.duration == pytest.approx(6, abs=0.05)
    assert files.duration.total_seconds() == pytest.approx(6, abs=0.05)
    assert files.ends == [Over("stopped")]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("sound", "picture"), [(0.05, 0.35), (0.25, 0.05)])
def test_sound_and_picture_that_arrive_apart_are_together_once_their_reports_have_come(
    codec: str, sound: float, picture: float, tmp_path: Path
):
    publisher = Publisher(codec, 5, sound_delay=sound, picture_delay=picture)
    seen = watch(record(tmp_path, publisher.messages()).paths[0])
    assert max(abs(offset) for offset in seen.offsets[1:]) < IN_STEP


@pytest.mark.parametrize("codec", CODECS)
def test_a_recording_that_hears_of_the_clocks_at_its_start_is_in_step_from_its_first_picture(
    codec: str, tmp_path: Path
):
    messages = Publisher(codec, 5, sound_delay=0.05, picture_delay=0.35).messages()
    clocks = {m.mid: m for m in reversed(messages) if isinstance(m, SenderClock)}
    known = [clock._replace(arrived_at=START) for clock in clocks.values()]
    media = [m for m in messages if isinstance(m, MediaPacket)]
    seen = watch(record(tmp_path, [*known, *media]).paths[0])
    assert len(seen.offsets) == 4
    assert max(abs(offset) for offset in seen.offsets) < IN_STEP


def test_without_any_report_the_arrival_tells(tmp_path: Path):
    seen = watch(record(tmp_path, Publisher("vp8", 3, reports=False).messages()).paths[0])
    assert max(abs(offset) for offset in seen.offsets) < IN_STEP


@pytest.mark.parametrize("codec", CODECS)
def test_a_picture_that_changes_its_size_stays_in_one_file(codec: str, tmp_path: Path):
    publisher = Publisher(codec, 4, sizes=((320, 240), (640, 480), (320, 240)))
    (path,) = record(tmp_path, publisher.messages()).paths
    seen = watch(path)
    assert len(seen.pictures) == 4 * RATE
    widths = [width for width, _ in itertools.groupby(width for _, _, width in seen.pictures)]
    assert widths == [320, 640, 320]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("keep", [0.4, 0.75])
def test_what_a_killed_process_leaves_plays_to_its_last_fragment(
    codec: str, keep: float, tmp_path: Path
):
    files = record(tmp_path, Publisher(codec, 6).messages(), stop=False)
    content = files.paths[0].read_bytes()
    cut = tmp_path / f"cut{files.paths[0].suffix}"
    cut.write_bytes(content)
    whole = watch(cut)
    assert len(whole.pictures) >= 5 * RATE - 2
    assert max(abs(offset) for offset in whole.offsets[:-1]) < IN_STEP
    cut.write_bytes(content[: int(len(content) * keep)])  # and even in the middle of a write
    with av.open(str(cut)) as file:
        assert sum(packet.size > 0 for packet in file.demux(video=0)) > RATE


@pytest.mark.parametrize("codec", CODECS)
def test_a_lost_packet_freezes_the_picture_until_the_next_key_frame(codec: str, tmp_path: Path):
    messages = Publisher(codec, 4).messages()
    pictures = [m for m in messages if isinstance(m, MediaPacket) and m.codec == codec]
    victim = next(m for m in pictures if m.arrived_at > START + 1.5 * SECOND)
    files = record(tmp_path, without(messages, {victim.number}))
    seen = watch(files.paths[0])
    assert 3 * RATE < len(seen.pictures) < 4 * RATE - 5
    assert [round(at) for at in seen.flashes] == [0, 1, 2, 3]
    assert max(abs(offset) for offset in seen.offsets) < IN_STEP


def test_while_only_a_key_frame_helps_one_is_asked_for_once_a_second(tmp_path: Path):
    messages = Publisher("vp8", 6).messages()
    stamps = sorted({m.timestamp for m in messages if isinstance(m, MediaPacket) and m.mid == "1"})
    keys = set(stamps[RATE::RATE])  # every key frame but the first is lost
    lost = {
        m.number
        for m in messages
        if isinstance(m, MediaPacket) and m.mid == "1" and m.timestamp in keys
    }
    files = record(tmp_path, without(messages, lost))
    assert files.asked == ["1"] * len(files.asked)
    assert 3 <= len(files.asked) <= 5


def test_when_no_picture_comes_another_layer_is_asked_for_less_and_less_often(tmp_path: Path):
    messages = [
        m
        for m in Publisher("vp8", 20).messages()
        if m.arrived_at < START + 2 * SECOND or (isinstance(m, MediaPacket) and m.mid == "0")  # type: ignore[union-attr]
    ]
    files = record(tmp_path, messages)
    assert files.asked == ["1"] * 3  # after 2, 4 and 8 seconds


def test_sound_that_is_lost_or_pauses_becomes_silence(tmp_path: Path):
    messages = [
        m
        for m in Publisher("vp8", 6).messages()
        if not (isinstance(m, MediaPacket) and m.mid == "0" and 160 <= m.number < 310)
    ]
    seen = watch(record(tmp_path, messages).paths[0])
    times = [at for at, _ in seen.loudness]
    assert max(later - at for at, later in itertools.pairwise(times)) < 0.008
    assert [round(at) for at in seen.tones] == [0, 1, 5]
    assert max(abs(offset) for offset in seen.offsets) < IN_STEP


def test_sound_that_begins_late_is_in_step(tmp_path: Path):
    messages = [
        m
        for m in Publisher("h264", 7).messages()
        if not (isinstance(m, MediaPacket | SenderClock) and m.mid == "0")
        or m.arrived_at > START + 3.5 * SECOND
    ]
    seen = watch(record(tmp_path, messages).paths[0])
    assert [round(at) for at in seen.tones] == [4, 5, 6]
    assert max(abs(offset) for offset in seen.offsets) < IN_STEP


def test_sound_alone_becomes_webm(tmp_path: Path):
    publisher = Publisher(seconds=3, has_picture=False)
    files = record(tmp_path, publisher.messages(), sections=(("0", "audio"),))
    seen = watch(files.paths[0])
    assert (files.paths[0].suffix, seen.codecs) == (".webm", ("opus",))
    assert (len(seen.tones), seen.duration) == (3, pytest.approx(3, abs=0.05))


@pytest.mark.parametrize(("codec", "suffix"), [("vp8", ".webm"), ("h264", ".mp4")])
def test_a_picture_alone_needs_no_sound(codec: str, suffix: str, tmp_path: Path):
    publisher = Publisher(codec, seconds=3, has_sound=False)
    files = record(tmp_path, publisher.messages(), sections=(("1", "video"),))
    assert (len(watch(files.paths[0]).pictures), files.paths[0].suffix) == (3 * RATE, suffix)


def test_a_picture_that_comes_later_begins_another_file(tmp_path: Path):
    messages = [
        m
        for m in Publisher("h264", 8).messages()
        if not (isinstance(m, MediaPacket) and m.mid == "1") or m.arrived_at > START + 4.9 * SECOND
    ]
    files = record(tmp_path, messages)
    assert [path.suffix for path in files.paths] == [".webm", ".mp4"]
    assert files.ends == [Over("format-changed", continues=True), Over("stopped")]
    assert len(watch(files.paths[1]).pictures) == 3 * RATE
    assert watch(files.paths[0]).codecs == ("opus",)


def test_another_codec_begins_another_file(tmp_path: Path):
    first = Publisher("vp8", 2).messages()
    second = [_later(m, 2 * SECOND) for m in Publisher("h264", 2).messages()]
    files = record(tmp_path, [*first, *second])
    assert [path.suffix for path in files.paths] == [".webm", ".mp4"]
    assert [len(watch(path).pictures) for path in files.paths] == [2 * RATE, 2 * RATE]


def test_a_switch_of_layers_is_seamless_and_what_comes_late_of_the_old_one_is_left(
    tmp_path: Path,
):
    small, large = (
        [m for m in Publisher("vp8", 4, sizes=(size,)).messages() if isinstance(m, MediaPacket)]
        for size in ((160, 120), (320, 240))
    )
    half = START + 2.03 * SECOND
    old = [m for m in small if m.mid == "0" or m.arrived_at < half]
    new = [
        m._replace(ssrc=99, number=m.number + 10_000, timestamp=(m.timestamp + 5555) % (1 << 32))
        for m in large
        if m.mid == "1" and m.arrived_at >= half
    ]
    late = max((m for m in old if m.mid == "1"), key=lambda m: m.number)
    merged: list[Message] = sorted([*old, *new], key=lambda m: m.arrived_at)
    merged.append(late._replace(arrived_at=merged[-1].arrived_at))
    (path,) = record(tmp_path, merged).paths
    seen = watch(path)
    assert len(seen.pictures) == 4 * RATE
    assert max(abs(offset) for offset in seen.offsets) < IN_STEP
    steps = [b[0] - a[0] for a, b in itertools.pairwise(seen.pictures)]
    assert max(steps) < 0.060


def test_a_size_limit_is_never_passed(tmp_path: Path):
    limits = Limits(size=120_000, duration=timedelta(hours=1))
    files = record(tmp_path, Publisher("h264", 8).messages(), limits=limits)
    assert files.ends == [Over("size-limit")]
    assert 60_000 < files.paths[0].stat().st_size <= 120_000
    assert len(watch(files.paths[0]).pictures) > RATE


def test_a_time_limit_ends_a_recording(tmp_path: Path):
    limits = Limits(size=1 << 30, duration=timedelta(seconds=3))
    files = record(tmp_path, Publisher("vp8", 6).messages(), limits=limits)
    assert files.ends == [Over("time-limit")]
    assert watch(files.paths[0]).duration == pytest.approx(3, abs=0.2)


def test_a_recording_of_nothing_makes_no_file(tmp_path: Path):
    files = record(tmp_path, [])
    assert (files.paths, files.ends) == ([], [Over("stopped")])


def test_a_section_that_was_not_named_is_not_recorded(tmp_path: Path):
    publisher = replace(Publisher("vp8", 2), sound_mid="7")
    files = record(tmp_path, publisher.messages(), sections=SECTIONS[1:])
    assert watch(files.paths[0]).codecs == ("vp8",)


def test_hours_of_silence_stay_small(tmp_path: Path):
    first = [m for m in Publisher("vp8", 1).messages() if isinstance(m, MediaPacket)]
    last = [_later(m, timedelta(minutes=30)) for m in first]
    files = record(tmp_path, [*first, *last])
    seen = sum(path.stat().st_size for path in files.paths)
    assert seen < 4_000_000
    assert files.duration > timedelta(minutes=30)


def _later(message: Message, by: timedelta) -> Message:
    """The same, sent later, as if by an encoder that was started anew."""
    assert isinstance(message, MediaPacket | SenderClock)
    moved = message._replace(arrived_at=message.arrived_at + by)
    ticks = 48_000 if message.mid == "0" else 90_000
    stamp = (message.timestamp + int(by.total_seconds() * ticks)) % (1 << 32)
    moved = moved._replace(timestamp=stamp)
    if isinstance(moved, MediaPacket):
        fresh = SSRC["video"] + 1 if message.mid == "1" else moved.ssrc
        return moved._replace(ssrc=fresh, number=moved.number + 100_000)
    return moved._replace(ntp=moved.ntp + (int(by.total_seconds()) << 32))

"""The flight recorder: what it keeps, how much at most, and what it says about a freeze."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signaling.forwarding import rtcp_build
from signaling.forwarding.findings import Finding, explain
from signaling.forwarding.flight import (
    DUPLICATE,
    MOST_BYTES,
    MOST_EVENT_BYTES,
    MOST_EVENTS,
    START,
    Events,
    PacketLog,
    unpacked,
)
from signaling.forwarding.forwarder import UnknownSession
from signaling.forwarding.record import FlightRecord, from_json, to_json
from signaling.forwarding.rtcp import ReportBlock
from tests.signaling.forwarding.packets import (
    DELTA,
    FEEDBACK,
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
from tests.signaling.forwarding.simulcast import RIDS, Simulcast

SECOND = timedelta(seconds=1)
RTX_UP = replace(VIDEO_UP, ssrcs=(VIDEO_SSRC,), rtx_ssrcs=((VIDEO_SSRC, RTX_SSRC),))


def flowing(stage: Stage, packets: int, first: int = 100) -> int:
    """Let a packet come every tick, a key frame first; the number after the last."""
    for number in range(first, first + packets):
        payload = KEY if number == 100 else DELTA
        stage.send(rtp(number, payload, timestamp=90 * 20 * number, marker=True))
        stage.tick()
    return first + packets


def record_of(stage: Stage, session: str = "down") -> FlightRecord:
    record = stage.core.flight(session, stage.now)
    assert from_json(to_json(record)) == record
    return record


def found(stage: Stage, code: str, session: str = "down") -> list[Finding]:
    return [one for one in explain(record_of(stage, session)) if one.code == code]


def test_a_packet_is_remembered_by_its_header_and_what_it_was_taken_for() -> None:
    stage = Stage()
    flowing(stage, 3)
    stage.send(rtp(102, DELTA))
    (stream,) = record_of(stage, "up").streams
    assert [note.sequence for note in stream.packets] == [100, 101, 102, 102]
    assert stream.packets[0].flags & START
    assert stream.packets[0].head == rtp(100, KEY, timestamp=180000, marker=True)[:28]
    assert stream.packets[0].size == 12 + len(KEY)
    assert [bool(note.flags & DUPLICATE) for note in stream.packets] == [False] * 3 + [True]


def test_nothing_is_kept_for_a_viewer_packet_by_packet() -> None:
    stage = Stage()
    flowing(stage, 200)
    record = record_of(stage)
    assert len(record.events) < 10
    assert len(record.streams[0].packets) == 200


def test_the_log_of_a_stream_is_bounded_in_bytes_and_in_time() -> None:
    log = PacketLog()
    packet = bytes(1200)
    for number in range(50_000):
        log.add(packet, 28, number, 0, timedelta(milliseconds=number))
    assert len(log.packed(timedelta())) <= MOST_BYTES + (1 << 15)
    assert next(unpacked(log.packed(timedelta()))).at < 50
    log.add(packet, 28, 1, 0, timedelta(hours=1))
    for number in range(2000):
        log.add(packet, 28, number, 0, timedelta(hours=1))
    assert next(unpacked(log.packed(timedelta()))).at > 40


def test_a_viewer_that_reports_without_end_fills_no_memory() -> None:
    notes = Events()
    for number in range(2 * MOST_EVENTS):
        notes.rtcp(bytes(1400), timedelta(milliseconds=number))
    kept = notes.since(timedelta())
    assert sum(len(str(event.facts["data"])) // 2 for event in kept) <= MOST_EVENT_BYTES
    for number in range(2 * MOST_EVENTS):
        notes.add("pli", "v", SECOND, number=number)
    assert len(notes.since(timedelta())) == MOST_EVENTS
    notes.add("pli", "v", timedelta(hours=1))
    assert len(notes.since(timedelta())) == 1
    assert notes.has_forgotten


def test_who_does_not_exist_has_no_record() -> None:
    with pytest.raises(UnknownSession):
        Stage().core.flight("nobody", SECOND)


def test_a_silent_publisher_is_found_out() -> None:
    stage = Stage()
    after = flowing(stage, 50)
    stage.tick(3 * SECOND)
    flowing(stage, 50, after)
    (finding,) = found(stage, "publisher-silent")
    assert finding.facts == {"milliseconds": 3020}


def test_layers_that_were_paused_are_no_silence() -> None:
    stage = Simulcast(VP8)
    stage.frames(30, key="qhf")
    stage.sending = {"q"}  # nobody watches the others
    stage.frames(60)
    stage.sending = set(RIDS)
    stage.frames(30, key="hf")
    stage.do(stage.core.limit("down", "v", 0, stage.now))  # nobody watches any
    stage.sending = set()
    stage.frames(60)
    assert not found(stage, "publisher-silent")
    stage.do(stage.core.limit("down", "v", None, stage.now))
    stage.sending = set(RIDS)
    stage.frames(30, key="qhf")
    assert not found(stage, "publisher-silent")
    stage.sending = set()  # although they are watched
    stage.frames(60)
    (finding,) = found(stage, "publisher-silent")
    assert not found(stage, "paused"), "the link carries it"
    assert finding.mid == "1"
    assert finding.until == record_of(stage).taken_at


def test_a_loss_on_the_way_in_that_was_repaired_says_how_long_that_took() -> None:
    stage = Stage(RTX_UP)
    after = flowing(stage, 10)
    flowing(stage, 9, after + 2)
    for number in (after, after + 1):
        original = number.to_bytes(2, "big") + DELTA
        stage.send(rtp(number, original, payload_type=97, ssrc=RTX_SSRC))
    (finding,) = found(stage, "repaired-on-the-way-in")
    assert finding.facts == {"packets": 2, "milliseconds": 180}
    assert not found(stage, "lost-on-the-way-in")


def test_a_loss_on_the_way_in_that_nobody_repaired_is_told_apart() -> None:
    stage = Stage()
    after = flowing(stage, 10)
    flowing(stage, 10, after + 4)
    (finding,) = found(stage, "lost-on-the-way-in")
    assert finding.facts == {"packets": 4}


def test_what_a_viewer_asked_for_is_summed_up() -> None:
    stage = Stage()
    flowing(stage, 20)
    newest = stage.take()[-1].header.sequence
    lost = [newest - 5000, newest - 2, newest - 1]
    stage.send(rtcp_build.nack(1, OUT_VIDEO, lost), session="down")
    (finding,) = found(stage, "lost-on-the-way-out")
    assert finding.facts == {"asked": 3, "sent": 2, "gone": 1, "held": 0, "requests": 1}


def test_waiting_for_a_key_frame_is_measured() -> None:
    stage = Stage()
    flowing(stage, 10)
    stage.send(rtcp_build.picture_loss(1, OUT_VIDEO), session="down")
    after = flowing(stage, 32, 110)
    stage.send(rtp(after, KEY, timestamp=90 * 20 * after))
    (finding,) = found(stage, "waited-for-key-frame")
    assert finding.facts == {"milliseconds": 640}


def test_a_picture_that_the_page_does_not_want_is_no_fault() -> None:
    stage = Stage()
    flowing(stage, 10)
    stage.do(stage.core.limit("down", "v", 0, stage.now))
    stage.tick()
    (finding,) = found(stage, "not-shown")
    assert finding.facts["reason"] == "limit"


def test_a_link_too_thin_for_the_lowest_layer_pauses_the_picture() -> None:
    down = video_down()
    codecs = tuple(replace(codec, feedback=FEEDBACK) for codec in down.codecs)
    stage = Stage(down=replace(down, codecs=codecs))
    for number in range(100, 400):
        payload = KEY if number == 100 else DELTA + bytes(1100)
        stage.send(rtp(number, payload, timestamp=1800 * number, marker=True))
        if number > 250 and number % 10 == 0:
            lost = 9 * (number - 250) // 10
            block = ReportBlock(OUT_VIDEO, 230, lost, number, 0, 0, 0)
            estimate = rtcp_build.receiver_estimate(1, 20_000, [OUT_VIDEO])
            stage.send(rtcp_build.receiver_report(1, [block]) + estimate, session="down")
        stage.tick()
    finding = found(stage, "paused")[0]
    assert int(finding.facts["usable"]) < int(finding.facts["needed"])


def test_a_source_that_went_away_is_named() -> None:
    stage = Stage()
    flowing(stage, 10)
    before = record_of(stage)
    stage.core.close("up")
    (finding,) = found(stage, "source-gone")
    assert finding.mid == "v"
    assert before.is_whole


def test_only_what_is_near_a_moment_explains_it() -> None:
    stage = Stage()
    after = flowing(stage, 50)
    stage.tick(2 * SECOND)
    flowing(stage, 1500, after)
    record = record_of(stage)
    assert [one.code for one in explain(record)] == ["publisher-silent"]
    assert not explain(record, record.taken_at)
    assert explain(record, record.taken_at - 29)


def test_a_viewer_whose_reports_stop_is_found_out() -> None:
    stage = Stage()
    for number in range(100, 400):
        stage.send(rtp(number, KEY if number == 100 else DELTA, timestamp=1800 * number))
        if number < 200 and number % 5 == 0:
            stage.send(rtcp_build.receiver_report(1, []), session="down")
        stage.tick()
    (finding,) = found(stage, "viewer-silent")
    assert int(finding.facts["milliseconds"]) == pytest.approx(4100, abs=50)


def test_a_viewer_to_whom_nothing_was_given_yet_has_no_findings() -> None:
    stage = Stage()
    stage.core.open_subscription("early", (video_down(1),))
    stage.do(stage.core.connected("early", stage.now))
    assert explain(record_of(stage, "early")) == []


def test_what_the_viewers_browser_counted_stands_beside_what_we_infer() -> None:
    stage = Stage()
    flowing(stage, 10)
    stage.core.froze("down", "v", 2, timedelta(milliseconds=740), stage.now)
    (one,) = found(stage, "froze")
    assert one.facts == {"freezes": 2, "milliseconds": 740}
    assert one.until - one.at == 5.0
    assert one in explain(record_of(stage), stage.now.total_seconds() - 3)
    with pytest.raises(UnknownSession):
        stage.core.froze("nobody", "v", 1, SECOND, stage.now)

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from signaling.rooms.events import RoomEnded, RoomExpired, RoomOpened
from signaling.rooms.limits import TokenBucket
from signaling.rooms.messages.client import (
    Admit,
    DeviceState,
    End,
    Leave,
    MediaState,
    Ping,
    SendChat,
)
from signaling.rooms.values import ParticipantId, RoomId, RoomPlan
from tests.signaling.rooms.story import PLAN, START, Story
from tests.signaling.rooms.test_entering import in_the_room, with_panel

CHEN = ParticipantId("chen")
LINES = iter(range(10**6))


def line(text: str, to: str | None = None, key: str | None = None) -> SendChat:
    return SendChat(text=text, key=key or f"k{next(LINES)}", to=ParticipantId(to) if to else None)


def texts(story: Story, connection: str) -> list[str]:
    return [m.line.text for m in story.heard[connection] if m.type == "chat"]


# Chat


def test_a_line_in_the_room_reaches_all_in_the_room_and_nobody_before_the_door():
    story = in_the_room()
    story.enter("zhao")
    story.says("chen", line("你好"))
    assert texts(story, "li") == ["你好"]
    assert texts(story, "chen") == ["你好"]
    assert texts(story, "zhao") == []


def test_before_admission_a_candidate_chats_with_the_panel_only():
    story = in_the_room()
    story.enter("zhao")
    story.says("zhao", line("I am here"))
    assert texts(story, "li") == ["I am here"]
    assert texts(story, "zhao") == ["I am here"]
    assert texts(story, "chen") == []
    assert story.last("li", "chat").line.private


def test_the_panel_answers_one_who_waits_in_private():
    story = in_the_room()
    story.enter("zhao")
    story.says("li", line("five minutes please", to="zhao"))
    assert texts(story, "zhao") == ["five minutes please"]
    assert texts(story, "chen") == []


def test_a_panel_member_who_comes_later_reads_what_was_written_before_the_door():
    story = Story()
    story.enter("chen")
    story.says("chen", line("hello?"))
    story.enter("li")
    assert [entry.text for entry in story.last("li", "snapshot").chat] == ["hello?"]


def test_an_admitted_candidate_does_not_read_what_was_said_in_the_room_before():
    story = with_panel()
    story.enter("wu")
    story.says("li", line("salary limit is 12k"))
    story.enter("chen")
    story.says("chen", line("hello"))
    story.says("li", Admit(participant=CHEN))
    assert [entry.text for entry in story.last("chen", "snapshot").chat] == ["hello"]


@pytest.mark.parametrize(("sender", "to"), [("li", "wu"), ("chen", "li"), ("li", "nobody")])
def test_there_are_no_private_lines_in_the_room(sender: str, to: str):
    story = in_the_room()
    story.enter("wu")
    story.says(sender, line("psst", to=to))
    assert story.last(sender, "error").code == "chat-not-private"


def test_a_flood_of_lines_is_refused_and_allowed_again_after_a_pause():
    story = in_the_room()
    for _ in range(9):
        story.says("chen", line("x"))
    assert len(texts(story, "li")) == 8
    assert story.last("chen", "error").code == "chat-too-fast"
    story.after(seconds=2)
    story.says("chen", line("y"))
    assert texts(story, "li")[-1] == "y"


def test_a_line_sent_again_after_a_reconnect_is_still_one_line():
    story = in_the_room()
    story.says("chen", line("once", key="a"))
    story.says("chen", line("more", key="b"))
    story.says("chen", line("once", key="a"))
    assert texts(story, "li") == ["once", "more"]


# State of devices and media


def test_the_progress_of_the_device_check_is_seen_from_both_sides_of_the_door():
    story = with_panel()
    story.enter("chen")
    story.says("li", DeviceState(camera="checking", microphone="ready"))
    story.says("chen", DeviceState(camera="absent", microphone="failed"))
    assert story.last("chen", "presence").person.microphone == "failed"
    seen_by_chen = [m.person for m in story.heard["chen"] if m.type == "presence"]
    assert any(p.id == "li" and p.camera == "checking" for p in seen_by_chen)
    assert story.last("li", "presence").person.camera == "absent"


def test_mute_and_camera_are_announced_once():
    story = in_the_room()
    story.says("chen", MediaState(muted=True, camera_off=True))
    before = story.number()
    story.says("chen", MediaState(muted=True, camera_off=True))
    assert story.number() == before
    assert story.last("li", "presence").person.muted


def test_ping_is_answered_with_the_servers_time():
    story = with_panel()
    story.says("li", Ping(nonce=7))
    pong = story.last("li", "pong")
    assert (pong.nonce, pong.now) == (7, START)


def test_a_connection_that_nobody_knows_is_refused():
    story = with_panel()
    story.says("stranger", line("hi"))
    assert story.last("stranger", "error").code == "seat-not-yours"


# The end


def test_the_panel_ends_the_interview_and_everybody_is_told_and_closed():
    story = in_the_room()
    story.enter("zhao")
    story.enter("chen", "phone", device="device-2")
    story.publishes("chen", "p1")
    story.subscribes("li", "d1")
    story.says("li", End(outcome="done"))
    for connection in ("li", "chen", "zhao"):
        assert story.types(connection)[-1] == "ended"
    assert set(story.closed) == {"li", "chen", "zhao", "phone"}
    assert RoomEnded(PLAN.room, START, "done", ParticipantId("li")) in story.events
    assert not story.room.state.media.subscriptions


def test_a_candidate_cannot_end_the_interview():
    story = in_the_room()
    story.says("chen", End(outcome="done"))
    assert story.last("chen", "error").code == "panel-only"
    assert not story.room.state.is_over


def test_one_who_is_there_is_no_no_show():
    story = in_the_room()
    story.says("li", End(outcome="no-show"))
    assert story.last("li", "error").code == "candidate-is-present"
    story.says("chen", Leave())
    story.says("li", End(outcome="no-show"))
    assert story.last("li", "error").code == "too-early-for-no-show"
    story.after(minutes=10)
    story.says("li", End(outcome="no-show"))
    assert story.room.state.outcome == "no-show"


def test_after_the_end_nobody_comes_in_and_a_second_end_changes_nothing():
    story = in_the_room()
    story.took(story.room.end("cancelled", story.now))
    assert story.room.end("done", story.now) == ()
    story.enter("wu")
    assert story.last("wu", "error").code == "interview-over"


def test_a_room_whose_time_is_up_and_whose_people_are_gone_dies_once():
    story = in_the_room()
    story.says("chen", Leave())
    story.now = PLAN.closes_at
    story.after(seconds=1)
    assert not story.room.state.is_over
    story.says("li", Leave())
    story.after(seconds=1)
    story.after(seconds=1)
    assert [e for e in story.events if isinstance(e, RoomExpired)] == [
        RoomExpired(PLAN.room, PLAN.closes_at + timedelta(seconds=2))
    ]
    story.enter("li", "li-2")
    assert story.last("li-2", "error").code == "interview-over"


def test_a_moved_room_tells_its_pages_the_new_clock_once():
    story = with_panel()
    later = replace(PLAN, ends_at=PLAN.ends_at + timedelta(minutes=5))
    story.took(story.room.replan(later, story.now))
    assert story.last("li", "timer").timer.ends_at == later.ends_at
    assert story.room.replan(later, story.now) == ()


def test_before_a_restart_every_connection_is_told_when_to_come_back():
    story = in_the_room()
    story.enter("chen", "phone", device="device-2")
    story.took(story.room.restart_announced(3.0))
    for connection in ("li", "chen", "phone"):
        assert story.last(connection, "server-restart").reconnect_in == 3.0


def test_a_room_says_that_it_opened():
    assert Story().took(Story().room.opened(START))[0].event == RoomOpened(PLAN.room, START)


# Values


def test_a_plan_without_a_zone_or_without_length_is_a_mistake():
    naive = datetime(2026, 11, 24, 6, 0)  # noqa: DTZ001  the mistake under test
    with pytest.raises(ValueError, match="zone"):
        RoomPlan(RoomId("r"), naive, naive + timedelta(minutes=1))
    with pytest.raises(ValueError, match="after"):
        RoomPlan(RoomId("r"), START, START)


def test_a_bucket_never_holds_more_than_its_burst():
    bucket = TokenBucket(2, timedelta(seconds=1))
    assert [bucket.take(START) for _ in range(3)] == [True, True, False]
    later = START + timedelta(hours=1)
    assert [bucket.take(later) for _ in range(3)] == [True, True, False]
    assert not bucket.take(START), "a clock that steps back gives nothing"

"""A room whose process is gone comes back from its notes; pages bring back the rest."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from signaling.rooms.events import ParticipantKnocked, RoomEnded
from signaling.rooms.memory import NOTE, Memory, noted, untold
from signaling.rooms.messages.client import Admit, Decline, End, MediaState, SendChat
from signaling.rooms.room import Room
from signaling.rooms.values import ParticipantId
from tests.signaling.rooms.story import PLAN, START, Story

CHEN = ParticipantId("chen")
ZHAO = ParticipantId("zhao")


def two_met_and_one_waits() -> Story:
    story = Story()
    for who in ("li", "chen", "zhao"):
        story.enter(who)
    story.says("zhao", SendChat(text="am I right here?", key="1"))
    story.says("li", Admit(participant=CHEN))
    story.says("chen", SendChat(text="你好", key="1"))
    return story


def kept(story: Story) -> Memory:
    """What notes of this room say after they were written down and read."""
    memory = Memory()
    for note in Memory().news(story.room.state):
        memory.take(NOTE.validate_json(note.model_dump_json()))
    return memory


def after_a_crash(story: Story) -> Story:
    """The same people, asking a process that has only the notes."""
    later = Story(story.room.state.plan)
    later.now = story.now
    later.room = Room.remembered(PLAN, "life-2", kept(story), story.now)
    return later


def test_everybody_finds_the_seat_that_they_had():
    story = after_a_crash(two_met_and_one_waits())
    for who in ("li", "chen", "zhao"):
        story.enter(who)
    people = {person.id: person for person in story.last("li", "snapshot").people}
    assert {name: person.presence for name, person in people.items()} == {
        "li": "in-room",
        "chen": "in-room",
        "zhao": "waiting",
    }
    assert (people["chen"].name, people["chen"].name_latin) == ("陈晨", "Chen Chen")
    assert not any(isinstance(event, ParticipantKnocked) for event in story.events)
    assert story.last("chen", "welcome").resumed is False
    assert story.granted == {"li": [True], "chen": [True], "zhao": [False]}


def test_a_seat_is_kept_ten_minutes_from_the_restart_and_not_longer():
    story = after_a_crash(two_met_and_one_waits())
    story.enter("li")
    story.after(minutes=9)
    assert story.room.state.people[CHEN].is_in_room
    story.after(minutes=2)
    assert not story.room.state.people[CHEN].is_in_room
    assert story.last("li", "gone").reason == "expired"


def test_a_seat_that_was_being_kept_already_gets_no_more_time():
    before = two_met_and_one_waits()
    before.loses("chen")
    before.after(minutes=4)
    story = after_a_crash(before)
    assert story.room.state.people[CHEN].card(media=False).seat_until == START + timedelta(
        minutes=10
    )


def test_chat_is_still_read_by_those_who_may_and_goes_on_in_order():
    story = after_a_crash(two_met_and_one_waits())
    for who in ("li", "chen", "zhao"):
        story.enter(who)
    said = {
        who: [line.text for line in story.last(who, "snapshot").chat]
        for who in ("li", "chen", "zhao")
    }
    assert said == {
        "li": ["am I right here?", "你好"],
        "chen": ["你好"],
        "zhao": ["am I right here?"],
    }
    story.says("chen", SendChat(text="你好", key="1"))  # a page that is unsure repeats it
    story.says("chen", SendChat(text="back", key="2"))
    assert [entry.body.line for entry in story.room.state.chat.latest(lambda _: True)] == [1, 2, 3]


def test_the_clock_of_the_interview_goes_on():
    before = two_met_and_one_waits()
    before.after(minutes=3)
    story = after_a_crash(before)
    story.enter("li")
    assert story.last("li", "welcome").timer.started_at == START


def test_an_interview_that_has_ended_stays_ended():
    before = two_met_and_one_waits()
    before.says("li", End(outcome="done"))
    story = after_a_crash(before)
    story.enter("chen")
    assert story.last("chen", "error").code == "interview-over"


def test_a_room_that_died_out_stays_so():
    before = Story()
    before.after(hours=1)
    assert before.room.state.expired
    assert after_a_crash(before).room.state.is_over


def test_who_was_declined_rests_as_long_as_without_a_crash():
    before = two_met_and_one_waits()
    before.says("li", Decline(participant=ZHAO))
    story = after_a_crash(before)
    story.enter("zhao")
    assert story.last("zhao", "error").code == "declined-recently"


def test_what_was_noted_is_not_noted_again_and_a_change_is_one_note():
    story = two_met_and_one_waits()
    memory = kept(story)
    assert memory.news(story.room.state) == []
    story.says("chen", MediaState(muted=True, camera_off=False))
    assert [note.type for note in memory.news(story.room.state)] == ["person"]


def test_a_memory_says_in_fewest_notes_what_it_says():
    story = two_met_and_one_waits()
    story.says("li", End(outcome="done"))
    memory, again = kept(story), Memory()
    for note in memory.notes():
        again.take(note)
    assert again.notes() == memory.notes()
    assert again.news(story.room.state) == []


def test_events_wait_until_they_are_acknowledged():
    memory = Memory()
    events = [
        ParticipantKnocked(PLAN.room, START, CHEN, "candidate"),
        RoomEnded(PLAN.room, START, "done", None),
    ]
    for note in noted(events):
        memory.take(NOTE.validate_json(note.model_dump_json()))
    assert untold(memory) == events
    memory.take(NOTE.validate_json('{"type": "acknowledged"}'))
    assert untold(memory) == events[1:]


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "event", "name": "RoomPainted", "fields": {}}',
        '{"type": "event", "name": "RoomEnded", "fields": {"room": "r1"}}',
        '{"type": "colour"}',
    ],
)
def test_what_no_version_of_ours_wrote_is_no_note(line: str):
    with pytest.raises(ValidationError):
        NOTE.validate_json(line)

from datetime import timedelta

from signaling.rooms.events import ParticipantJoined, ParticipantKnocked, ParticipantLeft
from signaling.rooms.messages.client import Admit, Decline, Leave, RenewGrants, TakeOver
from signaling.rooms.values import ParticipantId
from tests.signaling.rooms.story import PLAN, START, Story

CHEN = ParticipantId("chen")


def with_panel() -> Story:
    story = Story()
    story.enter("li")
    return story


def in_the_room() -> Story:
    story = with_panel()
    story.enter("chen")
    story.says("li", Admit(participant=CHEN))
    return story


def test_a_panel_member_is_in_the_room_at_once_and_gets_media_grants():
    story = with_panel()
    assert story.types("li") == ["welcome", "snapshot", "map", "speaker", "presence"]
    assert story.last("li", "welcome").you.presence == "in-room"
    assert story.granted["li"] == [True]
    assert ParticipantJoined(PLAN.room, START, ParticipantId("li"), "panel") in story.events


def test_a_candidate_knocks_and_the_panel_hears_it():
    story = with_panel()
    story.enter("chen")
    assert story.presence("chen") == "waiting"
    assert story.last("li", "knock").person.name == "陈晨"
    assert story.granted["chen"] == [False]
    assert ParticipantKnocked(PLAN.room, START, CHEN, "candidate") in story.events


def test_an_observer_knocks_too():
    story = with_panel()
    story.enter("guest")
    assert story.presence("guest") == "waiting"


def test_one_who_waits_sees_the_panel_but_no_other_who_waits():
    story = with_panel()
    story.enter("chen")
    story.enter("zhao")
    people = story.last("zhao", "snapshot").people
    assert {p.id for p in people} == {"li", "zhao"}
    assert "zhao" not in {m.person.id for m in story.heard["chen"] if m.type == "presence"}


def test_an_admitted_candidate_gets_a_snapshot_and_media_grants():
    story = in_the_room()
    tail = story.types("chen")[-5:]
    assert tail == ["admitted", "snapshot", "map", "speaker", "timer"]
    assert story.granted["chen"] == [False, True]


def test_the_clock_starts_when_panel_and_candidate_meet():
    story = in_the_room()
    assert story.last("chen", "timer").timer.started_at == START
    assert story.last("li", "timer").timer.started_at == START


def test_only_the_panel_admits():
    story = in_the_room()
    story.enter("zhao")
    story.says("chen", Admit(participant=ParticipantId("zhao")))
    assert story.last("chen", "error").code == "panel-only"
    assert story.presence("zhao") == "waiting"


def test_nobody_can_be_admitted_twice():
    story = in_the_room()
    story.says("li", Admit(participant=CHEN))
    assert story.last("li", "error").code == "nobody-waits"


def test_a_declined_candidate_is_told_closed_and_may_knock_again_after_a_rest():
    story = with_panel()
    story.enter("chen")
    story.says("li", Decline(participant=CHEN))
    assert story.types("chen")[-1] == "declined"
    assert story.closed["chen"] == 4003
    story.enter("chen", "chen-2")
    assert story.last("chen-2", "error").code == "declined-recently"
    story.after(seconds=31)
    story.enter("chen", "chen-3")
    assert story.presence("chen") == "waiting"


def test_a_room_opens_sixty_minutes_early_for_the_panel_and_fifteen_for_the_candidate():
    story = Story()
    story.now = START - timedelta(minutes=16)
    story.enter("li")
    story.enter("chen")
    assert story.presence("li") == "in-room"
    error = story.last("chen", "error")
    assert error.code == "room-not-open-yet"
    assert error.parameters == {"opens_at": (START - timedelta(minutes=15)).isoformat()}
    assert story.closed["chen"] == 4000


def test_nobody_new_comes_in_after_the_grace_but_a_kept_seat_is_still_theirs():
    story = in_the_room()
    story.now = PLAN.closes_at - timedelta(minutes=1)
    story.loses("chen")
    story.after(minutes=2)
    story.enter("zhao")
    assert story.last("zhao", "error").code == "room-closed"
    story.enter("chen", "chen-2")
    assert story.last("chen-2", "welcome").you.presence == "in-room"


def test_a_lost_socket_keeps_its_seat_for_ten_minutes():
    story = in_the_room()
    story.loses("chen")
    assert story.last("li", "seat-kept").until == START + timedelta(minutes=10)
    story.after(minutes=9, seconds=59)
    assert story.presence("chen") == "in-room"
    story.after(seconds=1)
    assert story.last("li", "gone").reason == "expired"
    assert ParticipantLeft(PLAN.room, story.now, CHEN, "candidate", "expired") in story.events


def test_one_whose_seat_expired_knocks_again():
    story = in_the_room()
    story.loses("chen")
    story.after(minutes=10)
    story.enter("chen", "chen-2")
    assert story.presence("chen") == "waiting"


def test_one_who_leaves_gives_up_the_seat_at_once():
    story = in_the_room()
    story.says("chen", Leave())
    assert story.last("li", "gone").reason == "left"
    assert story.closed["chen"] == 1000
    assert story.presence("chen") == "left"


def test_a_reload_resumes_from_the_last_number_seen():
    story = in_the_room()
    seen = story.number()
    story.loses("chen")
    story.enter("wu")
    story.enter("chen", "chen-2", last_seen=seen)
    assert story.last("chen-2", "welcome").resumed
    replayed = [m.number for m in story.heard["chen-2"] if hasattr(m, "number")]
    assert replayed[0] == seen + 1
    assert "snapshot" not in story.types("chen-2")


def test_a_reload_without_a_number_gets_a_snapshot():
    story = in_the_room()
    story.loses("chen")
    story.enter("chen", "chen-2")
    assert not story.last("chen-2", "welcome").resumed
    assert "snapshot" in story.types("chen-2")


def test_one_admitted_while_away_gets_a_snapshot_and_not_what_was_said_before():
    story = with_panel()
    story.enter("chen")
    seen = story.number()
    story.loses("chen")
    story.says("li", Admit(participant=CHEN))
    story.enter("chen", "chen-2", last_seen=seen)
    assert not story.last("chen-2", "welcome").resumed


def test_the_same_device_replaces_its_own_dead_connection_without_a_question():
    story = in_the_room()
    story.enter("chen", "chen-2")
    assert story.closed["chen"] == 4001
    assert story.types("chen-2")[0] == "welcome"


def test_a_second_device_is_asked_which_to_keep():
    story = in_the_room()
    story.enter("chen", "phone", device="device-2")
    assert story.types("phone") == ["seat-taken"]
    assert story.room.state.people[CHEN].connection == "chen"


def test_the_newer_device_may_take_over_and_the_older_is_told():
    story = in_the_room()
    story.publishes("chen", "p1")
    story.enter("chen", "phone", device="device-2")
    story.says("phone", TakeOver())
    assert story.types("chen")[-1] == "replaced"
    assert story.closed["chen"] == 4001
    assert story.types("phone")[1] == "welcome"
    assert not story.room.state.media.publications
    assert story.presence("chen") == "in-room"


def test_a_second_device_cannot_speak_before_it_has_the_seat():
    story = in_the_room()
    story.enter("chen", "phone", device="device-2")
    story.says("phone", Leave())
    assert story.last("phone", "error").code == "seat-not-yours"


def test_take_over_without_a_question_is_refused():
    story = in_the_room()
    story.says("chen", TakeOver())
    assert story.last("chen", "error").code == "seat-not-yours"


def test_when_the_older_device_dies_the_one_that_asks_gets_the_seat():
    story = in_the_room()
    story.enter("chen", "phone", device="device-2")
    story.loses("chen")
    assert story.types("phone")[:2] == ["seat-taken", "welcome"]


def test_when_the_older_device_leaves_the_one_that_asks_gets_the_seat():
    story = in_the_room()
    story.enter("chen", "phone", device="device-2")
    story.says("chen", Leave())
    assert story.types("phone")[:2] == ["seat-taken", "welcome"]
    assert story.presence("chen") == "in-room"


def test_when_the_one_that_asks_goes_away_nothing_changes():
    story = in_the_room()
    story.enter("chen", "phone", device="device-2")
    before = story.number()
    story.loses("phone")
    assert story.number() == before
    assert story.room.connections() == ("li", "chen")
    assert story.room.state.people[CHEN].connection == "chen"


def test_a_third_device_takes_the_question_from_the_second():
    story = in_the_room()
    story.enter("chen", "phone", device="device-2")
    story.enter("chen", "tablet", device="device-3")
    assert story.types("phone")[-1] == "replaced"
    assert story.closed["phone"] == 4001


def test_a_kept_seat_is_given_to_another_device_without_a_question_and_old_media_ends():
    story = in_the_room()
    story.publishes("chen", "p1")
    story.loses("chen")
    story.enter("chen", "phone", device="device-2")
    assert story.types("phone")[0] == "welcome"
    assert not story.room.state.media.publications


def test_a_proof_of_admission_survives_a_restart_of_the_server():
    story = with_panel()
    story.enter("chen", admitted_before=True)
    assert story.presence("chen") == "in-room"


def test_a_proof_of_admission_does_not_undo_a_leave_that_the_room_remembers():
    story = in_the_room()
    story.says("chen", Leave())
    story.enter("chen", "chen-2", admitted_before=True)
    assert story.presence("chen") == "waiting"


def test_a_full_room_says_so_and_those_who_wait_cannot_keep_the_panel_out():
    story = Story(PLAN_OF_TWO)
    story.enter("chen")
    story.enter("zhao")
    story.enter("guest")
    assert story.last("guest", "error").code == "room-full"
    story.enter("li")
    story.enter("wu")
    story.says("li", Admit(participant=CHEN))
    assert story.last("li", "error").code == "room-full"


def test_grants_are_renewed_for_those_who_are_connected():
    story = in_the_room()
    story.enter("zhao")
    story.loses("zhao")
    before = {who: len(granted) for who, granted in story.granted.items()}
    story.took(story.room.renew_grants())
    story.says("chen", RenewGrants())
    after = {who: len(granted) for who, granted in story.granted.items()}
    assert {who: after[who] - before[who] for who in after} == {"li": 1, "chen": 2, "zhao": 0}


PLAN_OF_TWO = type(PLAN)(PLAN.room, PLAN.starts_at, PLAN.ends_at, seats=2, waiting_places=2)

import pytest

from signaling.refusals import Refusal
from signaling.rooms.actions import Attach, CloseSessions, Detach
from signaling.rooms.messages.client import Admit, End, Leave
from signaling.rooms.refusals import InterviewOver
from signaling.rooms.values import ParticipantId, SessionId
from tests.signaling.rooms.story import Story
from tests.signaling.rooms.test_entering import in_the_room, with_panel

CHEN, LI = ParticipantId("chen"), ParticipantId("li")


def media(actions: tuple[object, ...]) -> list[object]:
    return [a for a in actions if isinstance(a, Attach | Detach | CloseSessions)]


def three_people() -> Story:
    story = in_the_room()
    story.enter("wu")
    return story


def test_a_publication_flows_to_the_others_and_not_to_its_owner():
    story = in_the_room()
    story.subscribes("li", "d-li")
    story.subscribes("chen", "d-chen")
    actions = story.publishes("chen", "p1")
    assert media(actions) == [
        Attach(SessionId("d-li"), "0", "p1", "0"),
        Attach(SessionId("d-li"), "2", "p1", "1"),
    ]
    sections = story.last("li", "map").sections
    assert [(s.mid, s.kind, s.participant) for s in sections] == [
        ("0", "audio", "chen"),
        ("2", "video", "chen"),
    ]
    assert story.last("chen", "map").sections == ()


def test_a_subscription_carries_what_was_published_before_it():
    story = in_the_room()
    story.publishes("chen", "p1", "a")
    actions = story.subscribes("li", "d1")
    assert media(actions) == [Attach(SessionId("d1"), "0", "p1", "0")]


def test_a_replaced_publication_passes_its_sections_on_and_is_closed():
    story = in_the_room()
    story.subscribes("li", "d1")
    story.publishes("chen", "p1", "av")
    actions = story.publishes("chen", "p2", "a")
    assert media(actions) == [
        Attach(SessionId("d1"), "0", "p2", "0"),
        Detach(SessionId("d1"), "2"),
        CloseSessions((SessionId("up-p1"),)),
    ]


def test_a_replaced_publication_with_fewer_sounds_flows_once():
    story = in_the_room()
    story.subscribes("li", "d1")
    story.publishes("chen", "p1", "aavv")
    actions = story.publishes("chen", "p2", "av")
    assert media(actions) == [
        Attach(SessionId("d1"), "0", "p2", "0"),
        Detach(SessionId("d1"), "1"),
        Attach(SessionId("d1"), "2", "p2", "1"),
        Detach(SessionId("d1"), "3"),
        CloseSessions((SessionId("up-p1"),)),
    ]


def test_a_second_subscription_replaces_the_first():
    story = in_the_room()
    story.publishes("chen", "p1", "a")
    story.subscribes("li", "d1")
    actions = story.subscribes("li", "d2")
    assert media(actions) == [
        Attach(SessionId("d2"), "0", "p1", "0"),
        CloseSessions((SessionId("d1"),)),
    ]


def test_a_track_that_found_no_place_gets_the_next_free_section():
    story = three_people()
    story.subscribes("li", "d1", "a")
    story.publishes("chen", "p1", "a")
    assert media(story.publishes("wu", "p2", "a")) == []
    actions = story.took(story.room.session_gone(SessionId("up-p1"), "closed"))
    assert media(actions) == [
        Detach(SessionId("d1"), "0"),
        Attach(SessionId("d1"), "0", "p2", "0"),
    ]


def test_a_lost_session_is_told_to_its_owner_with_its_direction():
    story = in_the_room()
    story.publishes("chen", "p1")
    story.subscribes("chen", "d1")
    story.took(story.room.session_gone(SessionId("up-p1"), "consent-expired"))
    assert story.last("chen", "media-lost").direction == "publish"
    story.took(story.room.session_gone(SessionId("d1"), "worker-lost"))
    assert story.last("chen", "media-lost").direction == "subscribe"


def test_a_session_that_its_owner_ended_is_closed_without_a_call_to_come_again():
    story = in_the_room()
    story.publishes("chen", "p1")
    actions = story.took(story.room.session_ended(SessionId("up-p1")))
    assert media(actions) == [CloseSessions((SessionId("up-p1"),))]
    assert "media-lost" not in story.types("chen")


def test_the_others_see_when_somebody_is_connected_to_media():
    story = in_the_room()
    story.publishes("chen", "p1")
    assert not story.last("li", "presence").person.media
    story.took(story.room.session_connected(SessionId("up-p1")))
    assert story.last("li", "presence").person.media
    before = story.number()
    story.took(story.room.session_connected(SessionId("up-p1")))
    assert story.number() == before


def test_an_unknown_session_changes_nothing():
    story = in_the_room()
    nobody = SessionId("nobody")
    assert story.room.session_connected(nobody) == ()
    assert story.room.session_gone(nobody, "closed") == ()
    assert story.room.session_ended(nobody) == ()


def test_one_who_leaves_takes_all_media_along():
    story = in_the_room()
    story.subscribes("li", "d1")
    story.publishes("chen", "p1", "a")
    story.subscribes("chen", "d2")
    actions = story.says("chen", Leave())
    assert media(actions) == [
        Detach(SessionId("d1"), "0"),
        CloseSessions((SessionId("up-p1"), SessionId("d2"))),
    ]
    assert story.last("li", "map").sections == ()


def test_one_who_waits_may_neither_publish_nor_subscribe():
    story = with_panel()
    story.enter("chen")
    for check in (story.room.check_may_publish, story.room.check_may_subscribe):
        with pytest.raises(Refusal) as caught:
            check(CHEN)
        assert caught.value.code == "not-admitted"


def test_nobody_opens_media_in_an_interview_that_is_over():
    story = in_the_room()
    story.says("li", End(outcome="done"))
    for check in (story.room.check_may_publish, story.room.check_may_subscribe):
        with pytest.raises(InterviewOver) as caught:
            check(CHEN)
        assert caught.value.detail == "This interview has ended (done)."
    for late in (story.publishes("chen", "p1"), story.subscribes("li", "d1")):
        assert media(late) == [CloseSessions((late[0].sessions[0],))]


def test_an_observer_sees_but_sends_nothing():
    story = with_panel()
    story.enter("guest")
    guest = ParticipantId("guest")
    story.says("li", Admit(participant=guest))
    story.room.check_may_subscribe(guest)
    with pytest.raises(Refusal) as caught:
        story.room.check_may_publish(guest)
    assert caught.value.code == "observer-is-silent"


def test_a_session_opened_for_one_who_left_meanwhile_is_closed_again():
    story = in_the_room()
    story.says("chen", Leave())
    assert media(story.publishes("chen", "p1")) == [CloseSessions((SessionId("up-p1"),))]
    assert media(story.subscribes("chen", "d1")) == [CloseSessions((SessionId("d1"),))]
    assert not story.room.state.media.publications


def test_each_used_grant_is_replaced_by_a_fresh_one():
    story = in_the_room()
    before = len(story.granted["chen"])
    story.publishes("chen", "p1")
    story.subscribes("chen", "d1")
    assert len(story.granted["chen"]) == before + 2


def test_after_a_reload_the_map_and_fresh_grants_come_again():
    story = in_the_room()
    story.publishes("li", "p1")
    story.subscribes("chen", "d1")
    story.loses("chen")
    story.enter("chen", "chen-2", last_seen=story.number())
    assert [s.participant for s in story.last("chen-2", "map").sections] == ["li", "li"]
    assert story.granted["chen-2"] == [True]

"""Players that name one publication: they get it and nothing else, and leave the rest alone."""

import pytest

from signaling.refusals import PublicationAbsent
from signaling.rooms.actions import Attach, CloseSessions, Detach
from signaling.rooms.refusals import NotAdmitted
from signaling.rooms.values import ParticipantId, PublicationName, SessionId
from tests.signaling.rooms.story import Story
from tests.signaling.rooms.test_entering import in_the_room, with_panel
from tests.signaling.rooms.test_media import media, three_people

CHEN, LI = ParticipantId("chen"), ParticipantId("li")


def two_cameras_and_a_screen() -> Story:
    story = three_people()
    story.publishes("chen", "p1", "av")
    story.publishes("wu", "p2", "av")
    story.publishes("wu", "p3", "v", source="screen")
    return story


def test_a_player_gets_what_it_named_and_nothing_else():
    story = two_cameras_and_a_screen()
    actions = story.subscribes("li", "player", "av", only="wu:camera")
    assert media(actions) == [
        Attach(SessionId("player"), "0", "p2", "0"),
        Attach(SessionId("player"), "1", "p2", "1"),
    ]
    assert media(story.subscribes("li", "other", "va", only="wu:screen")) == [
        Attach(SessionId("other"), "0", "p3", "0")
    ]


def test_the_pages_own_subscription_and_its_map_stay_as_they_are():
    story = two_cameras_and_a_screen()
    story.subscribes("li", "own", "aaavvv")
    before = story.last("li", "map").sections
    assert media(story.subscribes("li", "player", "av", only="wu:camera"))[-1].session == "player"
    assert story.last("li", "map").sections == before
    story.took(story.room.session_gone(SessionId("player"), "consent-expired"))
    assert "media-lost" not in story.types("li")
    assert story.last("li", "map").sections == before


def test_one_may_play_ones_own_publication():
    story = in_the_room()
    story.publishes("chen", "p1", "a")
    actions = story.subscribes("chen", "player", "av", only="chen:camera")
    assert media(actions) == [Attach(SessionId("player"), "0", "p1", "0")]


def test_a_player_follows_its_name_when_the_publisher_comes_again():
    story = in_the_room()
    story.publishes("chen", "p1", "a")
    story.subscribes("li", "player", "av", only="chen:camera")
    replaced = story.publishes("chen", "p2", "a")
    assert Attach(SessionId("player"), "0", "p2", "0") in replaced
    gone = story.took(story.room.session_gone(SessionId("up-p2"), "closed"))
    assert media(gone) == [Detach(SessionId("player"), "0")]
    again = story.publishes("chen", "p3", "a")
    assert Attach(SessionId("player"), "0", "p3", "0") in again


def test_a_second_player_of_the_same_name_replaces_the_first():
    story = in_the_room()
    story.publishes("chen", "p1", "a")
    story.subscribes("li", "one", "av", only="chen:camera")
    actions = story.subscribes("li", "two", "av", only="chen:camera")
    assert CloseSessions((SessionId("one"),)) in actions


def test_players_end_with_the_seat():
    story = in_the_room()
    story.publishes("chen", "p1", "a")
    story.subscribes("li", "player", "av", only="chen:camera")
    assert SessionId("player") in story.room.state.media.sessions_of(LI)


def test_e03_a_name_that_nobody_publishes_under_is_refused():
    story = in_the_room()
    story.publishes("chen", "p1", "a")
    story.room.check_may_subscribe(LI, PublicationName(CHEN, "camera"))
    for absent in (PublicationName(CHEN, "screen"), PublicationName(ParticipantId("x"), "camera")):
        with pytest.raises(PublicationAbsent):
            story.room.check_may_subscribe(LI, absent)


def test_one_who_waits_may_not_play_either():
    story = with_panel()
    story.publishes("li", "p1", "a")
    story.enter("chen")
    with pytest.raises(NotAdmitted):
        story.room.check_may_subscribe(CHEN, PublicationName(LI, "camera"))


@pytest.mark.parametrize("text", ["", "chen", ":camera", "chen:", "chen:microphone", "camera"])
def test_what_is_no_name_is_refused(text: str):
    with pytest.raises(ValueError, match=f"^{text}$"):
        PublicationName.read(text)


def test_a_participant_with_a_colon_has_a_name_too():
    assert PublicationName.read("a:b:screen") == PublicationName(ParticipantId("a:b"), "screen")

"""Screens, speakers, limits and layers: what a room decides about pictures and voices."""

from datetime import timedelta

import pytest

from signaling.refusals import Refusal
from signaling.rooms.actions import Attach, CloseSessions, Limit
from signaling.rooms.floor import KEPT_FOR, TAKES_AFTER
from signaling.rooms.messages.client import Leave, MediaState, SetLimits, StopScreen
from signaling.rooms.messages.parts import PictureLimit
from signaling.rooms.state import LIMIT_BURST
from signaling.rooms.values import ParticipantId, PublicationId, SessionId
from tests.signaling.rooms.story import Story
from tests.signaling.rooms.test_entering import in_the_room

CHEN, WU = ParticipantId("chen"), ParticipantId("wu")


def three_people() -> Story:
    story = in_the_room()
    story.enter("wu")
    return story


def limit(**heights: int | None) -> SetLimits:
    return SetLimits(
        limits=tuple(
            PictureLimit(mid=mid.removeprefix("m"), height=height)
            for mid, height in heights.items()
        )
    )


def limits(story: Story) -> list[tuple[str, str, int | None]]:
    return [(a.session, a.mid, a.height) for a in story.actions if isinstance(a, Limit)]


def voice(story: Story, publication: str, *, speaking: bool = True) -> None:
    story.took(
        story.room.voice_changed(PublicationId(publication), story.now, speaking_now=speaking)
    )


# Screens


def test_a_screen_is_a_second_publication_beside_the_camera():
    story = in_the_room()
    story.subscribes("li", "d1", "aavv")
    story.publishes("chen", "p1")
    story.publishes("chen", "s1", "v", "screen")
    sections = story.last("li", "map").sections
    assert [(s.mid, s.kind, s.source) for s in sections] == [
        ("0", "audio", "camera"),
        ("2", "video", "camera"),
        ("3", "video", "screen"),
    ]


def test_sound_and_picture_of_one_source_get_sections_of_the_same_place():
    story = three_people()
    story.subscribes("li", "d1", "aaavvv")
    story.publishes("chen", "p1", "a")
    story.publishes("wu", "p2", "av")
    story.publishes("chen", "s1", "v", "screen")
    actions = story.publishes("chen", "p3", "av")
    carried = {(s.participant, s.source, s.kind): s.mid for s in story.last("li", "map").sections}
    assert (carried[WU, "camera", "audio"], carried[WU, "camera", "video"]) == ("1", "4")
    assert (carried[CHEN, "camera", "audio"], carried[CHEN, "camera", "video"]) == ("0", "3")
    assert carried[CHEN, "screen", "video"] == "5"
    assert Attach(SessionId("d1"), "0", PublicationId("p3"), "0") in actions


def test_while_one_screen_is_shared_another_is_refused_by_name():
    story = in_the_room()
    story.publishes("chen", "s1", "v", "screen")
    story.room.check_may_publish(CHEN, "screen")
    story.room.check_may_publish(ParticipantId("li"), "camera")
    with pytest.raises(Refusal) as caught:
        story.room.check_may_publish(ParticipantId("li"), "screen")
    assert (caught.value.code, caught.value.parameters) == ("screen-taken", {"name": "陈晨"})


def test_of_two_screens_that_open_at_once_the_second_is_closed_again():
    story = in_the_room()
    story.publishes("chen", "s1", "v", "screen")
    actions = story.publishes("li", "s2", "v", "screen")
    assert CloseSessions((SessionId("up-s2"),)) in actions
    assert [p for p in story.room.state.media.publications if p.startswith("s")] == ["s1"]


def test_a_lost_screen_is_told_to_its_owner_as_a_screen():
    story = in_the_room()
    story.publishes("chen", "p1")
    story.publishes("chen", "s1", "v", "screen")
    story.took(story.room.session_gone(SessionId("up-s1"), "worker-lost"))
    assert story.last("chen", "media-lost").source == "screen"
    story.took(story.room.session_gone(SessionId("up-p1"), "worker-lost"))
    assert story.last("chen", "media-lost").source == "camera"


def test_the_panel_may_stop_a_screen_and_its_page_is_told():
    story = in_the_room()
    story.subscribes("li", "d1")
    story.publishes("chen", "s1", "v", "screen")
    actions = story.says("li", StopScreen())
    assert CloseSessions((SessionId("up-s1"),)) in actions
    assert story.last("chen", "screen-stopped").by == "li"
    assert story.last("li", "map").sections == ()
    assert "media-lost" not in story.types("chen")


def test_a_candidate_may_stop_the_own_screen_only():
    story = in_the_room()
    story.publishes("li", "s1", "v", "screen")
    story.says("chen", StopScreen())
    assert story.last("chen", "error").code == "panel-only"
    story.says("li", StopScreen())
    story.publishes("chen", "s2", "v", "screen")
    story.says("chen", StopScreen())
    assert story.room.state.media.screen is None


def test_where_no_screen_is_shared_there_is_none_to_stop():
    story = in_the_room()
    story.says("li", StopScreen())
    assert story.last("li", "error").code == "nobody-shares"


def test_the_screen_of_one_whose_socket_is_away_can_be_stopped():
    story = in_the_room()
    story.publishes("chen", "s1", "v", "screen")
    story.loses("chen")
    story.says("li", StopScreen())
    assert story.room.state.media.screen is None


# Speakers


def test_everybody_in_the_room_is_told_who_speaks_and_that_nobody_does():
    story = in_the_room()
    story.enter("zhao")  # waits before the door
    story.publishes("chen", "p1")
    voice(story, "p1")
    assert story.last("li", "speaker").participant == "chen"
    assert "speaker" not in story.types("zhao")
    voice(story, "p1", speaking=False)
    story.after(seconds=KEPT_FOR.total_seconds())
    assert story.last("li", "speaker").participant is None


def test_a_change_of_speaker_is_told_once_and_by_the_clock():
    story = in_the_room()
    story.publishes("chen", "p1")
    story.publishes("li", "p2")
    voice(story, "p1")
    voice(story, "p1", speaking=False)
    voice(story, "p2")
    before = story.types("li").count("speaker")
    story.after(seconds=TAKES_AFTER.total_seconds())
    story.after(seconds=1)
    assert story.last("chen", "speaker").participant == "li"
    assert story.types("li").count("speaker") == before + 1


def test_one_who_is_muted_is_never_the_speaker():
    story = in_the_room()
    story.publishes("chen", "p1")
    voice(story, "p1")
    story.says("chen", MediaState(muted=True, camera_off=False))
    assert story.last("li", "speaker").participant is None
    voice(story, "p1")
    assert story.last("li", "speaker").participant is None
    story.says("chen", MediaState(muted=False, camera_off=False))
    voice(story, "p1")
    assert story.last("li", "speaker").participant == "chen"


def test_the_sound_of_a_screen_is_nobody_s_voice():
    story = in_the_room()
    story.publishes("chen", "s1", "av", "screen")
    voice(story, "s1")
    voice(story, "unknown")
    assert story.last("li", "speaker").participant is None


def test_a_speaker_who_leaves_loses_the_floor():
    story = in_the_room()
    story.publishes("chen", "p1")
    voice(story, "p1")
    story.says("chen", Leave())
    story.after(seconds=1)
    assert story.last("li", "speaker").participant is None


def test_one_who_comes_later_is_told_who_speaks():
    story = in_the_room()
    story.publishes("chen", "p1")
    voice(story, "p1")
    story.enter("wu")
    assert story.last("wu", "speaker").participant == "chen"


# Limits


def test_the_size_of_a_picture_is_passed_on_once():
    story = in_the_room()
    story.subscribes("li", "d1", "aavv")
    story.says("li", limit(m2=180, m3=0))
    story.says("li", limit(m2=180, m3=720))
    story.says("li", limit(m2=None))
    assert limits(story) == [("d1", "2", 180), ("d1", "3", 0), ("d1", "3", 720), ("d1", "2", None)]


def test_a_new_subscription_starts_without_limits():
    story = in_the_room()
    story.subscribes("li", "d1")
    story.says("li", limit(m2=180))
    story.subscribes("li", "d2")
    story.says("li", limit(m2=180))
    assert limits(story) == [("d1", "2", 180), ("d2", "2", 180)]
    assert list(story.room.state.media.limits) == [("d2", "2")]


@pytest.mark.parametrize("mid", ["0", "9"])
def test_only_a_picture_of_one_s_own_has_a_size(mid: str):
    story = in_the_room()
    story.subscribes("li", "d1", "aavv")
    story.says("li", SetLimits(limits=(PictureLimit(mid=mid, height=180),)))
    assert story.last("li", "error").code == "section-unknown"
    assert limits(story) == []


def test_without_a_subscription_there_is_nothing_to_limit():
    story = in_the_room()
    story.says("li", limit(m2=180))
    assert limits(story) == []
    assert "error" not in story.types("li")


def test_a_page_that_changes_its_layout_without_end_is_slowed_down():
    story = in_the_room()
    story.subscribes("li", "d1")
    for height in range(LIMIT_BURST + 1):
        story.says("li", limit(m2=height))
    assert story.last("li", "error").code == "too-many-messages"
    assert len(limits(story)) == LIMIT_BURST
    story.now += timedelta(seconds=1)
    story.says("li", limit(m2=1_000))
    assert limits(story)[-1] == ("d1", "2", 1_000)


# Layers


def test_a_publisher_is_told_which_layers_are_watched():
    story = in_the_room()
    story.publishes("chen", "p1")
    story.took(story.room.layers_wanted(PublicationId("p1"), ("q", "h")))
    told = story.last("chen", "layers")
    assert (told.source, told.rids) == ("camera", ("q", "h"))
    assert "layers" not in story.types("li")


def test_a_page_that_comes_back_is_told_again_and_a_new_publication_starts_afresh():
    story = in_the_room()
    story.publishes("chen", "p1")
    story.took(story.room.layers_wanted(PublicationId("p1"), ("q",)))
    story.loses("chen")
    story.took(story.room.layers_wanted(PublicationId("p1"), ("f",)))
    story.enter("chen", "chen-2", last_seen=story.number())
    assert story.last("chen-2", "layers").rids == ("f",)
    story.publishes("chen", "p2")
    story.loses("chen-2")
    story.enter("chen", "chen-3", last_seen=story.number())
    assert "layers" not in story.types("chen-3")


def test_layers_of_a_publication_that_is_gone_are_nobody_s_business():
    story = in_the_room()
    assert story.room.layers_wanted(PublicationId("gone"), ()) == ()

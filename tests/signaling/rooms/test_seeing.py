"""What viewers' browsers count of their pictures, as their pages tell the room."""

import pytest
from pydantic import ValidationError

from signaling.rooms.actions import Saw
from signaling.rooms.messages.client import CLIENT_MESSAGES, Leave, TellPictures
from signaling.rooms.messages.parts import PictureSeen
from signaling.rooms.state import SEEN_BURST
from signaling.rooms.values import SessionId
from tests.signaling.rooms.story import Story
from tests.signaling.rooms.test_entering import in_the_room


def watching() -> Story:
    story = in_the_room()
    story.subscribes("li", "d1", "aavv")
    return story


def tells(story: Story, *pictures: PictureSeen) -> list[Saw]:
    actions = story.says("li", TellPictures(pictures=pictures))
    return [action for action in actions if isinstance(action, Saw)]


def picture(freezes: int, frozen: int = 0, dropped: int = 0, mid: str = "2") -> PictureSeen:
    return PictureSeen(mid=mid, freezes=freezes, frozen=frozen, dropped=dropped)


def test_only_what_is_new_is_passed_on():
    story = watching()
    assert tells(story, picture(2, 400, 7)) == [Saw(SessionId("d1"), "2", 2, 400, 7)]
    assert tells(story, picture(2, 400, 7), picture(1, 90, mid="3")) == [
        Saw(SessionId("d1"), "3", 1, 90, 0)
    ]
    story.after(seconds=5)
    assert tells(story, picture(5, 1000, 7)) == [Saw(SessionId("d1"), "2", 3, 600, 0)]


def test_counts_only_grow():
    story = watching()
    tells(story, picture(5, 100))
    assert tells(story, picture(1, 200)) == [Saw(SessionId("d1"), "2", 0, 100, 0)]


def test_a_new_session_counts_from_zero():
    story = watching()
    tells(story, picture(5))
    story.subscribes("li", "d2", "aavv")
    assert tells(story, picture(1)) == [Saw(SessionId("d2"), "2", 1, 0, 0)]
    assert list(story.room.state.media.seen) == [(SessionId("d2"), "2")]


def test_without_a_session_there_is_nothing_to_tell():
    assert tells(in_the_room(), picture(5)) == []


def test_a_section_of_sound_or_of_nobody_is_refused():
    story = watching()
    for mid in ("0", "9"):
        assert tells(story, picture(1, mid=mid)) == []
        assert story.last("li", "error").parameters == {"mid": mid}


def test_a_page_that_tells_all_the_time_is_told_to_slow_down():
    story = watching()
    for count in range(SEEN_BURST):
        assert tells(story, picture(count + 1))
    assert tells(story, picture(9)) == []
    assert story.last("li", "error").code == "too-many-messages"
    story.after(seconds=2)
    assert tells(story, picture(9))
    story.says("li", Leave())
    assert story.room.state.seen_pace == {}


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "tell-pictures", "pictures": []}',
        '{"type": "tell-pictures", "pictures": [{"mid": "2", "freezes": -1}]}',
        '{"type": "tell-pictures", "pictures": [{"mid": "2", "frozen": 2147483648}]}',
        '{"type": "tell-pictures", "pictures": [{"mid": "2", "frozen": 0.5}]}',
        '{"type": "tell-pictures", "pictures": [{"mid": ""}]}',
    ],
)
def test_what_no_browser_counts_is_malformed(text: str):
    with pytest.raises(ValidationError):
        CLIENT_MESSAGES.validate_json(text)

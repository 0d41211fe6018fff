"""Recordings through the engine: by room and publication, and told of among the rooms' events."""

from datetime import timedelta

import pytest

from signaling.engine import Limits, RecordingNews
from signaling.refusals import RoomUnknown
from signaling.workers.recording_plan import (
    RecordingEnded,
    RecordingEvent,
    RecordingRemoved,
    RecordingStarted,
)
from signaling.workers.recording_refusals import PublicationUnknown, RecordingUnknown
from tests.signaling.engine.pages import House
from tests.signaling.engine.test_media_door import grants_of, post
from tests.support.clock import START

LIMITS = Limits(size=1 << 20, duration=timedelta(minutes=5))
STORY: list[RecordingEvent] = [
    RecordingStarted("ab", "r1", "camera", 1, "ab-1.mp4"),
    RecordingEnded(
        "ab", "r1", "camera", 1, "ab-1.mp4", "disk-full", 7, timedelta(seconds=3), 0, 1, False
    ),
    RecordingRemoved("ab-1.mp4"),
]


async def test_a_publication_of_a_room_is_recorded_until_it_is_stopped(house: House):
    li, _ = await house.two_in_the_room()
    await post(house, grants_of(li)["publish"], "av")
    (publication,) = house.engine.publications("r1")
    recording = await house.engine.record("r1", publication.id, LIMITS)
    sections = (("0", "audio"), ("1", "video"))
    assert house.media.recordings.wanted[recording] == ("r1", publication.id, sections, LIMITS)
    await house.engine.stop_recording(recording)
    with pytest.raises(RecordingUnknown):
        await house.engine.stop_recording(recording)


async def test_what_is_not_in_the_room_is_not_recorded(house: House):
    with pytest.raises(PublicationUnknown):
        await house.engine.record("r1", "camera")
    with pytest.raises(RoomUnknown):
        await house.engine.record("r2", "camera")
    with pytest.raises(RoomUnknown):
        house.engine.publications("r2")


async def test_what_becomes_of_a_recording_is_an_event_and_the_room_goes_on(house: House):
    for event in STORY:
        house.media.report(event)
    told = []
    async for numbered in house.engine.events():
        if isinstance(numbered.event, RecordingNews):
            told.append(numbered.event)
        if len(told) == len(STORY):
            break
    assert told == [RecordingNews(START, event) for event in STORY]
    assert house.engine.is_open("r1")

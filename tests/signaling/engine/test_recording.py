"""Recordings through the engine: by room and publication, and told of among the rooms' events."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aioice.ice
import pytest

from signaling.engine import Limits, RecordingNews
from signaling.outputs.muxer import FRAGMENT
from signaling.refusals import RoomUnknown
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from signaling.workers.recording_plan import (
    OutputsPlan,
    RecordingEnded,
    RecordingEvent,
    RecordingRemoved,
    RecordingStarted,
)
from signaling.workers.recording_refusals import PublicationUnknown, RecordingUnknown
from tests.signaling.engine.pages import PATIENCE, House, running_house
from tests.signaling.engine.test_media_door import grants_of, post
from tests.signaling.engine.test_two_people import Peer, newest
from tests.signaling.outputs.watching import watch
from tests.support.clock import START, FakeClock

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


ROOMY, SMALL = 1 << 30, 30_000  # bytes; of sound and a moving bar some seconds
LONG, BRIEF = timedelta(hours=1), timedelta(seconds=2)


@pytest.fixture
async def recording_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house whose media and outputs are real; aioice leaves out 127.0.0.1."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])
    outputs = OutputsPlan(folder=tmp_path, keep=timedelta(days=1))
    media = MediaControl(WorkerPlan(host="127.0.0.1"), outputs=outputs)
    async with running_house(FakeClock(), media=media) as house:
        yield house


async def ends(house: House, *recordings: str) -> dict[str, RecordingEnded]:
    """How each of these ended."""
    found: dict[str, RecordingEnded] = {}
    begun: dict[str, str] = {}
    async with asyncio.timeout(PATIENCE):
        async for numbered in house.engine.events():
            news = numbered.event.what if isinstance(numbered.event, RecordingNews) else None
            if isinstance(news, RecordingStarted):
                begun[news.recording] = news.file
            elif isinstance(news, RecordingEnded):
                assert news.file == begun[news.recording], "it was told when the file began"
                found[news.recording] = news
            if set(recordings) <= set(found):
                break
    return found


@pytest.mark.services
@pytest.mark.usefixtures("processes_unmeasured")
async def test_real_packets_are_recorded_until_a_limit_or_a_word_ends_it(
    recording_house: House, tmp_path: Path
):
    house = recording_house
    li, chen = await house.two_in_the_room()
    device = Peer(house, chen)
    await device.publish(newest(chen)["publish"])
    (publication,) = house.engine.publications("r1")
    limits = {
        "stopped": Limits(ROOMY, LONG),  # begins first and ends last
        "size-limit": Limits(SMALL, LONG),
        "time-limit": Limits(ROOMY, BRIEF),
    }
    recordings = {
        await house.engine.record("r1", publication.id, chosen): reason
        for reason, chosen in limits.items()
    }
    endless, *limited = recordings
    ended = await ends(house, *limited)
    assert house.engine.is_open("r1")
    await house.engine.stop_recording(endless)
    ended |= await ends(house, endless)
    await device.close()
    await li.say("ping", nonce=1)
    await li.hear("pong")
    files = {}
    for recording, reason in recordings.items():
        event = ended[recording]
        assert (event.room, event.publication) == ("r1", publication.id)
        assert (event.reason, event.continues, event.lost) == (reason, False, 0)
        path = tmp_path / str(event.file)
        assert path.stat().st_size == event.size
        seen = files[reason] = watch(path)
        assert seen.codecs == ("vp8", "opus")
        assert len(seen.pictures) > 10
        assert max(level for _, level in seen.loudness) > 1000, "the tone is heard"
    assert ended[limited[0]].size <= SMALL  # whole fragments: how many depends on their size
    longest = files["stopped"].duration
    limited_to = max(files["size-limit"].duration, files["time-limit"].duration)
    assert longest >= limited_to - FRAGMENT.total_seconds()

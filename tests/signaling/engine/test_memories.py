"""An engine that ends without a word, and the next one on the same folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from signaling.engine import memories
from signaling.engine.notebooks import FileNotebooks, Notebooks
from signaling.rooms.events import RoomEnded
from signaling.rooms.values import ParticipantId
from tests.signaling.engine.pages import PLAN, House, Page, running_house
from tests.signaling.engine.test_engine import events_so_far
from tests.support.clock import START, FakeClock


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@asynccontextmanager
async def life(folder: Path, clock: FakeClock) -> AsyncIterator[House]:
    """One life of the service; what its end does to the notes is undone: it was killed."""
    async with running_house(clock, notebooks=FileNotebooks(folder)) as house:
        yield house
        left = {path: path.read_bytes() for path in files(folder)}
    for path, content in left.items():
        path.write_bytes(content)


async def lines(page: Page) -> list[str]:
    return [line["text"] for line in (await page.hear("snapshot"))["chat"]]


async def test_people_and_chat_are_there_again_after_the_service_was_killed(tmp_path: Path):
    clock = FakeClock()
    async with life(tmp_path, clock) as house:
        li, chen = await house.two_in_the_room()
        await chen.say("send-chat", text="在吗", key="1")
        await li.hear("chat")
        first_life = next(m["life"] for m in li.heard if m["type"] == "welcome")
    async with life(tmp_path, clock) as house:
        chen = await house.page("chen", life=first_life, last_seen=999)
        welcome = await chen.hear("welcome")
        assert welcome["you"]["presence"] == "in-room"  # without any proof of admission
        assert welcome["timer"]["started_at"] is not None
        assert await lines(chen) == ["在吗"]
    assert [path.stat().st_mode & 0o777 for path in files(tmp_path)] == [0o600]


async def test_an_end_that_nobody_took_care_of_is_told_in_the_next_life(tmp_path: Path):
    clock = FakeClock()
    async with life(tmp_path, clock) as house:
        li, _ = await house.two_in_the_room()
        before = len(await events_so_far(house.engine))
        house.engine.acknowledge(before)
        await li.say("end", outcome="done")
        await li.closed()
    ended = RoomEnded(PLAN.room, START, "done", ParticipantId("li"))
    async with life(tmp_path, clock) as house:
        events = await events_so_far(house.engine)
        assert events[0] == ended
        assert not house.engine.is_open("r1")
        house.engine.acknowledge(1)
    async with life(tmp_path, clock) as house:
        assert ended not in await events_so_far(house.engine)


async def test_rooms_that_nobody_entered_leave_no_notes(tmp_path: Path):
    async with life(tmp_path, FakeClock()) as house:
        house.engine.end_room("r1", "cancelled")
    assert files(tmp_path) == []


async def test_a_room_is_forgotten_with_all_that_was_said_an_hour_after_it_closed(tmp_path: Path):
    clock = FakeClock()
    async with life(tmp_path, clock) as house:
        li, _ = await house.two_in_the_room()
        await li.say("end", outcome="done")
        await li.closed()
        house.engine.acknowledge(len(await events_so_far(house.engine)))
        clock.advance(timedelta(hours=2))
        house.engine.tick()
        assert files(tmp_path) == []


async def test_notes_of_a_room_that_is_not_opened_again_go_too(tmp_path: Path):
    clock = FakeClock()
    async with life(tmp_path, clock) as house:
        await house.two_in_the_room()
        house.engine.acknowledge(len(await events_so_far(house.engine)))
    clock.advance(timedelta(days=1))
    async with running_house(clock, notebooks=FileNotebooks(tmp_path), plans=()) as house:
        house.engine.tick()
        assert files(tmp_path) == []


async def test_a_line_that_was_cut_short_costs_that_line_only(tmp_path: Path):
    clock = FakeClock()
    async with life(tmp_path, clock) as house:
        _, chen = await house.two_in_the_room()
        for text in ("one", "two"):
            await chen.say("send-chat", text=text, key=text)
            await chen.hear("chat")
    (notes,) = files(tmp_path)
    notes.write_bytes(notes.read_bytes()[:-20])
    async with life(tmp_path, clock) as house:
        assert await lines(await house.page("chen")) == ["one"]


async def test_a_disk_that_takes_nothing_is_counted_and_the_room_goes_on(tmp_path: Path):
    blocked = tmp_path / "rooms"
    blocked.write_text("no folder")
    async with running_house(FakeClock(), notebooks=FileNotebooks(blocked)) as house:
        await house.two_in_the_room()
        assert house.engine.counters()["notes_lost"] > 0
        assert house.engine.counters()["faults"] == 0
        blocked.unlink()
        await (await house.page("guest")).hear("grants")
    assert FileNotebooks(blocked).read("r1").met is not None  # all of it, once there is room


async def test_notes_are_rewritten_before_they_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(memories, "COMPACT_AFTER", 20)
    clock = FakeClock()
    async with life(tmp_path, clock) as house:
        li, chen = await house.two_in_the_room()
        for turn in range(30):
            await chen.say("media-state", muted=turn % 2 == 0, camera_off=False)
            await li.hear("presence")
        house.engine.acknowledge(len(await events_so_far(house.engine)))
    (notes,) = files(tmp_path)
    assert len(notes.read_bytes().splitlines()) < 40


def test_names_of_rooms_are_files_of_this_folder_whatever_they_are(tmp_path: Path):
    books: Notebooks = FileNotebooks(tmp_path / "rooms")
    memory = books.read("../a/b %2F")
    assert memory.notes() == []
    assert books.add("../a/b %2F", [])
    assert books.rooms() == ("../a/b %2F",)
    books.drop("../a/b %2F")
    assert books.rooms() == ()

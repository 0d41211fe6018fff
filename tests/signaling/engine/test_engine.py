import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from signaling.engine import Engine
from signaling.engine.event_log import EventLog
from signaling.refusals import RoomUnknown
from signaling.rooms.events import (
    ParticipantAdmitted,
    ParticipantJoined,
    ParticipantKnocked,
    RoomEnded,
    RoomExpired,
    RoomOpened,
)
from signaling.rooms.values import ParticipantId
from tests.signaling.engine.pages import KEY, PLAN, House
from tests.signaling.engine.paper_media import PaperMedia
from tests.signaling.workers.control import until
from tests.support.clock import START, FakeClock


async def events_so_far(engine: Engine) -> list[object]:
    """Every event that waits for acknowledgement now."""
    found: list[object] = []
    async for numbered in engine.events():
        found.append(numbered.event)
        if numbered.number == engine._events._last_number:
            break
    return found


async def test_an_engine_that_has_not_started_opens_no_room():
    engine = Engine(PaperMedia(), KEY, FakeClock().now)
    with pytest.raises(RuntimeError, match="not started"):
        engine.open_room(PLAN)
    await engine.aclose(timedelta(seconds=1))


async def test_the_story_of_an_interview_reaches_the_product_in_order(house: House):
    li, chen = await house.two_in_the_room()
    await li.say("end", outcome="done")
    await chen.closed()
    room, at = PLAN.room, START
    assert await events_so_far(house.engine) == [
        RoomOpened(room, at),
        ParticipantJoined(room, at, ParticipantId("li"), "panel"),
        ParticipantKnocked(room, at, ParticipantId("chen"), "candidate"),
        ParticipantAdmitted(room, at, ParticipantId("chen"), ParticipantId("li")),
        ParticipantJoined(room, at, ParticipantId("chen"), "candidate"),
        RoomEnded(room, at, "done", ParticipantId("li")),
    ]


async def test_an_acknowledged_event_is_not_told_again(house: House):
    await house.page("li")
    house.engine.acknowledge(1)
    house.engine.end_room("r1", "cancelled")
    events = await events_so_far(house.engine)
    assert RoomOpened(PLAN.room, START) not in events
    assert isinstance(events[-1], RoomEnded)


async def test_a_listener_hears_what_happens_later_and_ends_with_the_engine():
    log = EventLog(bound=10)
    heard: list[int] = []

    async def listen() -> None:
        heard.extend([numbered.number async for numbered in log.listen()])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(listen())
        await asyncio.sleep(0)
        log.put(RoomOpened(PLAN.room, START))
        await asyncio.sleep(0)
        log.put(RoomExpired(PLAN.room, START))
        log.close()
    assert heard == [1, 2]


def test_a_log_that_nobody_acknowledges_drops_the_oldest_and_counts():
    log = EventLog(bound=2)
    for _ in range(5):
        log.put(RoomOpened(PLAN.room, START))
    assert log.dropped == 3


async def test_opening_a_room_again_gives_it_the_new_schedule(house: House):
    li = await house.page("li")
    await li.hear("grants")
    later = PLAN.ends_at + timedelta(minutes=10)
    house.engine.open_room(replace(PLAN, ends_at=later))
    timer = (await li.hear("timer"))["timer"]
    assert timer["ends_at"] == later.isoformat().replace("+00:00", "Z")
    house.engine.open_room(replace(PLAN, ends_at=later))
    assert house.engine.counters()["rooms"] == 1


async def test_an_ended_room_stays_ended_and_is_forgotten_later(house: House):
    house.engine.end_room("r1", "cancelled")
    house.engine.open_room(PLAN)
    assert not house.engine.is_open("r1")
    chen = await house.page("chen")
    assert (await chen.hear("error"))["code"] == "interview-over"
    house.clock.advance(timedelta(hours=2))
    house.engine.tick()
    with pytest.raises(RoomUnknown):
        house.engine.end_room("r1", "done")


async def test_an_unknown_room_cannot_be_ended(house: House):
    assert not house.engine.is_open("nowhere")
    with pytest.raises(RoomUnknown):
        house.engine.end_room("nowhere", "done")


async def test_grants_are_renewed_before_they_expire(house: House):
    li = await house.page("li")
    first = await li.hear("grants")
    house.clock.advance(timedelta(seconds=60))
    house.engine.tick()
    second = await li.hear("grants")
    assert second["publish"]["token"] != first["publish"]["token"]
    assert second["expires_at"] > first["expires_at"]


async def test_a_seat_expires_by_the_clock(house: House):
    li, chen = await house.two_in_the_room()
    await chen.socket.close()
    await li.hear("seat-kept")
    house.clock.advance(timedelta(minutes=10))
    house.engine.tick()
    assert (await li.hear("gone"))["reason"] == "expired"


async def test_on_shutdown_pages_are_told_when_to_come_back_and_then_closed(house: House):
    li, chen = await house.two_in_the_room()
    await house.engine.tell_shutdown(timedelta(seconds=2))
    assert (await li.hear("server-restart"))["reconnect_in"] == 2.0
    await house.engine.aclose(timedelta(seconds=5))
    assert await li.closed() == 1001
    assert await chen.closed() == 1001
    assert chen.heard[-1]["type"] == "server-restart"


async def test_a_reader_that_is_too_slow_is_dropped_and_counted(house: House):
    li = await house.page("li")
    await li.hear("grants")
    host = house.engine._registry.find("r1")
    for _ in range(300):  # one turn of the loop: nothing can be sent meanwhile
        host.perform(host.room.restart_announced(1.0))
    assert house.engine.counters()["slow_readers"] == 1
    assert await li.closed() == 1006
    again = await house.page("li")
    assert (await again.hear("welcome"))["you"]["presence"] == "in-room"


async def test_a_fault_in_one_room_is_counted_and_the_others_go_on(house: House):
    broken = replace(PLAN, room=type(PLAN.room)("r0"))
    house.engine.open_room(broken)
    host = house.engine._registry.find("r0")
    host.room = None  # type: ignore[assignment]  # the fault
    li = await house.page("li")
    await li.hear("grants")
    house.clock.advance(timedelta(seconds=60))
    house.engine.tick()
    await li.hear("grants")
    assert house.engine.counters()["faults"] >= 1


async def test_an_engine_closes_in_time_even_when_a_task_hangs(monkeypatch: pytest.MonkeyPatch):
    media = PaperMedia()
    engine = Engine(media, KEY, FakeClock().now)
    await engine.start()
    await engine.ready()
    monkeypatch.setattr(media, "_stopped", asyncio.Event())  # run() waits for the one before
    await engine.aclose(timedelta(milliseconds=10))
    assert engine.counters()["rooms"] == 0


async def test_the_workers_are_renewed_when_the_engine_runs(house: House):
    house.engine.renew_workers(timedelta(seconds=1))
    await until(lambda: house.media.renewals)
    assert house.media.renewals == [timedelta(seconds=1)]
    Engine(PaperMedia(), KEY, FakeClock().now).renew_workers(timedelta(seconds=1))


async def test_an_engine_that_closes_while_it_renews_its_workers_does_not_wait_for_them():
    media = PaperMedia()
    media.renewal_ends = asyncio.Event()
    engine = Engine(media, KEY, FakeClock().now)
    await engine.start()
    engine.renew_workers(timedelta(seconds=1))
    engine.renew_workers(timedelta(seconds=2))
    await until(lambda: media.renewals)
    async with asyncio.timeout(60):
        await engine.aclose(timedelta(seconds=10))
    assert media.renewals == [timedelta(seconds=1)]

"""Media control over real worker processes that die, hang, drain or never start."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from signaling.refusals import (
    NoWorker,
    PublicationTaken,
    RestartFailed,
    SectionUnknown,
    SessionUnknown,
    WorkerSilent,
)
from signaling.workers.control import MediaControl
from signaling.workers.events import EventQueue, WorkerLost
from signaling.workers.messages import Disconnected, Inflow
from signaling.workers.plan import WorkerPlan
from tests.signaling.sdp.offers import offer

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("processes_unmeasured")]
PLAN = WorkerPlan(host="127.0.0.1")
TALKATIVE = (sys.executable, "-m", "tests.signaling.workers_control.talkative_worker")
INSTANT = timedelta(milliseconds=20)
WHIP, WHEP = offer("chromium_whip"), offer("chromium_whep")
RESTART = "a=ice-ufrag:newfragment\r\na=ice-pwd:newpasswordnewpasswordnew\r\n"


@asynccontextmanager
async def running(plan: WorkerPlan = PLAN) -> AsyncIterator[MediaControl]:
    media = MediaControl(plan)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(media.run())
        try:
            await media.ready()
            yield media
        finally:
            await media.stop(within=timedelta(seconds=1))


def worker_processes() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if child.is_running() and "signaling.workers.process" in child.cmdline()
    ]


async def until_lost(queue: EventQueue) -> tuple[list[str], WorkerLost]:
    """The sessions reported gone before the worker was reported lost."""
    gone = []
    while not isinstance(event := await queue.get(), WorkerLost):
        if isinstance(event, Disconnected) and event.reason == "worker-lost":
            gone.append(event.session)
    return gone, event


async def test_sections_are_attached_and_detached_by_mid():
    async with running() as media:
        published = await media.open_publication("room", "camera", WHIP)
        watched = await media.open_subscription("room", WHEP, "cname")
        assert [(section.mid, section.kind) for section in watched.sections][2:4] == [
            ("2", "audio"),
            ("3", "video"),
        ]
        await media.attach(watched.session_id, "3", "camera", "1")
        await media.detach(watched.session_id, "3")
        absent = Inflow(mid="2", publication="nothing", source_mid="0")
        there = Inflow(mid="3", publication="camera", source_mid="1")
        with pytest.raises(SectionUnknown):
            await media.attach_all(watched.session_id, (absent, there))
        noted = (await media.flight(watched.session_id)).events
        assert [event.mid for event in noted if event.what == "attach"] == ["3", "3"]
        with pytest.raises(SectionUnknown):
            await media.attach(watched.session_id, "9", "camera", "1")
        with pytest.raises(SectionUnknown):
            await media.attach(watched.session_id, "3", "nothing", "1")
        with pytest.raises(PublicationTaken):
            await media.open_publication("room", "camera", WHIP)
        await media.close(published.session_id)
        with pytest.raises(SessionUnknown):
            await media.close(published.session_id)
        with pytest.raises(SessionUnknown):
            await media.attach("nothing", "3", "camera", "1")


async def test_a_killed_worker_ends_its_sessions_and_is_started_again():
    async with running() as media:
        queue = media.events.listen()
        opened = await media.open_publication("room", "camera", WHIP)
        (before,) = media.workers
        worker_processes()[0].send_signal(signal.SIGKILL)
        gone, lost = await until_lost(queue)
        assert (gone, lost) == ([opened.session_id], WorkerLost(before, (opened.session_id,)))
        with pytest.raises(SessionUnknown):
            await media.restart_ice(opened.session_id, RESTART, "*")
        await media.ready()
        again = await media.open_publication("room", "camera", WHIP)
        assert again.session_id != opened.session_id


async def test_killing_one_of_two_workers_ends_only_its_own_sessions():
    async with running(replace(PLAN, count=2)) as media:
        await media.ready(2)
        queue = media.events.listen()
        opened = [await media.open_publication(f"room-{n}", f"p{n}", WHIP) for n in range(4)]
        worker_processes()[0].kill()
        gone, _ = await until_lost(queue)
        left = [o.session_id for o in opened if o.session_id not in gone]
        assert (len(gone), len(left)) == (2, 2)
        for session in left:
            assert await media.restart_ice(session, RESTART, "*")


async def test_a_worker_that_is_full_sends_us_to_the_next_one():
    async with running(replace(PLAN, count=2, most_sessions=1)) as media:
        await media.ready(2)
        opened = [await media.open_publication("room", f"p{n}", WHIP) for n in range(2)]
        assert {media._sessions.require(o.session_id).worker for o in opened} == {*media.workers}
        with pytest.raises(NoWorker):
            await media.open_subscription("room", WHEP, "cname")
        await media.close(opened[0].session_id)
        await media.open_subscription("room", WHEP, "cname")


async def test_a_worker_that_hangs_is_replaced():
    impatient = replace(PLAN, pulse=INSTANT, patience=timedelta(seconds=1), grace=INSTANT)
    async with running(impatient) as media:
        queue = media.events.listen()
        (before,) = media.workers
        worker_processes()[0].suspend()
        _, lost = await until_lost(queue)
        assert lost.worker == before
        await media.ready()
        assert media.workers != (before,)


async def test_a_command_to_a_worker_that_dies_is_answered():
    async with running() as media:
        opened = await media.open_publication("room", "camera", WHIP)
        worker_processes()[0].suspend()
        async with asyncio.TaskGroup() as group:
            restarting = group.create_task(_failure(media, opened.session_id))
            await asyncio.sleep(0)
            os.kill(worker_processes()[0].pid, signal.SIGKILL)
        assert isinstance(restarting.result(), RestartFailed)


async def _failure(media: MediaControl, session: str) -> RestartFailed | None:
    try:
        await media.restart_ice(session, RESTART, "*")
    except RestartFailed as failure:
        return failure
    return None


async def test_opening_on_a_dying_worker_says_so_and_leaves_nothing():
    async with running() as media:
        worker_processes()[0].suspend()
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(_refusal(media))
            await asyncio.sleep(0)
            os.kill(worker_processes()[0].pid, signal.SIGKILL)
        assert isinstance(opening.result(), WorkerSilent)


async def _refusal(media: MediaControl) -> WorkerSilent | None:
    try:
        await media.open_publication("room", "camera", WHIP)
    except WorkerSilent as refusal:
        return refusal
    return None


async def test_stop_ends_workers_that_still_have_sessions():
    async with running() as media:
        await media.open_publication("room", "camera", WHIP)
        processes = worker_processes()
        await media.stop(within=timedelta(milliseconds=200))
        assert not any(process.is_running() for process in processes)
        with pytest.raises(NoWorker):
            await media.open_publication("room", "camera", WHIP)


async def test_what_never_ran_stops_at_once_and_does_not_start_later():
    media = MediaControl(PLAN)
    async with asyncio.timeout(30):
        await media.stop(within=timedelta(seconds=60))
        await media.run()
    assert media.workers == ()


async def test_cancelling_kills_the_workers():
    media = MediaControl(PLAN)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(media.run())
        await media.ready()
        processes = worker_processes()
        task.cancel()
    assert processes
    assert not any(process.is_running() for process in processes)


@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.exit(2)",
        "import time; time.sleep(60)",
    ],
)
async def test_a_worker_that_does_not_come_up_is_tried_again_until_stopped(program: str):
    plan = replace(PLAN, command=(sys.executable, "-c", program), start_within=INSTANT)
    media = MediaControl(plan)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(media.run())
        started: set[int] = set()
        while len(started) < 2:
            started |= {child.pid for child in psutil.Process().children()}
            await asyncio.sleep(0.005)
        with pytest.raises(NoWorker):
            await media.open_publication("room", "camera", WHIP)
        await media.stop(within=timedelta(seconds=1))


async def test_statistics_come_from_every_worker():
    async with running(replace(PLAN, count=2)) as media:
        await media.ready(2)
        opened = await media.open_publication("room", "camera", WHIP)
        counters = await media.statistics()
        assert [s.session for c in counters for s in c.sessions] == [opened.session_id]


async def test_a_stranger_at_the_socket_is_sent_away(tmp_path: Path):
    async with running(replace(PLAN, command=(*TALKATIVE, str(tmp_path)))) as media:
        assert (tmp_path / "sent-away").read_text() == "yes"
        assert len(media.workers) == 1


async def test_a_room_moves_when_its_last_session_has_gone():
    async with running(replace(PLAN, count=2)) as media:
        await media.ready(2)
        first = await media.open_publication("a", "a1", WHIP)
        await media.open_publication("b", "b1", WHIP)
        await media.close(first.session_id)
        await media.open_publication("c", "c1", WHIP)
        counters = await media.statistics()
        assert [len(c.sessions) for c in counters] == [1, 1]


async def test_a_session_can_be_asked_for_its_last_minute() -> None:
    async with running() as media:
        opened = await media.open_publication("room", "camera", WHIP)
        record = await media.flight(opened.session_id)
        assert (record.session, record.direction) == (opened.session_id, "up")
        assert [one.publication for one in media.open_sessions()] == ["camera"]
        await media.close(opened.session_id)
        with pytest.raises(SessionUnknown):
            await media.flight(opened.session_id)

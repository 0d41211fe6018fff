"""Recordings over real processes that die, hang or are not there; no packet flows here."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from signaling.outputs.recorder import Limits
from signaling.workers import recordings
from signaling.workers.control import MediaControl
from signaling.workers.events import EventQueue
from signaling.workers.plan import WorkerPlan
from signaling.workers.recording_plan import OutputsPlan, RecordingEnded, RecordingRemoved
from signaling.workers.recording_refusals import (
    PublicationUnknown,
    RecordingUnavailable,
    RecordingUnknown,
)
from tests.signaling.sdp.offers import offer

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("processes_unmeasured")]
WHIP = offer("chromium_whip")
SECTIONS = (("0", "audio"), ("1", "video"))
NO_OUTPUTS = (sys.executable, "-c", "import time; time.sleep(60)")


def plan(folder: Path) -> OutputsPlan:
    return OutputsPlan(folder=folder / "recordings", keep=timedelta(days=1))


@asynccontextmanager
async def running(outputs: OutputsPlan | None) -> AsyncIterator[MediaControl]:
    """A publication named `camera` is open."""
    media = MediaControl(WorkerPlan(host="127.0.0.1"), outputs=outputs)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(media.run())
        try:
            await media.ready()
            yield media
        finally:
            await media.stop(within=timedelta(seconds=1))


def child(module: str) -> psutil.Process:
    return next(c for c in psutil.Process().children() if module in c.cmdline())


async def ended(queue: EventQueue) -> RecordingEnded:
    while not isinstance(event := await queue.get(), RecordingEnded):
        pass
    return event


async def begun(media: MediaControl, limits: Limits | None = None) -> str:
    return await media.recordings.record("room", "camera", SECTIONS, limits)


async def test_a_recording_of_nothing_ends_when_it_is_told_to(tmp_path: Path):
    async with running(plan(tmp_path)) as media:
        queue = media.events.listen()
        await media.open_publication("room", "camera", WHIP)
        recording = await begun(media)
        await media.recordings.end(recording)
        event = await ended(queue)
        assert (event.recording, event.room, event.publication) == (recording, "room", "camera")
        assert (event.reason, event.file, event.continues) == ("stopped", None, False)
        with pytest.raises(RecordingUnknown):
            await media.recordings.end(recording)


async def test_what_nobody_publishes_is_not_recorded(tmp_path: Path):
    async with running(plan(tmp_path)) as media:
        with pytest.raises(PublicationUnknown):
            await begun(media)
        await media.open_publication("room", "camera", WHIP)
        with pytest.raises(PublicationUnknown):
            await media.recordings.record("room", "camera", (("9", "video"),))


async def test_a_recording_ends_with_its_publication(tmp_path: Path):
    async with running(plan(tmp_path)) as media:
        queue = media.events.listen()
        opened = await media.open_publication("room", "camera", WHIP)
        await begun(media)
        await media.close(opened.session_id)
        event = await ended(queue)
        assert (event.reason, event.continues) == ("publication-ended", False)


async def test_a_recording_ends_with_the_worker_that_fed_it(tmp_path: Path):
    async with running(plan(tmp_path)) as media:
        queue = media.events.listen()
        await media.open_publication("room", "camera", WHIP)
        await begun(media)
        child("signaling.workers.process").kill()
        assert (await ended(queue)).reason == "publication-ended"


async def test_a_time_limit_holds_over_a_death_of_the_outputs_process(tmp_path: Path):
    async with running(plan(tmp_path)) as media:
        queue = media.events.listen()
        await media.open_publication("room", "camera", WHIP)
        await begun(media, Limits(size=1 << 20, duration=timedelta(seconds=1.5)))
        child("signaling.outputs.process").send_signal(signal.SIGKILL)
        event = await ended(queue)
        assert (event.reason, event.continues) == ("outputs-lost", True)
        event = await ended(queue)
        assert (event.reason, event.continues) == ("time-limit", False)


async def test_what_ends_while_the_outputs_process_is_away_is_told_when_it_is_back(
    tmp_path: Path,
):
    async with running(plan(tmp_path)) as media:
        queue = media.events.listen()
        opened = await media.open_publication("room", "camera", WHIP)
        recording = await begun(media)
        other = await begun(media)
        child("signaling.outputs.process").send_signal(signal.SIGKILL)
        assert {(await ended(queue)).reason for _ in range(2)} == {"outputs-lost"}
        await media.recordings.end(recording)  # nothing is written now: it is over at once
        assert (await ended(queue)).reason == "stopped"
        await media.close(opened.session_id)
        event = await ended(queue)
        assert (event.recording, event.reason) == (other, "publication-ended")


async def test_without_a_plan_nothing_is_recorded():
    async with running(None) as media:
        with pytest.raises(RecordingUnavailable):
            await begun(media)
        with pytest.raises(RecordingUnknown):
            await media.recordings.end("anything")


@pytest.mark.parametrize("command", [NO_OUTPUTS, ("/no/such/program",), ("false",)])
async def test_an_outputs_process_that_does_not_come_up_stops_no_media(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recordings, "UP_WITHIN", timedelta(milliseconds=100))
    never = replace(plan(tmp_path), command=command, start_within=timedelta(milliseconds=50))
    async with running(never) as media:
        await media.open_publication("room", "camera", WHIP)
        with pytest.raises(RecordingUnavailable):
            await begun(media)


async def test_a_worker_that_cannot_reach_the_outputs_process_is_no_missing_publication(
    tmp_path: Path,
):
    async with running(plan(tmp_path)) as media:
        await media.open_publication("room", "camera", WHIP)
        first = await begun(media)
        media.recordings._address = "/no/such/socket"
        with pytest.raises(RecordingUnavailable):
            await begun(media)
        await media.recordings.end(first)


async def test_what_was_kept_long_enough_is_told(tmp_path: Path):
    old = tmp_path / "recordings" / ("a" * 32 + "-1.mp4")
    old.parent.mkdir()
    old.write_bytes(b"film")
    media = MediaControl(
        WorkerPlan(host="127.0.0.1"), outputs=replace(plan(tmp_path), keep=timedelta(0))
    )
    queue = media.events.listen()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(media.run())
        while not isinstance(event := await queue.get(), RecordingRemoved):
            pass
        assert event == RecordingRemoved(old.name)
        await media.stop(within=timedelta(seconds=1))


async def test_a_stop_completes_what_is_being_recorded(tmp_path: Path):
    async with running(plan(tmp_path)) as media:
        queue = media.events.listen()
        await media.open_publication("room", "camera", WHIP)
        await begun(media)
        await media.stop(within=timedelta(seconds=1))
        event = await ended(queue)
        assert (event.reason, event.continues) == ("stopped", False)

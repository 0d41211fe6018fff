"""A real Chromium is recorded in both formats, while the outputs process dies, and plays it."""

import asyncio
import resource
import signal
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TypeVar

import psutil
import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

from signaling.workers.control import MediaControl
from signaling.workers.events import EventQueue, MediaEvent
from signaling.workers.messages import MediaStarted
from signaling.workers.recording_plan import OutputsPlan, RecordingEnded, RecordingStarted
from tests.signaling.endpoints.house import PLAN, House, running, served
from tests.signaling.outputs.watching import Seen, watch
from tests.support.browser import launch

pytestmark = [pytest.mark.e2e, pytest.mark.live]
SCRIPT = (Path(__file__).parent / "recording.js").read_text()
SECTIONS = (("0", "audio"), ("1", "video"))
CODECS = {"VP8": ".webm", "H264": ".mp4"}
ENOUGH = 200_000  # bytes: some seconds of picture
# Seconds. The page's picture is captured up to 50 ms after its sound, more on a busy machine, and
# so Chromium's reports say; that files follow the reports exactly is shown in test_recorder.py.
ACCEPTABLE = 0.090  # sound before its picture (ITU-R BT.1359)
ALONE = 0.5  # a tone without its flash: the file ends between them, or the page had no time to draw
T = TypeVar("T")


async def empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>test</title>", content_type="text/html")


class Story:
    """What happened so far."""

    def __init__(self, queue: EventQueue, folder: Path) -> None:
        self._queue = queue
        self.folder = folder
        self.events: list[MediaEvent] = []

    async def until(self, done: Callable[[list[MediaEvent]], T | None]) -> T:
        while (found := done(self.events)) is None:
            self.events.append(await self._queue.get())
        return found

    async def part(self, kind: type[T], recording: str, number: int) -> T:
        """What is told of one part of a recording."""

        def found(events: list[MediaEvent]) -> T | None:
            about = [event for event in events if isinstance(event, kind)]
            return next((e for e in about if _names(e) == (recording, number)), None)

        return await self.until(found)

    async def started(self, recording: str, number: int) -> Path:
        """The file of a part that has begun."""
        return self.folder / (await self.part(RecordingStarted, recording, number)).file

    async def ended(self, recording: str, number: int) -> RecordingEnded:
        """How a part ended."""
        return await self.part(RecordingEnded, recording, number)

    async def flowing(self, known: set[str]) -> str:
        """A publication, not one of those, whose sound and picture have both come up."""

        def found(events: list[MediaEvent]) -> str | None:
            up = [e for e in events if isinstance(e, MediaStarted) and e.publication not in known]
            mids = {(event.publication, event.mid) for event in up}
            both = (e.publication for e in up if {(e.publication, m) for m in "01"} <= mids)
            return next(both, None)

        return await self.until(found)


async def grown(path: Path) -> None:
    """Enough is on disk."""
    while size(path) < ENOUGH:  # noqa: ASYNC110  the file is not ours to signal
        await asyncio.sleep(0.05)


def size(path: Path) -> int:
    return path.stat().st_size


def _names(event: object) -> tuple[object, object]:
    return getattr(event, "recording", None), getattr(event, "part", None)


def outputs_process() -> psutil.Process:
    return next(
        child
        for child in psutil.Process().children()
        if "signaling.outputs.process" in child.cmdline()
    )


async def a_full_disk_ends_the_recording_and_not_the_room(
    media: MediaControl, story: Story, publication: str
) -> None:
    resource.prlimit(outputs_process().pid, resource.RLIMIT_FSIZE, (ENOUGH, ENOUGH))
    recording = await media.recordings.record("room", publication, SECTIONS)
    ended = await story.ended(recording, 1)
    assert (ended.reason, ended.continues) == ("disk-full", False)
    assert ended.size <= ENOUGH
    assert len(watch(story.folder / (ended.file or "")).pictures) > 0
    before = await packets_in(media)
    while await packets_in(media) < before + 200:  # noqa: ASYNC110  counters do not call
        await asyncio.sleep(0.05)


async def packets_in(media: MediaControl) -> int:
    """What all sessions have sent."""
    (worker,) = await media.statistics()
    return sum(session.packets_in for session in worker.sessions)


def check(seen: Seen, codec: str) -> None:
    """Every picture decoded, moving, not black; sound without holes; both together."""
    assert seen.codecs == (codec.lower(), "opus")
    shades = [shade for _, shade, _ in seen.pictures]
    assert max(shades) > 40
    assert len({round(shade, 2) for shade in shades}) > 5
    pairs = [offset for offset in seen.offsets if abs(offset) < ALONE]
    assert median(abs(offset) for offset in pairs) < ACCEPTABLE
    first, last = seen.loudness[0][0], seen.loudness[-1][0]
    assert len(seen.loudness) * 0.005 == pytest.approx(last - first, abs=0.2)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield await browser.new_page()
        await browser.close()


async def test_chromium_is_recorded_without_transcoding_and_plays_what_was_recorded(
    page: Page, tmp_path: Path
):
    outputs = OutputsPlan(folder=tmp_path, keep=timedelta(days=1))
    async with asyncio.timeout(150), running(MediaControl(PLAN, outputs=outputs)) as media:
        house, story = House(media), Story(media.events.listen(), tmp_path)
        pages = [web.get("/", empty_page), web.static("/files", tmp_path)]
        async with served(house, pages=pages) as client:
            await page.goto(f"http://localhost:{client.port}/")
            await page.add_script_tag(content=SCRIPT)
            recordings: dict[str, str] = {}
            known: set[str] = set()
            for codec in CODECS:
                token = house.token("publish")
                await page.evaluate("a => publish('/whip/room', ...a)", [token, codec])
                publication = await story.flowing(known)
                known.add(publication)
                recordings[codec] = await media.recordings.record("room", publication, SECTIONS)
            first = {c: await story.started(r, 1) for c, r in recordings.items()}
            for path in first.values():
                await grown(path)
            outputs_process().send_signal(signal.SIGKILL)
            second = {c: await story.started(r, 2) for c, r in recordings.items()}
            for path in second.values():
                await grown(path)
            for codec, recording in recordings.items():
                lost = await story.ended(recording, 1)
                assert (lost.reason, lost.continues) == ("outputs-lost", True)
                await media.recordings.end(recording)
                ended = await story.ended(recording, 2)
                assert (ended.reason, ended.continues) == ("stopped", False)
                assert ended.size == size(second[codec])
            for codec, suffix in CODECS.items():
                assert {first[codec].suffix, second[codec].suffix} == {suffix}
                for path in (first[codec], second[codec]):
                    check(watch(path), codec)
                played = await page.evaluate("url => play(url)", f"/files/{second[codec].name}")
                seen = watch(second[codec])
                assert played["width"] == seen.pictures[-1][2]
                assert played["reached"] == pytest.approx(seen.duration, abs=0.2)
                assert played["duration"] == pytest.approx(seen.duration, abs=0.2)
                assert played["pictures"] >= len(seen.pictures) - 2
                assert (played["dropped"], played["sound"] > 0) == (0, True)
                assert played["sought"] == pytest.approx(played["reached"] / 2, abs=0.1)
                await page.evaluate("url => play(url)", f"/files/{first[codec].name}")
            await a_full_disk_ends_the_recording_and_not_the_room(media, story, known.pop())

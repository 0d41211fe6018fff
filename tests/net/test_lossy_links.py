"""Real browsers over links that lose, delay and narrow: what a viewer still sees and hears."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, async_playwright

from signaling.workers.control import MediaControl
from signaling.workers.events import EventQueue
from signaling.workers.messages import MediaStarted
from signaling.workers.plan import WorkerPlan
from tests.net.link import PERFECT, Conditions
from tests.net.noise import WIDTH, noise_camera
from tests.net.relay import Relay, relaying
from tests.signaling.endpoints.house import House, running, served
from tests.support.browser import launch

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]
SCRIPT = (Path(__file__).parent / "lossy.js").read_text()
SEED = 20261126
DIRECT = "127.0.0.1"
LAYERS = [
    {"rid": "q", "scaleResolutionDownBy": 4, "maxBitrate": 150_000},
    {"rid": "f", "maxBitrate": 1_200_000},
]
LONGEST_FREEZE = 2.0  # seconds
LONGEST_SILENCE = 1.0
PROMPT = 10.0
TRIES = 5  # the relay shares two cores with two ends of a call: when it stalls, it is no such link


@dataclass(frozen=True)
class Look:
    """What both ends counted at one moment."""

    at: float  # seconds
    encoded: int
    outgoing: int  # bits per second that the publisher may send
    decoded: int
    width: int
    samples: int
    concealed: int
    soundNacks: int  # noqa: N815  as the page names it
    estimate: int  # the viewer's own, bits per second

    @classmethod
    def of(cls, found: dict[str, Any]) -> "Look":
        return cls(**{field.name: found[field.name] for field in fields(cls)})


class Watched:
    """The looks of a stretch of time, and what they say."""

    def __init__(self, looks: list[Look]) -> None:
        self.looks = looks
        self.first, self.last = looks[0], looks[-1]

    def __str__(self) -> str:
        """One line a half second, for whoever looks into a failure."""
        lines = []
        last = self.first
        for look in self.looks[1:]:
            if look.at - last.at < 0.5:
                continue
            lines.append(
                f"{look.at - self.first.at:5.1f} s: width {look.width}, "
                f"{look.decoded - last.decoded} of {look.encoded - last.encoded} frames, "
                f"{look.concealed - last.concealed} of {look.samples - last.samples} samples "
                f"made up, estimate {look.estimate // 1000}k, up {look.outgoing // 1000}k"
            )
            last = look
        freeze, silence = self.longest_freeze, self.longest_silence
        low, high = self.seconds_until(WIDTH // 4), self.seconds_until(WIDTH)
        lines.append(
            f"longest freeze {freeze:.2f} s, longest silence {silence:.2f} s, "
            f"low layer after {low:.1f} s, high layer after {high:.1f} s"
        )
        return "\n".join(lines)

    @property
    def frames_kept(self) -> float:
        return (self.last.decoded - self.first.decoded) / (self.last.encoded - self.first.encoded)

    @property
    def sound_kept(self) -> float:
        samples = self.last.samples - self.first.samples
        return 1 - (self.last.concealed - self.first.concealed) / samples

    @property
    def longest_freeze(self) -> float:
        """Seconds without a new picture."""
        moved = [b.at for a, b in pairwise(self.looks) if b.decoded > a.decoded]
        moments = [self.first.at, *moved, self.last.at]
        return max(b - a for a, b in pairwise(moments))

    @property
    def longest_silence(self) -> float:
        """Seconds in which nearly all sound was made up."""
        heard = [self.first.at]
        for a, b in pairwise(self.looks):
            if b.concealed - a.concealed < 0.9 * (b.samples - a.samples):
                heard.append(b.at)
        return max(b - a for a, b in zip(heard, [*heard[1:], self.last.at], strict=True))

    def seconds_until(self, width: int) -> float:
        """When a picture of that width came, from the first look on."""
        found = (look.at for look in self.looks if look.width == width)
        return next(found, float("inf")) - self.first.at


class Theatre:
    """A page that publishes, and may watch itself by way of the server and a poor link."""

    def __init__(self, page: Page, house: House, media: MediaControl, relay: Relay) -> None:
        self.relay = relay
        self._page = page
        self._house = house
        self._media = media

    async def publish(self, address: str, codec: str = "video/VP8") -> str:
        events = self._media.events.listen()
        arguments = [self._house.token("publish"), address, LAYERS, codec]
        await self._page.evaluate("([t, a, l, c]) => publish('/whip/room', t, a, l, c)", arguments)
        return await both_started(events)

    async def watch(self, publication: str) -> None:
        arguments = [self._house.token("subscribe"), self.relay.address]
        location = await self._page.evaluate("([t, a]) => watch('/whep/room', t, a)", arguments)
        for mid in ("0", "1"):
            await self._media.attach(location.rpartition("/")[2], mid, publication, mid)

    async def observe(self, seconds: float) -> Watched:
        looks = await self._page.evaluate("s => observe(s)", seconds)
        watched = Watched([Look.of(look) for look in looks])
        print(watched, end="\n\n")  # noqa: T201  pytest shows it with a failure
        return watched

    async def codec(self) -> str:
        """What the picture comes in."""
        return str(await self._page.evaluate("codecSeen()"))

    async def until(self, fits: str) -> float:
        """Wait until what the publisher may send fits a condition."""
        return float(await self._page.evaluate(f"outgoing({fits})"))


async def both_started(events: EventQueue) -> str:
    """The publication whose sound and picture have come up."""
    mids: set[str] = set()
    while True:
        event = await events.get()
        if isinstance(event, MediaStarted):
            mids.add(event.mid)
            if mids == {"0", "1"}:
                return event.publication


async def empty_page(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>test</title>", content_type="text/html")


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return noise_camera(tmp_path_factory.mktemp("camera") / "noise.y4m")


@pytest_asyncio.fixture(loop_scope="module")
async def theatre(camera: Path) -> AsyncIterator[Theatre]:
    with relaying(SEED) as relay:
        plan = WorkerPlan(host=DIRECT, port=relay.port, advertise=(DIRECT, relay.address))
        async with running(MediaControl(plan)) as media, async_playwright() as playwright:
            house = House(media)
            async with served(house, pages=[web.get("/", empty_page)]) as client:
                flag = f"--use-file-for-fake-video-capture={camera}"
                browser = await launch(playwright, flag)
                page = await browser.new_page()
                await page.goto(f"http://localhost:{client.port}/")
                await page.add_script_tag(content=SCRIPT)
                yield Theatre(page, house, media, relay)
                await browser.close()


async def within_tries(story: Callable[[], Awaitable[None]]) -> None:
    """Let a story of links be told again where the machine stalled."""
    for left in reversed(range(TRIES)):
        try:
            return await story()
        except AssertionError:
            if not left:
                raise
    return None


async def test_a_viewer_behind_a_poor_link_keeps_seeing_and_hearing(theatre: Theatre):
    publication = await theatre.publish(DIRECT)
    await within_tries(partial(poor_links, theatre, publication))


async def poor_links(theatre: Theatre, publication: str) -> None:
    """The whole story, from a clean link on."""
    theatre.relay.change(up=PERFECT, down=PERFECT)
    await theatre.watch(publication)
    await theatre.observe(4)

    theatre.relay.change(up=Conditions(loss=0.05), down=Conditions(loss=0.05))
    lossy = await theatre.observe(12)
    assert lossy.frames_kept >= 0.9
    assert lossy.sound_kept >= 0.97
    assert lossy.last.soundNacks > lossy.first.soundNacks, "Opus is not repeated"
    assert lossy.last.estimate > 0, "the browser has no REMB to send"

    far = timedelta(milliseconds=300)
    theatre.relay.change(
        up=Conditions(loss=0.1), down=Conditions(loss=0.1, delay=far, rate=5_000_000)
    )
    await theatre.watch(publication)
    await theatre.observe(3)
    far_away = await theatre.observe(7)
    theatre.relay.change(down=Conditions(loss=0.1, delay=far, rate=500_000))
    narrow = await theatre.observe(10)
    theatre.relay.change(down=Conditions(loss=0.1, delay=far, rate=5_000_000))
    wide = await theatre.observe(11)
    for stretch in (far_away, narrow, wide):
        assert stretch.longest_freeze < LONGEST_FREEZE
        assert stretch.longest_silence < LONGEST_SILENCE
    assert narrow.seconds_until(WIDTH // 4) < PROMPT
    assert wide.seconds_until(WIDTH) < PROMPT


async def test_h264_is_seen_through_losses_as_vp8_is(theatre: Theatre):
    publication = await theatre.publish(DIRECT, "video/H264")
    await within_tries(partial(h264_through_losses, theatre, publication))


async def h264_through_losses(theatre: Theatre, publication: str) -> None:
    """One in twenty packets is lost, both ways."""
    theatre.relay.change(up=PERFECT, down=PERFECT)
    await theatre.watch(publication)
    await theatre.observe(3)
    assert await theatre.codec() == "video/H264"
    theatre.relay.change(up=Conditions(loss=0.05), down=Conditions(loss=0.05))
    lossy = await theatre.observe(7)
    assert lossy.frames_kept >= 0.9
    assert lossy.sound_kept >= 0.97


async def test_a_publisher_hears_soon_how_much_its_link_takes(theatre: Theatre):
    await within_tries(partial(wide_then_narrow, theatre))


async def wide_then_narrow(theatre: Theatre) -> None:
    """A publisher that begins on a clean link, which falls to less than it sends."""
    theatre.relay.change(up=PERFECT)
    await theatre.publish(theatre.relay.address)
    clean = await theatre.observe(PROMPT)
    assert max(look.outgoing for look in clean.looks) > 1_500_000
    theatre.relay.change(up=Conditions(rate=400_000))
    poor = await theatre.observe(PROMPT)
    assert poor.last.outgoing < 800_000
    theatre.relay.change(up=PERFECT)

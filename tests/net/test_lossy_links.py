"""Real browsers over links that lose, mix up, delay and narrow: what is still seen and heard.

A story that goes wrong is told again, twice at most, and says whether the machine stalled meanwhile
(`stalls.py`): what is lost is chance. Each try has to hold from its beginning to its end.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from tests.net.link import PERFECT, Conditions
from tests.net.noise import HEIGHT, WIDTH, noise_camera
from tests.net.stalls import within_tries
from tests.net.theatre import DIRECT, Theatre, opened

pytestmark = [pytest.mark.e2e, pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]
SEED = 20261126
LONGEST_FREEZE = 2.0  # seconds
LONGEST_SILENCE = 1.0
PROMPT = 10.0
TWO_STEPS = 15.0  # from the smallest of three layers to the largest: each is looked for by itself
KEPT = 0.9  # of the frames
FAR = timedelta(milliseconds=300)
LOSSY = Conditions(loss=0.05)
MIXED = Conditions(reorder=0.1, duplicate=0.1)
THIN = 400_000  # bits per second
Tell = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return noise_camera(tmp_path_factory.mktemp("camera") / "noise.y4m")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theatre(camera: Path) -> AsyncIterator[Theatre]:
    async with opened(camera, SEED) as theatre:
        yield theatre


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Tells a story, and shows whoever runs the tests how often and why."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(text)  # noqa: T201  a try that was needed is not to be overlooked

    return lambda story: within_tries(story, say)


async def test_a_viewer_behind_a_poor_link_keeps_seeing_and_hearing(theatre: Theatre, tell: Tell):
    publication = await theatre.publish(DIRECT)
    await tell(partial(poor_links, theatre, publication))


async def poor_links(theatre: Theatre, publication: str) -> None:
    """One in twenty is lost; then others come late or twice."""
    relay = theatre.relay
    relay.change(up=PERFECT, down=PERFECT)
    await theatre.watch(publication, relay.address)
    await theatre.observe(4)

    relay.change(up=LOSSY, down=LOSSY)
    lossy = await theatre.observe(10)
    assert lossy.frames_kept >= KEPT
    assert lossy.sound_kept >= 0.97
    assert lossy.last.soundNacks > lossy.first.soundNacks, "Opus is not repeated"
    estimates = await theatre.estimates()
    assert len(estimates) >= 10, "about one a second"
    assert min(estimates) > 0

    relay.change(up=MIXED, down=MIXED)
    mixed = await theatre.observe(4)
    assert mixed.frames_kept >= KEPT
    assert mixed.sound_kept >= 0.97


async def test_a_far_link_that_becomes_narrow_changes_its_layers_in_time(
    theatre: Theatre, tell: Tell
):
    publication = await theatre.publish(DIRECT)
    await tell(partial(far_and_narrow, theatre, publication))


async def far_and_narrow(theatre: Theatre, publication: str) -> None:
    """A tenth is lost, 300 ms away; then a tenth of the rate is left, and all of it again."""
    relay = theatre.relay
    wide = Conditions(loss=0.1, delay=FAR, rate=5_000_000)
    relay.change(up=Conditions(loss=0.1), down=wide)
    await theatre.watch(publication, relay.address)
    before = await theatre.observe(10)
    relay.change(down=Conditions(loss=0.1, delay=FAR, rate=500_000))
    narrow = await theatre.observe(10)
    relay.change(down=wide)
    after = await theatre.observe(TWO_STEPS, until=WIDTH)
    assert before.last.width == WIDTH
    assert narrow.seconds_until(lambda width: width < WIDTH) < PROMPT
    low = narrow.last.width
    assert low < WIDTH
    assert after.seconds_until(lambda width: width > low) < PROMPT
    assert after.last.width == WIDTH
    watched = before.from_first_picture() + narrow + after
    assert watched.longest_freeze < LONGEST_FREEZE
    assert watched.longest_silence < LONGEST_SILENCE


async def test_h264_is_seen_through_losses_and_changes_its_layers_as_vp8_does(
    theatre: Theatre, tell: Tell
):
    publication = await theatre.publish(DIRECT, "video/H264")
    await tell(partial(h264_through_losses, theatre, publication))


async def h264_through_losses(theatre: Theatre, publication: str) -> None:
    """One in twenty packets is lost, both ways; then the page asks for less, and for all again."""
    theatre.relay.change(up=PERFECT, down=PERFECT)
    await theatre.watch(publication, theatre.relay.address)
    await theatre.observe(3)
    assert await theatre.codec() == "video/H264"
    theatre.relay.change(up=LOSSY, down=LOSSY)
    lossy = await theatre.observe(10)
    assert lossy.frames_kept >= KEPT
    assert lossy.sound_kept >= 0.97
    theatre.relay.change(up=PERFECT, down=PERFECT)
    watched = await theatre.observe(1)
    for height, width in ((HEIGHT // 4, WIDTH // 4), (HEIGHT // 2, WIDTH // 2), (None, WIDTH)):
        await theatre.limit(height)
        watched += await theatre.observe(PROMPT, until=width)
        watched += await theatre.observe(1)
        assert watched.last.width == width
    assert watched.longest_freeze < LONGEST_FREEZE


async def test_a_link_too_thin_for_any_picture_keeps_its_sound(theatre: Theatre, tell: Tell):
    publication = await theatre.publish(DIRECT)
    await tell(partial(only_sound, theatre, publication))


async def only_sound(theatre: Theatre, publication: str) -> None:
    """A link that carries the sound and nothing else, and then all again."""
    theatre.relay.change(up=PERFECT, down=PERFECT)
    await theatre.watch(publication, theatre.relay.address)
    clean = await theatre.observe(6)
    theatre.relay.change(down=Conditions(rate=80_000))
    thin = await theatre.observe(12)
    theatre.relay.change(down=PERFECT)
    back = await theatre.observe(PROMPT)
    assert (clean + thin + back).longest_silence < LONGEST_SILENCE
    paused = thin.latest(5)
    assert paused.last.decoded == paused.first.decoded, "the picture is paused"
    assert paused.sound_kept >= 0.97
    assert back.last.decoded > back.first.decoded, "the picture is back"


async def test_a_publisher_hears_soon_how_much_its_link_takes(theatre: Theatre, tell: Tell):
    await tell(partial(lossy_then_narrow, theatre))


async def lossy_then_narrow(theatre: Theatre) -> None:
    """A publisher that begins on a clean link, which loses, and falls to less than it sends."""
    relay = theatre.relay
    relay.change(up=PERFECT, down=PERFECT)
    publication = await theatre.publish(relay.address)
    clean = await theatre.observe(PROMPT)
    assert max(look.outgoing for look in clean.looks) > 1_500_000
    await theatre.watch(publication, DIRECT)
    await theatre.observe(4)
    relay.change(up=LOSSY, down=LOSSY)
    lossy = await theatre.observe(10)
    assert lossy.frames_kept >= KEPT
    assert lossy.sound_kept >= 0.97
    relay.change(up=Conditions(rate=THIN), down=PERFECT)
    poor = await theatre.observe(PROMPT)
    assert poor.last.outgoing < 500_000
    relay.change(up=PERFECT)

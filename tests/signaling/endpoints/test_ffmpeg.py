"""FFmpeg's WHIP muxer as the publisher: setup:passive, no header extensions, only a=ssrc lines."""

import asyncio
import sys
from pathlib import Path

import pytest

from signaling.workers.control import MediaControl
from signaling.workers.messages import MediaStarted
from tests.signaling.endpoints.ffmpeg import PUBLISHER, make_identity
from tests.signaling.endpoints.house import Client, House

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture
def identity(tmp_path: Path) -> tuple[Path, Path]:
    return make_identity(tmp_path)


async def test_w10_sound_and_picture_of_ffmpeg_come_up(
    client: Client, house: House, media: MediaControl, identity: tuple[Path, Path]
):
    events = media.events.listen()
    url, token = str(client.make_url("/whip/room")), house.token("publish")
    publisher = await asyncio.create_subprocess_exec(
        sys.executable, PUBLISHER, url, token, *identity
    )
    started: set[tuple[str, str]] = set()
    async with asyncio.timeout(60):
        while len(started) < 2:
            event = await events.get()
            if isinstance(event, MediaStarted):
                started.add((event.mid, event.kind))
        assert started == {("0", "audio"), ("1", "video")}
        assert await publisher.wait() == 0

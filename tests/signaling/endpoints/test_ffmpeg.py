"""FFmpeg's WHIP muxer as the publisher: setup:passive, no header extensions, only a=ssrc lines."""

import asyncio
import sys
from pathlib import Path

import pytest
from aiortc.rtcdtlstransport import generate_certificate
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signaling.workers.control import MediaControl
from signaling.workers.messages import MediaStarted
from tests.signaling.endpoints.house import Client, House

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]
PUBLISHER = Path(__file__).parent / "ffmpeg_publisher.py"


@pytest.fixture
def identity(tmp_path: Path) -> tuple[Path, Path]:
    """Files of a certificate on P-256 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = generate_certificate(key)
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


async def test_w10_sound_and_picture_of_ffmpeg_come_up(
    client: Client, house: House, media: MediaControl, identity: tuple[Path, Path]
):
    events = media.events.listen()
    url, token = str(client.make_url("/whip/room")), house.token("publish")
    publisher = await asyncio.create_subprocess_exec(
        sys.executable, PUBLISHER, url, token, *identity
    )
    started: set[tuple[str, str]] = set()
    async with asyncio.timeout(30):
        while len(started) < 2:
            event = await events.get()
            if isinstance(event, MediaStarted):
                started.add((event.mid, event.kind))
        assert started == {("0", "audio"), ("1", "video")}
        assert await publisher.wait() == 0

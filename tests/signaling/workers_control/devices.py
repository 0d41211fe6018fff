"""aiortc peers that publish to and watch over real worker processes, through media control."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from signaling.workers.control import MediaControl
from tests.signaling.workers.browsers import MovingPicture, Tone, bar_position, loudness
from tests.signaling.workers.control import until

# Only with a transport for each section does aiortc keep the candidates of the first one.
ALONE = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT)
FEW = 5  # frames: more than a device may have left of what it saw before


@dataclass
class Device:
    """One connection; it may come back with a new one."""

    media: MediaControl
    tasks: asyncio.TaskGroup
    frames: int = 0  # that were decoded
    bar: int = -1  # where it is now
    room: str = "room"
    session: str = ""
    connection: RTCPeerConnection = field(default_factory=lambda: RTCPeerConnection(ALONE))
    tracks: dict[str, MediaStreamTrack] = field(default_factory=dict)

    @property
    def worker(self) -> str:
        """Where its session is."""
        return self.media._sessions.require(self.session).worker

    async def publish(self, name: str) -> None:
        self.connection.addTrack(Tone())
        self.connection.addTrack(MovingPicture())
        opened = await self.media.open_publication(self.room, name, await self._offer())
        await self._accept(opened.session_id, opened.answer_text)

    async def watch(self, name: str) -> None:
        for kind in ("audio", "video"):
            self.connection.addTransceiver(kind, direction="recvonly")
        opened = await self.media.open_subscription(self.room, await self._offer(), "cname")
        await self._accept(opened.session_id, opened.answer_text)
        await self.turn_to(name)
        for transceiver in self.connection.getTransceivers():
            self.tracks[transceiver.kind] = transceiver.receiver.track
        self.tasks.create_task(self._look(self.tracks["video"]))

    async def _look(self, track: MediaStreamTrack) -> None:
        """Look at every frame as it comes, so that none waits to be taken for a later one."""
        with suppress(MediaStreamError):
            while True:
                self.bar = bar_position(await track.recv())
                self.frames += 1

    async def turn_to(self, name: str) -> None:
        """Let another publication flow into the sections."""
        for mid in ("0", "1"):
            await self.media.attach(self.session, mid, name, mid)

    async def come_back(self, name: str) -> None:
        """As a page does whose session was lost: with a new connection."""
        await self.connection.close()
        self.connection = RTCPeerConnection(ALONE)
        await self.watch(name)

    async def sees(self) -> None:
        """Return when some frames have come and the bar has moved."""
        bar, frames = self.bar, self.frames + FEW
        await until(lambda: self.frames >= frames and self.bar not in {bar, -1})

    async def hears(self) -> None:
        """Return with the first frame in which the tone sounds."""
        while loudness(await self.tracks["audio"].recv()) <= 3000:
            pass

    async def _offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        offer: str = self.connection.localDescription.sdp
        return offer

    async def _accept(self, session: str, answer: str) -> None:
        self.session = session
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

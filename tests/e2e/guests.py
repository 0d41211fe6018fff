"""More people for a room: aiortc devices with a picture and a voice, let in by a grant."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aioice.ice
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
)
from av import AudioFrame, VideoFrame
from typing_extensions import override

from signaling.grants import GrantSigner, new_grant
from signaling.rooms.messages.parts import SUBPROTOCOL
from tests.e2e.rooms import House
from tests.signaling.workers.browsers import MovingPicture, Tone
from tests.support.service import Service
from web.secrets import Secrets

# Only with a transport for each section does aiortc keep the candidates of the first one.
ALONE = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT)
PATIENCE = 30  # seconds until a test gives up; never asserted on
CALM = 3  # every so many frames one is sent, so that eight devices fit into a small machine


class CalmPicture(MovingPicture):
    """Ten frames a second of a moving bar, none while it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.moves = asyncio.Event()
        self.moves.set()

    @override
    async def recv(self) -> VideoFrame:
        await self.moves.wait()
        for _ in range(CALM - 1):
            await super().recv()
        return await super().recv()


class Voice(Tone):
    """A tone while `is_loud`, else silence."""

    def __init__(self) -> None:
        super().__init__()
        self.is_loud = False

    @override
    async def recv(self) -> AudioFrame:
        frame = await super().recv()
        if not self.is_loud:
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
        return frame


@dataclass
class Guest:
    """Somebody in the room who is no browser."""

    id: str
    socket: ClientWebSocketResponse
    http: ClientSession
    url: str
    picture: CalmPicture = field(default_factory=CalmPicture)
    voice: Voice = field(default_factory=Voice)
    heard: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    up: RTCPeerConnection = field(default_factory=lambda: RTCPeerConnection(ALONE))
    down: RTCPeerConnection = field(default_factory=lambda: RTCPeerConnection(ALONE))

    async def listen(self) -> None:
        """Hear everything until the connection ends; pings are answered meanwhile."""
        async for frame in self.socket:
            self.heard.append(json.loads(frame.data))
            self.news.set()

    async def hear(self, kind: str) -> dict[str, Any]:
        """The newest message of that type, as soon as there is one."""
        async with asyncio.timeout(PATIENCE):
            while (found := [one for one in self.heard if one["type"] == kind]) == []:
                self.news.clear()
                await self.news.wait()
        return found[-1]

    async def tell_devices(self, *, has_camera: bool) -> None:
        """Say what there is to send."""
        states = {"camera": "ready" if has_camera else "absent", "microphone": "ready"}
        await self.socket.send_json({"type": "device-state", **states})

    async def publish(self, endpoint: dict[str, str], *, has_camera: bool) -> str:
        """Send sound, and a picture; the session's id."""
        self.up.addTrack(self.voice)
        if has_camera:
            self.up.addTrack(self.picture)
        return await self._open(self.up, endpoint)

    async def turns_on_the_camera(self) -> None:
        """Send a picture too, in a session that takes the place of the one before."""
        await self.socket.send_json(
            {"type": "device-state", "camera": "ready", "microphone": "ready"}
        )
        endpoint = (await self.hear("grants"))["publish"]
        before, self.up = self.up, RTCPeerConnection(ALONE)
        self.voice = Voice()
        await self.publish(endpoint, has_camera=True)
        await before.close()

    async def watch(self, endpoint: dict[str, str]) -> str:
        """Receive one sound and one picture; the session's id."""
        for kind in ("audio", "video"):
            self.down.addTransceiver(kind, direction="recvonly")
        return await self._open(self.down, endpoint)

    async def _open(self, connection: RTCPeerConnection, endpoint: dict[str, str]) -> str:
        await connection.setLocalDescription(await connection.createOffer())
        headers = {
            "Content-Type": "application/sdp",
            "Authorization": f"Bearer {endpoint['token']}",
        }
        offer, address = connection.localDescription.sdp, f"{self.url}{endpoint['url']}"
        async with self.http.post(address, data=offer, headers=headers) as answer:
            text = await answer.text()
            assert answer.status == 201, text
        await connection.setRemoteDescription(RTCSessionDescription(text, "answer"))
        return answer.headers["Location"].rsplit("/", 1)[1]


async def seated(
    service: Service, http: ClientSession, room: str, name: str, now: datetime
) -> Guest:
    """A guest who has just said hello, as one of the panel."""
    keys = await asyncio.to_thread(Secrets.load, service.data)
    grant = new_grant(
        room=room,
        participant=f"guest-{name}",
        action="socket",
        name=name,
        role="panel",
        now=now,
        life=timedelta(hours=2),
    )
    token = GrantSigner(keys.key("grants")).sign(grant)
    address = f"{service.url}/socket/{room}"
    socket = await http.ws_connect(address, protocols=[SUBPROTOCOL])
    await socket.send_json({"type": "hello", "token": token, "device": f"device-of-{name}"})
    return Guest(grant.participant, socket, http, service.url)


@contextmanager
def loopback_only() -> Iterator[None]:
    """aioice leaves out 127.0.0.1, all that some machines have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])
        yield


@asynccontextmanager
async def guests(
    house: House, room: str, cameras: dict[str, bool]
) -> AsyncIterator[dict[str, Guest]]:
    """People by name who are in the room and send; the value says whether they have a camera."""
    found: dict[str, Guest] = {}
    with loopback_only():
        async with ClientSession() as http, asyncio.TaskGroup() as tasks:
            for name, has_camera in cameras.items():
                now = house.prepared.starts_at
                guest = found[name] = await seated(house.service, http, room, name, now)
                tasks.create_task(guest.listen())
                await guest.tell_devices(has_camera=has_camera)
                endpoint = (await guest.hear("grants"))["publish"]
                await guest.publish(endpoint, has_camera=has_camera)
            yield found
            for guest in found.values():
                await guest.up.close()
                await guest.socket.close()

"""A client that was written from docs/reference alone: aiohttp, aiortc, nothing of ours.

What it does has to be told by whip-and-whep.md and room-socket.md; whatever it needs beyond them is
a gap in those pages.
"""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, WSMsgType
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)

PATIENCE = 60.0  # seconds until it gives up
# aiortc answers a bundle only on the transport of its first section when each has one of its own
PLAIN = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT)


@dataclass
class Session:
    """A media session: where it is, which token opened it, what ICE session it has."""

    url: str
    token: str
    etag: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Stranger:
    """One device: what the page of the room gave it, and all that it has learned since."""

    http: ClientSession
    server: str  # https://host
    room: str
    token: str  # for the first hello
    device: str
    socket: ClientWebSocketResponse | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)
    life: str | None = None
    last_seen: int | None = None
    grants: dict[str, Any] = field(default_factory=dict)
    sections: list[dict[str, str]] = field(default_factory=list)  # the newest map
    tracks: dict[str, MediaStreamTrack] = field(default_factory=dict)  # by mid
    peers: list[RTCPeerConnection] = field(default_factory=list)

    # The room socket

    async def connect(self) -> dict[str, Any]:
        """Open the socket and say hello, with whatever is known from before: the welcome."""
        address = f"{self.server}/socket/{self.room}"
        self.socket = await self.http.ws_connect(address, protocols=["daigang.room.1"])
        await self.say(
            "hello",
            version=1,
            token=self.grants.get("socket", self.token),
            device=self.device,
            admission=self.grants.get("admission"),
            life=self.life,
            last_seen=self.last_seen,
        )
        return await self.hear("welcome")

    async def say(self, kind: str, **fields: Any) -> None:
        assert self.socket is not None
        await self.socket.send_str(json.dumps({"type": kind, **fields}))

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of this type; what comes before it is taken in as well."""
        assert self.socket is not None
        while True:
            async with asyncio.timeout(PATIENCE):
                frame = await self.socket.receive()
            assert frame.type is WSMsgType.TEXT, (frame, self.heard[-5:])
            message: dict[str, Any] = json.loads(frame.data)
            self._take_in(message)
            if message["type"] == kind:
                return message

    async def closed(self) -> int | None:
        """Wait for the end of the socket: its close code."""
        assert self.socket is not None
        async with asyncio.timeout(PATIENCE):
            while (frame := await self.socket.receive()).type is WSMsgType.TEXT:
                self._take_in(json.loads(frame.data))
        return self.socket.close_code

    def _take_in(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        if "number" in message:
            self.last_seen = max(self.last_seen or 0, message["number"])
        match message["type"]:
            case "welcome":
                if not message["resumed"]:
                    self.last_seen = None
                self.life = message["life"]
            case "grants":
                self.grants = message
            case "map":
                self.sections = message["sections"]

    # Media

    async def publish(self) -> Session:
        """Sound and picture go up."""
        peer = self._peer()
        for track in (AudioStreamTrack(), VideoStreamTrack()):
            peer.addTransceiver(track, direction="sendonly")
        return await self._exchange(peer, self.grants["publish"])

    async def subscribe(self, places: int) -> Session:
        """So many sounds and pictures may come down."""
        peer = self._peer()
        for kind in ("audio", "video"):
            for _ in range(places):
                peer.addTransceiver(kind, direction="recvonly")
        session = await self._exchange(peer, self.grants["subscribe"])
        self.tracks = {known.mid: known.receiver.track for known in peer.getTransceivers()}
        return session

    async def flowing(self, kind: str, participant: str) -> str:
        """The section that the map gives to this participant's sound or picture."""
        while True:
            for section in self.sections:
                if (section["kind"], section["participant"]) == (kind, participant):
                    return section["mid"]
            await self.hear("map")

    async def frame(self, mid: str) -> Any:
        """The next frame of a section."""
        async with asyncio.timeout(PATIENCE):
            return await self.tracks[mid].recv()

    async def post(self, endpoint: dict[str, str], offer: str) -> ClientResponse:
        """POST an offer with the token that belongs to the address."""
        headers = {
            "Authorization": f"Bearer {endpoint['token']}",
            "Content-Type": "application/sdp",
        }
        address = urljoin(self.server, endpoint["url"])
        return await self.http.post(address, data=offer, headers=headers)

    async def trickle(self, session: Session, fragment: str, if_match: str) -> ClientResponse:
        """PATCH a session."""
        more = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": if_match}
        return await self.http.patch(session.url, data=fragment, headers=session.headers | more)

    async def _exchange(self, peer: RTCPeerConnection, endpoint: dict[str, str]) -> Session:
        await peer.setLocalDescription(await peer.createOffer())
        response = await self.post(endpoint, peer.localDescription.sdp)
        answer = await response.text()
        assert response.status == 201, answer
        await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        address = urljoin(str(response.url), response.headers["Location"])
        return Session(address, endpoint["token"], response.headers["ETag"])

    def _peer(self) -> RTCPeerConnection:
        self.peers.append(RTCPeerConnection(PLAIN))
        return self.peers[-1]

    async def close(self) -> None:
        for peer in self.peers:
            await peer.close()
        if self.socket is not None:
            await self.socket.close()

"""Requests that the tests of both endpoints send, and what they look at."""

from dataclasses import dataclass

from aiohttp import ClientResponse
from aiortc import RTCPeerConnection, RTCSessionDescription

from signaling.grants import Action
from tests.signaling.endpoints.house import Client, House
from tests.signaling.sdp.offers import offer

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
RESTART = "a=ice-ufrag:newfragment\r\na=ice-pwd:newpasswordnewpasswordnew\r\n"
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, Link, ETag, Retry-After",
}


@dataclass(frozen=True)
class Endpoint:
    """WHIP or WHEP in the tests' room, and an offer of Chromium for it."""

    root: str
    action: Action
    offer: str

    @property
    def path(self) -> str:
        """Where sessions are opened."""
        return f"{self.root}/room"


WHIP = Endpoint("/whip", "publish", offer("chromium_whip"))
WHEP = Endpoint("/whep", "subscribe", offer("chromium_whep"))


@dataclass(frozen=True)
class Session:
    url: str
    token: str
    etag: str
    answer: str


def bearer(token: str, **more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"Authorization": f"Bearer {token}", **named}


async def opened(client: Client, house: House, action: Action = "publish") -> Session:
    """A session of the Chromium offer for this action."""
    at = WHIP if action == "publish" else WHEP
    token = house.token(action)
    headers = bearer(token, Content_Type=SDP)
    response = await client.post(at.path, data=at.offer, headers=headers)
    assert response.status == 201, await response.text()
    headers = response.headers
    return Session(headers["Location"], token, headers["ETag"], await response.text())


async def patched(
    client: Client, session: Session, body: str, if_match: str | None, content_type: str = FRAGMENT
) -> ClientResponse:
    """The response to a PATCH with this body."""
    headers = bearer(session.token, Content_Type=content_type)
    if if_match is not None:
        headers["If-Match"] = if_match
    return await client.patch(session.url, data=body, headers=headers)


async def code(response: ClientResponse) -> tuple[int, str]:
    """Status and code of a problem (RFC 9457); every problem has all its members."""
    assert response.content_type == "application/problem+json"
    body = await response.json()
    assert body["status"] == response.status
    assert body["type"] == f"urn:daigang:refusal:{body['code']}"
    assert body["detail"]
    assert body["next_step"]
    assert response.headers.items() >= CORS.items()
    return response.status, body["code"]


async def negotiated(client: Client, path: str, token: str, peer: RTCPeerConnection) -> str:
    """The session's address after an exchange of offer and answer with aiortc."""
    await peer.setLocalDescription(await peer.createOffer())
    response = await client.post(
        path, data=peer.localDescription.sdp, headers=bearer(token, Content_Type=SDP)
    )
    assert response.status == 201, await response.text()
    await peer.setRemoteDescription(RTCSessionDescription(await response.text(), "answer"))
    return response.headers["Location"]

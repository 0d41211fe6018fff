"""Watches with aiortc until somebody kills the process: `URL TOKEN`; says when it has a picture.

A process of its own, so that it can be killed and says no goodbye.
"""

import asyncio
import sys

from aiohttp import ClientSession
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription


async def watch(url: str, token: str) -> None:
    viewer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tracks = [viewer.addTransceiver(kind, direction="recvonly") for kind in ("audio", "video")]
    await viewer.setLocalDescription(await viewer.createOffer())
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {token}"}
    offer = viewer.localDescription.sdp
    async with ClientSession() as http, http.post(url, data=offer, headers=headers) as response:
        answer = RTCSessionDescription(await response.text(), "answer")
    await viewer.setRemoteDescription(answer)
    await tracks[1].receiver.track.recv()
    print("watching", flush=True)  # noqa: T201  for the test that waits
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(watch(*sys.argv[1:]))

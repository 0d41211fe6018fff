"""How a viewer gets to a server's media: by WHEP at ours, by the streaming plugin at Janus."""

import secrets
from typing import Any, Final, Protocol

from aiohttp import ClientSession

from benchmarks.media import descriptions
from benchmarks.media.descriptions import Remote
from benchmarks.media.member import ConnectError, Credentials

MOUNTPOINT: Final = 1
CREATED: Final = 201


class Door(Protocol):
    """A server that viewers may be let into."""

    async def watch(self, ours: Credentials, fingerprint: str, host: str) -> Remote:
        """Agree on a session; returns the server's side of it.

        Raises:
            ConnectError: it would not.
        """
        ...


class Whep:
    """Our endpoints, as any WHIP or WHEP client uses them."""

    def __init__(self, http: ClientSession, url: str, room: str) -> None:
        self._http = http
        self._url = url
        self._room = room
        self.sessions: list[str] = []

    async def watch(self, ours: Credentials, fingerprint: str, host: str) -> Remote:  # noqa: ARG002
        text = descriptions.offer(
            ours.ufrag, ours.password, fingerprint, codecs=("vp8", "h264"), direction="recvonly"
        )
        return await self._post("whep", "subscribe", text)

    async def publish(
        self,
        ours: Credentials,
        fingerprint: str,
        codec: str,
        ssrcs: tuple[int, int, int] | None,
        rids: tuple[str, ...] = (),
    ) -> Remote:
        """As `watch`, upwards: one picture with its SSRCs, or simulcast layers by their names."""
        text = descriptions.offer(
            ours.ufrag,
            ours.password,
            fingerprint,
            codecs=(codec,),
            direction="sendonly",
            ssrcs=ssrcs,
            rids=rids,
        )
        return await self._post("whip", "publish", text)

    async def _post(self, endpoint: str, action: str, text: str) -> Remote:
        headers = {
            "Authorization": f"Bearer {action}:{self._room}",
            "Content-Type": "application/sdp",
        }
        address = f"{self._url}/{endpoint}/{self._room}"
        async with self._http.post(address, data=text, headers=headers) as response:
            answer = await response.text()
            if response.status != CREATED:
                raise ConnectError(f"{endpoint} answered {response.status}: {answer}")
            self.sessions.append(response.headers["Location"])
        return descriptions.read(answer)

    async def leave(self, session: str, action: str = "subscribe") -> int:
        """End a session; returns the status."""
        headers = {"Authorization": f"Bearer {action}:{self._room}"}
        async with self._http.delete(f"{self._url}{session}", headers=headers) as response:
            return response.status


class Janus:
    """The streaming plugin's mountpoint through Janus' HTTP interface, a session a viewer."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def watch(self, ours: Credentials, fingerprint: str, host: str) -> Remote:
        session = f"/{(await self._ask('', janus='create'))['data']['id']}"
        attached = await self._ask(session, janus="attach", plugin="janus.plugin.streaming")
        handle = f"{session}/{attached['data']['id']}"
        body = {"request": "watch", "id": MOUNTPOINT}
        await self._ask(handle, janus="message", body=body)
        offer = (await self._event(session, "jsep"))["jsep"]["sdp"]
        answer = descriptions.answer(offer, ours.ufrag, ours.password, fingerprint, host)
        await self._ask(
            handle,
            janus="message",
            body={"request": "start"},
            jsep={"type": "answer", "sdp": answer},
        )
        await self._event(session, "plugindata")  # it has read the answer
        return descriptions.read(offer)

    async def _event(self, session: str, member: str) -> Any:
        """The next thing that Janus has to say which has that member."""
        while True:
            async with self._http.get(f"{self._url}{session}") as response:
                event = await response.json()
            if member in event:
                return event

    async def _ask(self, path: str, **fields: Any) -> Any:
        message = {"transaction": secrets.token_hex(6), **fields}
        async with self._http.post(f"{self._url}{path}", json=message) as response:
            answer = await response.json()
        if answer["janus"] == "error":
            raise ConnectError(f"Janus answered {answer['error']}")
        return answer

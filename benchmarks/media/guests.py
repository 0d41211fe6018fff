"""Who comes to a room to talk, and who records: what a soak does besides watching."""

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, ClientWSTimeout, WSMsgType

from benchmarks.media.annexe import PASS, RECORDINGS, TALK
from benchmarks.media.stage import OK, STARVED
from signaling.endpoints.paths import socket_path
from signaling.rooms.messages.parts import SUBPROTOCOL

LINES: Final = 3  # that a guest says
PAUSE: Final = 2.0  # seconds before each: as often as one may for long
SILENT_LEAVE: Final = 2  # every second time a guest goes without a word
PATIENCE: Final = ClientWSTimeout(ws_receive=10)  # seconds until something is said in the room
RECORDED: Final = 4.0  # seconds
BETWEEN: Final = 2.0  # seconds between two recordings
CREATED: Final = 201


class GuestError(RuntimeError):
    """The room did not answer as its protocol says."""


class Guests:
    """Over HTTP, as pages do it; `waited()` are the seconds that we all had to wait for a core."""

    def __init__(self, http: ClientSession, url: str, waited: Callable[[], float]) -> None:
        self.counts: Counter[str] = Counter()
        self._waited = waited
        self._http = http
        self._url = url

    async def talk(self, name: str) -> None:
        """Enter the room, say something, leave, and come again, until cancelled."""
        for visit in itertools.count():
            await self._try(self._visit(name, has_manners=visit % SILENT_LEAVE == 0))

    async def _try(self, habit: Coroutine[None, None, None]) -> None:
        waited = self._waited()
        try:
            await habit
        except (ClientError, TimeoutError):
            is_excused = self._waited() - waited > STARVED
            self.counts["starved" if is_excused else "unheard"] += 1

    async def _visit(self, name: str, *, has_manners: bool) -> None:
        async with self._http.get(self._url + PASS.format(name=name)) as response:
            token = await response.text()
        async with self._http.ws_connect(
            self._url + socket_path(TALK), protocols=[SUBPROTOCOL], timeout=PATIENCE
        ) as socket:
            device = f"device-of-{name}"
            await socket.send_json({"type": "hello", "token": token, "device": device})
            await _hear(socket, "grants")
            self.counts["guests"] += 1
            for _ in range(LINES):
                await self._say_something(socket)
            if has_manners:
                await socket.send_json({"type": "leave"})

    async def _say_something(self, socket: ClientWebSocketResponse) -> None:
        await asyncio.sleep(PAUSE)
        text = secrets.token_urlsafe(24)
        await socket.send_json({"type": "send-chat", "text": text, "key": text})
        while (await _hear(socket, "chat"))["line"]["text"] != text:
            pass  # somebody else's
        self.counts["lines"] += 1

    async def record(self, room: str) -> None:
        """Record what is published there, for a while, and again, until cancelled."""
        while True:
            await asyncio.sleep(BETWEEN)
            await self._try(self._record(room))

    async def _record(self, room: str) -> None:
        async with self._http.post(self._url + RECORDINGS.format(name=room)) as response:
            if response.status != CREATED:  # its worker has just been killed
                self.counts["recordings_refused"] += 1
                return
            recording = await response.text()
        self.counts["recordings"] += 1
        await asyncio.sleep(RECORDED)
        async with self._http.delete(self._url + RECORDINGS.format(name=recording)) as response:
            self.counts["recordings_cut"] += response.status != OK

    async def recorded(self) -> dict[str, int]:
        """How many files have ended, by reason, and their bytes."""
        async with self._http.get(self._url + RECORDINGS.format(name="all")) as response:
            found: dict[str, int] = await response.json()
        return found


async def _hear(socket: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next message of that type; raises GuestError when the room refuses or hangs up."""
    while True:
        frame = await socket.receive()
        if frame.type is not WSMsgType.TEXT:
            raise GuestError(f"{kind} was awaited, {frame.type.name} {socket.close_code} came")
        message: dict[str, Any] = frame.json()
        if message["type"] == kind:
            return message
        if message["type"] == "error":
            raise GuestError(f"{kind} was awaited, {message} came")

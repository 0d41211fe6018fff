"""What our server of benchmarks has besides media: a room to talk in, and recordings, over HTTP."""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from aiohttp import web

from signaling.endpoints.paths import SOCKET
from signaling.engine import Engine, RecordingNews
from signaling.refusals import Refusal
from signaling.rooms.values import RoomId, RoomPlan
from signaling.workers.control import MediaControl
from signaling.workers.opened import Opened
from signaling.workers.recording_plan import OutputsPlan, RecordingEnded

TALK: Final = "talk"  # the room
PASS: Final = "/pass/{name}"
RECORDINGS: Final = "/recordings/{name}"  # of a room to begin one, else its own
KEPT: Final = timedelta(minutes=1)  # so that files come and go as well
DAY: Final = timedelta(days=1)


def outputs(folder: Path | None) -> OutputsPlan | None:
    """Recordings into that folder; none without one."""
    return None if folder is None else OutputsPlan(folder, keep=KEPT)


class Annexe:
    """An engine over the same workers."""

    def __init__(
        self,
        media: MediaControl,
        published: Mapping[str, tuple[str, Opened]],
        clock: Callable[[], datetime],
    ) -> None:
        self._media = media
        self._published = published
        self._clock = clock
        self._engine = Engine(media, secrets.token_bytes(32), clock)
        self._ended: Counter[str] = Counter()

    async def open(self) -> None:
        """Start the workers, and open the room."""
        await self._engine.start()
        now = self._clock()
        self._engine.open_room(RoomPlan(RoomId(TALK), now - DAY, now + DAY))

    async def follow(self) -> None:
        """Take note of what happens, until closed."""
        async for numbered in self._engine.events():
            event = numbered.event.what if isinstance(numbered.event, RecordingNews) else None
            if isinstance(event, RecordingEnded):
                self._ended[event.reason] += 1
                self._ended["bytes"] += event.size
            self._engine.acknowledge(numbered.number)

    async def close(self, *, within: timedelta) -> None:
        """End the workers."""
        await self._engine.aclose(within)

    def routes(self) -> list[web.RouteDef]:
        """The room socket, a pass for it, and recordings."""
        return [
            *(route for route in self._engine.routes() if route.path == SOCKET),
            web.get(PASS, self._pass),
            web.post(RECORDINGS, self._record),
            web.delete(RECORDINGS, self._stop),
            web.get(RECORDINGS, self._tell),
        ]

    async def _pass(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        token = self._engine.grant(
            room=TALK, participant=name, name=name, role="panel", lifetime=timedelta(minutes=5)
        )
        return web.Response(text=token)

    async def _record(self, request: web.Request) -> web.Response:
        room = request.match_info["name"]
        publication, opened = self._published[room]
        sections = tuple((section.mid, section.kind) for section in opened.sections)
        try:
            recording = await self._media.recordings.record(room, publication, sections)
        except Refusal as refusal:
            return web.Response(status=refusal.status, text=refusal.code)
        return web.Response(status=201, text=recording)

    async def _stop(self, request: web.Request) -> web.Response:
        try:
            await self._media.recordings.end(request.match_info["name"])
        except Refusal as refusal:
            return web.Response(status=refusal.status, text=refusal.code)
        return web.Response()

    async def _tell(self, _: web.Request) -> web.Response:
        return web.json_response(self._ended)

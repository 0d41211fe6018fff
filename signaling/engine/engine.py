"""The engine: rooms of this process, who may enter them, and what happens in them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import assert_never

from aiohttp import web

from signaling.endpoints import room_socket, whep, whip
from signaling.endpoints.crowd import Crowd
from signaling.endpoints.ports import Address, Clock, peer
from signaling.endpoints.throttle import Throttle
from signaling.engine.caps import DEFAULT_CAPS, Caps
from signaling.engine.counters import Counters
from signaling.engine.event_log import EventLog, NumberedEvent
from signaling.engine.faults import contained
from signaling.engine.host import RoomHost
from signaling.engine.insight import Insight
from signaling.engine.media_door import MediaDoor
from signaling.engine.memories import Memories
from signaling.engine.notebooks import NoNotebooks, Notebooks
from signaling.engine.open_sessions import OpenSessions
from signaling.engine.ports import Media
from signaling.engine.recording import RecordingDoor, RecordingNews
from signaling.engine.registry import Registry
from signaling.engine.socket_door import SocketDoor
from signaling.engine.tokens import Tokens
from signaling.grants import Action, Role
from signaling.outputs.recorder import Limits
from signaling.rooms.events import RoomEvent
from signaling.rooms.media_map import Publication
from signaling.rooms.values import Outcome, PublicationId, RoomPlan, SessionId
from signaling.turn import NO_SERVERS, TurnPlan
from signaling.workers.events import MediaEvent, WorkerLost
from signaling.workers.messages import (
    Connected,
    Disconnected,
    LayersWanted,
    MediaStarted,
    VoiceChanged,
)
from signaling.workers.placement import Placements
from signaling.workers.recording_plan import (
    RecordingEnded,
    RecordingRemoved,
    RecordingStarted,
)
from signaling.workers.tenure import ROOM_MOVED

TICK = timedelta(milliseconds=500)  # how late a change of speaker may be told
EVENTS_BOUND = 10_000
RECONNECT_IN = timedelta(seconds=3)
GOING_AWAY = 1001  # RFC 6455 §7.4.1


class Engine:
    """Admit, end, events out. `start` before rooms are opened; `aclose` when done."""

    def __init__(
        self,
        media: Media,
        key: bytes,
        clock: Clock,
        *,
        allowed_origins: frozenset[str] = frozenset(),
        turn: TurnPlan = NO_SERVERS,
        caps: Caps = DEFAULT_CAPS,
        notebooks: Notebooks | None = None,
    ) -> None:
        self._media = media
        self._clock = clock
        self._allowed_origins = allowed_origins
        self._turn = turn
        self._tokens = Tokens(key, turn)
        self._memories = Memories(notebooks or NoNotebooks())
        self._events = EventLog(EVENTS_BOUND, told=self._told)
        self._counters = Counters()
        self._sessions = OpenSessions(caps, clock())
        self._crowd = Crowd(caps.address_sessions)
        self._registry = Registry(
            media,
            self._tokens,
            clock,
            self._counters,
            emit=self._events.put,
            closed=self._sessions.forget,
            saw=self._sessions.saw,
            memories=self._memories,
        )
        self._recordings = RecordingDoor(media, self._registry, clock, self._events.put)
        self.insight = Insight(media, self._sessions)
        self._stopping = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._owner: asyncio.Task[None] | None = None

    # Life

    async def start(self) -> None:
        """Start the workers and the clock; returns when rooms can be opened.

        Events of an earlier life that nobody acknowledged are told again.
        """
        for event in self._memories.untold():
            self._events.put(event)
        started = asyncio.Event()
        self._owner = asyncio.create_task(self._run(started))  # noqa: TID251  aclose waits for it
        await started.wait()

    async def ready(self) -> None:
        """Return as soon as a media worker is up."""
        await self._media.ready()

    def place_rooms_by(self, placements: Placements) -> None:
        """Let these say which worker a room lives on; to be told before anybody comes."""
        self._media.place_by(placements)

    def renew_workers(self, within: timedelta) -> None:
        """Start replacing the workers one by one, giving each so long to drain (on SIGHUP)."""
        is_busy = self._renewing is not None and not self._renewing.done()
        if self._tasks is not None and not is_busy:
            self._renewing = self._tasks.create_task(self._media.renew(within=within))

    async def tell_shutdown(self, reconnect_in: timedelta = RECONNECT_IN) -> None:
        """Tell every page that the server restarts and when to come back (on SIGTERM)."""
        for host in self._registry.hosts:
            host.perform(host.room.restart_announced(reconnect_in.total_seconds()))

    async def aclose(self, within: timedelta) -> None:
        """Close every connection, end the workers in that time, wait for every task."""
        for host in self._registry.hosts:
            for outbox in host.outboxes:
                outbox.close(GOING_AWAY, "server stops")
            host.performer.stop()
        self._events.close()
        await self._media.stop(within=within)
        self._stopping.set()
        if self._owner is None:
            return
        _done, late = await asyncio.wait((self._owner,), timeout=within.total_seconds())
        for owner in late:
            owner.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._owner

    async def _run(self, started: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._media.run())
            listener = tasks.create_task(self._follow_media())
            ticker = tasks.create_task(self._tick_on())
            started.set()
            await self._stopping.wait()
            listener.cancel()
            ticker.cancel()
            if self._renewing is not None:
                self._renewing.cancel()

    # Rooms

    def open_room(self, plan: RoomPlan) -> None:
        """Open a room, or give an open one its new schedule; an ended one stays ended."""
        if self._tasks is None:
            raise RuntimeError("the engine has not started")
        host = self._registry.open(plan)
        if host is not None:
            self._tasks.create_task(host.performer.run())

    def is_open(self, room: str) -> bool:
        """Whether people may still meet in this room."""
        host = self._registry.get(room)
        return host is not None and not host.room.state.is_over

    def end_room(self, room: str, outcome: Outcome) -> None:
        """End a room for everybody in it; ending it again changes nothing.

        Raises:
            RoomUnknown: it was never opened here, or it has long ended.
        """
        host = self._registry.find(room)
        host.perform(host.room.end(outcome, self._clock()))

    def grant(
        self,
        *,
        room: str,
        participant: str,
        name: str,
        role: Role,
        lifetime: timedelta,
        action: Action = "socket",
        name_latin: str = "",
    ) -> str:
        """A signed token; the one for the socket is enough, media grants come over the socket."""
        return self._tokens.sign(
            room=room,
            participant=participant,
            action=action,
            name=name,
            role=role,
            now=self._clock(),
            life=lifetime,
            name_latin=name_latin,
        )

    def routes(self, address: Address = peer) -> list[web.RouteDef]:
        """WHIP, WHEP and the room socket, to be mounted at the root by the product.

        `address` tells clients apart for throttling; behind proxies the peer is not the client.
        """
        door = MediaDoor(self._media, self._tokens, self._clock, self._registry, self._sessions)
        sockets = SocketDoor(self._registry, self._tokens, self._clock, self._counters)
        throttle = Throttle()
        return [
            *whip.routes(
                door, clock=self._clock, throttle=throttle, address=address, turn=self._turn
            ),
            *whep.routes(
                door, clock=self._clock, throttle=throttle, address=address, turn=self._turn
            ),
            *room_socket.routes(sockets, self._allowed_origins, crowd=self._crowd, address=address),
        ]

    # Recordings

    def publications(self, room: str) -> tuple[Publication, ...]:
        """What is being published in a room now, and could be recorded.

        Raises:
            RoomUnknown: it was never opened here, or it has long ended.
        """
        return self._recordings.publications(room)

    async def record(self, room: str, publication: str, limits: Limits | None = None) -> str:
        """Record a publication until it or the limits end; the id of the recording.

        What becomes of it is told by `events` as RecordingNews.

        Raises:
            RoomUnknown, PublicationUnknown: there is none, or it has ended.
            RecordingUnavailable: recordings cannot be written now.
        """
        return await self._recordings.record(room, publication, limits)

    async def stop_recording(self, recording: str) -> None:
        """Complete the file of a recording; its end is told by `events`.

        Raises:
            RecordingUnknown: it has ended before.
        """
        await self._media.recordings.end(recording)

    # Events and counters

    def events(self) -> AsyncIterator[NumberedEvent]:
        """Every event that was not acknowledged, then each new one, until `aclose`."""
        return self._events.listen()

    def acknowledge(self, number: int) -> None:
        """The event of this number and all before it are taken care of."""
        self._events.acknowledge(number)

    def _told(self, event: RoomEvent | RecordingNews) -> None:
        if not isinstance(event, RecordingNews):  # files tell of themselves after a restart
            self._memories.told(event)

    def counters(self) -> Mapping[str, int]:
        """Names and values for metrics; `rooms` and `sockets` are of this moment."""
        hosts = self._registry.hosts
        return {
            **asdict(self._counters),
            "events_dropped": self._events.dropped,
            "media_freezes": self._sessions.freezes,
            "notes_lost": self._memories.failures,
            "media_order_failures": sum(host.performer.failures for host in hosts),
            "rooms": len(hosts),
            "sockets": sum(len(host.outboxes) for host in hosts),
        }

    # What happens by itself

    def tick(self) -> None:
        """What the time alone changes; happens twice a second by itself."""
        self._registry.tick()

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(TICK.total_seconds())
            self.tick()

    async def _follow_media(self) -> None:
        queue = self._media.events.listen()
        try:
            while True:
                event = await queue.get()
                with contained(self._counters, type(event).__name__, ""):
                    self._happened(event)
        finally:
            self._media.events.leave(queue)

    def _happened(self, event: MediaEvent) -> None:
        match event:
            case Connected(session=session):
                host = self._host_of(session)
                if host is not None:
                    host.perform(host.room.session_connected(SessionId(session)))
            case Disconnected(session=session, reason=reason):
                self._ended(SessionId(session), reason)
            case VoiceChanged(publication=publication, speaking=speaking):
                self._spoke(PublicationId(publication), speaking=speaking)
            case LayersWanted(publication=publication, rids=rids):
                host = self._host_of_publication(publication)
                if host is not None:
                    host.perform(host.room.layers_wanted(PublicationId(publication), rids))
            case RecordingStarted() | RecordingEnded() | RecordingRemoved():
                self._recordings.happened(event)
            case MediaStarted() | WorkerLost():
                pass  # each session of a lost worker was reported before
            case _:
                assert_never(event)

    def _spoke(self, publication: PublicationId, *, speaking: bool) -> None:
        host = self._host_of_publication(publication)
        if host is not None:
            now = self._clock()
            host.perform(host.room.voice_changed(publication, now, speaking_now=speaking))

    def _host_of_publication(self, publication: str) -> RoomHost | None:
        room = self._sessions.room_of_publication(publication)
        return None if room is None else self._registry.get(room)

    def _ended(self, session: SessionId, reason: str) -> None:
        host = self._host_of(session)
        self._sessions.forget((session,))
        if host is not None:
            host.perform(host.room.session_gone(session, reason))
            if reason == ROOM_MOVED:
                host.send_away(GOING_AWAY, "the room has moved")

    def _host_of(self, session: str) -> RoomHost | None:
        room = self._sessions.room_of(session)
        return None if room is None else self._registry.get(room)

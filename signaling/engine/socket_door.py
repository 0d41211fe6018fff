"""Lets room sockets into rooms."""

import secrets
from datetime import datetime

from typing_extensions import override

from signaling.endpoints.outbox import Outbox
from signaling.endpoints.ports import Clock
from signaling.endpoints.room_socket import Rooms
from signaling.engine.counters import Counters
from signaling.engine.registry import Registry
from signaling.engine.tokens import Tokens
from signaling.grants import require_scope
from signaling.refusals import GrantExpired
from signaling.rooms.messages.client import AfterHello, Hello
from signaling.rooms.values import ConnectionId, Entrant, ParticipantId


class SocketDoor(Rooms):
    """The engine's side of the room socket."""

    def __init__(
        self, registry: Registry, tokens: Tokens, clock: Clock, counters: Counters
    ) -> None:
        self._registry = registry
        self._tokens = tokens
        self._clock = clock
        self._counters = counters

    @override
    def now(self) -> datetime:
        return self._clock()

    @override
    def connect(self, room: str, hello: Hello, outbox: Outbox) -> ConnectionId:
        now = self._clock()
        grant = self._tokens.read(hello.token)
        require_scope(grant, room=room, action="socket")
        if now >= grant.expires_at:
            raise GrantExpired
        host = self._registry.find(room)
        connection = ConnectionId(secrets.token_urlsafe(9))
        host.connect(connection, outbox)
        self._counters.connections += 1
        entrant = Entrant(
            participant=ParticipantId(grant.participant),
            name=grant.name,
            role=grant.role,
            connection=connection,
            device=hello.device,
            last_seen=hello.last_seen if hello.life == host.room.state.life else None,
            name_latin=grant.name_latin,
            admitted_before=self._tokens.was_admitted(hello.admission, grant, now),
        )
        host.perform(host.room.enter(entrant, now))
        return connection

    @override
    def receive(self, room: str, connection: ConnectionId, message: AfterHello) -> None:
        host = self._registry.get(room)
        if host is not None and host.knows(connection):
            host.perform(host.room.receive(connection, message, self._clock()))

    @override
    def gone(self, room: str, connection: ConnectionId) -> None:
        host = self._registry.get(room)
        if host is not None and host.forget(connection):
            host.perform(host.room.lost(connection, self._clock()))

    @override
    def refused(self) -> None:
        self._counters.refused_messages += 1

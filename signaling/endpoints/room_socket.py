"""The room socket: one WebSocket (RFC 6455) a device; what it says is decided by the room."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

from aiohttp import WSMsgType, hdrs, web
from pydantic import ValidationError

from signaling.endpoints import answers
from signaling.endpoints.crowd import Crowd
from signaling.endpoints.outbox import Closing, Outbox
from signaling.endpoints.paths import SOCKET
from signaling.endpoints.ports import Address, peer
from signaling.endpoints.strays import around
from signaling.refusals import Refusal
from signaling.rooms.limits import TokenBucket
from signaling.rooms.messages.client import (
    CLIENT_MESSAGES,
    MESSAGE_BYTES,
    AfterHello,
    ClientMessage,
    Hello,
)
from signaling.rooms.messages.parts import SUBPROTOCOL
from signaling.rooms.refusals import (
    HelloExpected,
    MessageMalformed,
    OriginForeign,
    TooManyMessages,
    UpgradeExpected,
)
from signaling.rooms.room import CLOSE_REFUSED, refused
from signaling.rooms.values import ConnectionId

HELLO_WITHIN = timedelta(seconds=10)
HEARTBEAT = timedelta(seconds=15)  # half of what proxies commonly allow a silent connection
CLOSE_WITHIN = timedelta(seconds=2)
MESSAGE_BURST = 40
MESSAGE_PACE = timedelta(milliseconds=100)
PATIENCE = 40  # refused messages in a row

CLOSE_PROTOCOL = 1002  # RFC 6455 §7.4.1
CLOSE_POLICY = 1008
CLOSE_NO_HELLO = 4004


class Rooms(Protocol):
    """What the socket needs from whoever keeps the rooms."""

    def now(self) -> datetime:
        """The time, aware."""
        ...

    def connect(self, room: str, hello: Hello, outbox: Outbox) -> ConnectionId:
        """Let a connection in; what the room has to say comes through the outbox.

        Raises:
            TokenInvalid, GrantExpired, GrantTooNarrow, RoomUnknown: it may not even knock.
        """
        ...

    def receive(self, room: str, connection: ConnectionId, message: AfterHello) -> None:
        """A connection said something."""
        ...

    def gone(self, room: str, connection: ConnectionId) -> None:
        """A connection is closed or lost."""
        ...

    def refused(self) -> None:
        """Count a message that was malformed or one too many."""
        ...


def routes(
    rooms: Rooms,
    allowed_origins: frozenset[str],
    *,
    crowd: Crowd,
    address: Address = peer,
) -> list[web.RouteDef]:
    """The routes of the room socket; nothing is mounted here."""

    async def room_socket(request: web.Request) -> web.StreamResponse:
        client = address(request)
        try:
            _check_origin(request, allowed_origins)
            _check_handshake(request)
            crowd.enter(client)
        except Refusal as refusal:
            return answers.refused(refusal)
        try:
            return await _Conversation(rooms, request).hold()
        finally:
            crowd.leave(client)

    return [web.get(SOCKET, room_socket, allow_head=False), *around(SOCKET, "/socket", "GET")]


def _check_origin(request: web.Request, allowed: frozenset[str]) -> None:
    """Refuse pages of other sites; what is no browser sends no Origin and has only its token.

    Raises:
        OriginForeign: it is the page of another site.
    """
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or origin in allowed:
        return
    try:
        host = urlsplit(origin).netloc
    except ValueError as error:
        raise OriginForeign from error
    if host != request.host:
        raise OriginForeign


def _check_handshake(request: web.Request) -> None:
    """Refuse what is no WebSocket handshake.

    Raises:
        UpgradeExpected: it is not.
    """
    if not web.WebSocketResponse(protocols=(SUBPROTOCOL,)).can_prepare(request):
        raise UpgradeExpected


class _Conversation:
    """One connection from upgrade to close: one task reads, one writes."""

    def __init__(self, rooms: Rooms, request: web.Request) -> None:
        self._rooms = rooms
        self._request = request
        self._room = request.match_info["room"]
        self._socket = web.WebSocketResponse(
            timeout=CLOSE_WITHIN.total_seconds(),
            heartbeat=HEARTBEAT.total_seconds(),
            protocols=(SUBPROTOCOL,),
            max_msg_size=MESSAGE_BYTES + 1,  # the first size that aiohttp refuses
        )
        self._outbox = Outbox(overflow=self._abort)
        self._bucket = TokenBucket(MESSAGE_BURST, MESSAGE_PACE)
        self._patience = PATIENCE

    async def hold(self) -> web.WebSocketResponse:
        await self._socket.prepare(self._request)
        if self._socket.ws_protocol != SUBPROTOCOL:
            await self._socket.close(code=CLOSE_PROTOCOL, message=b"subprotocol missing")
            return self._socket
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write())
            await self._read()
        return self._socket

    async def _write(self) -> None:
        """Send what the outbox holds; then close."""
        while not isinstance(item := await self._outbox.next(), Closing):
            try:
                await self._socket.send_str(item)
            except ConnectionError:  # the reader sees the end too
                return
        await self._socket.close(code=item.code, message=item.reason.encode())

    async def _read(self) -> None:
        """Hear the connection until it ends, whoever ends it."""
        connection = await self._hear_hello()
        try:
            while connection is not None:
                message = await self._hear()
                if message is None:
                    break
                self._pass_on(connection, message)
        finally:
            if connection is not None:
                self._rooms.gone(self._room, connection)
            self._outbox.close(1000, "")

    async def _hear_hello(self) -> ConnectionId | None:
        try:
            async with asyncio.timeout(HELLO_WITHIN.total_seconds()):
                message = await self._hear()
        except TimeoutError:
            self._outbox.close(CLOSE_NO_HELLO, "no hello")
            return None
        if message is None:
            return None
        if not isinstance(message, Hello):
            self._refuse(HelloExpected(), message.type)
            self._outbox.close(CLOSE_NO_HELLO, "no hello")
            return None
        try:
            return self._rooms.connect(self._room, message, self._outbox)
        except Refusal as refusal:
            self._refuse(refusal, message.type)
            self._outbox.close(CLOSE_REFUSED, refusal.code)
            return None

    async def _hear(self) -> ClientMessage | None:
        """The next well-formed message; None when the connection has ended."""
        while True:
            frame = await self._socket.receive()
            if frame.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return None
            refusal = self._judge(frame.type)
            if refusal is None:
                try:
                    message = CLIENT_MESSAGES.validate_json(frame.data)
                except ValidationError as error:
                    refusal = MessageMalformed(rule=_first_rule(error))
                else:
                    self._patience = PATIENCE
                    return message
            if not self._bear(refusal):
                return None

    def _judge(self, kind: WSMsgType) -> Refusal | None:
        if not self._bucket.take(self._rooms.now()):
            return TooManyMessages()
        return MessageMalformed(rule="a text frame") if kind is WSMsgType.BINARY else None

    def _bear(self, refusal: Refusal) -> bool:
        """Answer a message that is none; False when that happened too often in a row."""
        self._rooms.refused()
        self._refuse(refusal, None)
        self._patience -= 1
        if self._patience <= 0:
            self._outbox.close(CLOSE_POLICY, refusal.code)
        return self._patience > 0

    def _pass_on(self, connection: ConnectionId, message: ClientMessage) -> None:
        if isinstance(message, Hello):
            self._refuse(HelloExpected(), message.type)
        else:
            self._rooms.receive(self._room, connection, message)

    def _refuse(self, refusal: Refusal, about: str | None) -> None:
        self._outbox.put(refused(refusal, about).model_dump_json())

    def _abort(self) -> None:
        """Drop a reader that is too slow: nothing more can be sent to it anyway."""
        if self._request.transport is not None:
            self._request.transport.abort()


def _first_rule(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]

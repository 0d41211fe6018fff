"""One room in this process: the pure room, its connections, and what its actions do."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import assert_never

from signaling.endpoints.outbox import Outbox
from signaling.engine.counters import Counters
from signaling.engine.memories import Memories
from signaling.engine.performer import MediaPerformer
from signaling.engine.ports import Media
from signaling.rooms.actions import (
    Action,
    Attach,
    CloseSessions,
    Deliver,
    Detach,
    Disconnect,
    Emit,
    IssueGrants,
    Limit,
    Saw,
)
from signaling.rooms.events import RoomEvent
from signaling.rooms.messages.server import Grants, ServerMessage
from signaling.rooms.room import Room
from signaling.rooms.values import ConnectionId, SessionId


class RoomHost:
    """Performs the actions of one room, in order; only media orders are waited for, elsewhere."""

    def __init__(
        self,
        room: Room,
        media: Media,
        counters: Counters,
        *,
        issue: Callable[[IssueGrants], Grants],
        emit: Callable[[RoomEvent], None],
        closed: Callable[[tuple[SessionId, ...]], None],
        saw: Callable[[Saw], None],
        memories: Memories,
        now: datetime,
    ) -> None:
        self.room = room
        self.performer = MediaPerformer(media)
        self.renewed_at = now
        self._outboxes: dict[ConnectionId, Outbox] = {}
        self._counters = counters
        self._issue = issue
        self._emit = emit
        self._closed = closed
        self._saw = saw
        self._memories = memories

    @property
    def seats(self) -> int:
        """How many people the room holds."""
        return self.room.state.plan.seats

    @property
    def outboxes(self) -> tuple[Outbox, ...]:
        """Where the live connections are written to."""
        return tuple(self._outboxes.values())

    def connect(self, connection: ConnectionId, outbox: Outbox) -> None:
        """A connection said hello."""
        self._memories.take(self.room.state.plan.room)
        self._outboxes[connection] = outbox

    def forget(self, connection: ConnectionId) -> bool:
        """A connection is gone; True if the room did not close it itself."""
        return self._outboxes.pop(connection, None) is not None

    def send_away(self, code: int, reason: str) -> None:
        """The room is elsewhere now: close every connection; the pages come again, there."""
        self._memories.let_go(self.room.state.plan.room)
        for outbox in self.outboxes:
            outbox.close(code, reason)

    def knows(self, connection: ConnectionId) -> bool:
        """Whether this connection is open as far as the room is concerned."""
        return connection in self._outboxes

    def perform(self, actions: Iterable[Action]) -> None:
        """Note what has changed, then do what the room asked for."""
        wanted = tuple(actions)
        events = [action.event for action in wanted if isinstance(action, Emit)]
        self._memories.keep(self.room.state, events)
        for action in wanted:
            self._perform(action)

    def _perform(self, action: Action) -> None:
        match action:
            case Deliver(connection=connection, message=message):
                self._deliver(connection, message)
            case IssueGrants(connection=connection):
                self._deliver(connection, self._issue(action))
            case Disconnect(connection=connection, code=code, reason=reason):
                outbox = self._outboxes.pop(connection, None)
                if outbox is not None:
                    outbox.close(code, reason)
            case Attach() | Detach() | Limit():
                self.performer.order(action)
            case Saw():
                self._saw(action)
                if action.freezes or action.frozen:
                    self.performer.order(action)
            case CloseSessions(sessions=sessions):
                self._closed(sessions)
                self.performer.order(action)
            case Emit(event=event):
                self._emit(event)
            case _:
                assert_never(action)

    def _deliver(self, connection: ConnectionId, message: ServerMessage) -> None:
        outbox = self._outboxes.get(connection)
        if outbox is not None and not outbox.put(message.model_dump_json()):
            self._counters.slow_readers += 1

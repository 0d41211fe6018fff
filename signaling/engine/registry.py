"""The rooms of this process."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from signaling.endpoints.ports import Clock
from signaling.engine.counters import Counters
from signaling.engine.faults import contained
from signaling.engine.host import RoomHost
from signaling.engine.memories import FORGET_AFTER, Memories
from signaling.engine.ports import Media
from signaling.engine.tokens import Tokens
from signaling.refusals import RoomUnknown
from signaling.rooms.actions import Saw
from signaling.rooms.events import RoomEvent
from signaling.rooms.room import Room
from signaling.rooms.values import RoomId, RoomPlan, SessionId

RENEW_EVERY = timedelta(seconds=60)  # half the life of a media grant


class Registry:
    """Opens rooms, finds them, lets time pass in them, forgets them."""

    def __init__(
        self,
        media: Media,
        tokens: Tokens,
        clock: Clock,
        counters: Counters,
        *,
        emit: Callable[[RoomEvent], None],
        closed: Callable[[tuple[SessionId, ...]], None],
        saw: Callable[[Saw], None],
        memories: Memories,
    ) -> None:
        self._media = media
        self._tokens = tokens
        self._clock = clock
        self._counters = counters
        self._emit = emit
        self._closed = closed
        self._saw = saw
        self._memories = memories
        self._hosts: dict[RoomId, RoomHost] = {}
        self._life = secrets.token_urlsafe(8)

    @property
    def hosts(self) -> tuple[RoomHost, ...]:
        """Every room that is not forgotten."""
        return tuple(self._hosts.values())

    def get(self, room: str) -> RoomHost | None:
        """The room, if it is known here."""
        return self._hosts.get(RoomId(room))

    def find(self, room: str) -> RoomHost:
        """The room.

        Raises:
            RoomUnknown: it was never opened here, or it has long ended.
        """
        host = self.get(room)
        if host is None:
            raise RoomUnknown
        return host

    def open(self, plan: RoomPlan) -> RoomHost | None:
        """A new room, or None when it was open already and has the new schedule now."""
        now = self._clock()
        host = self._hosts.get(plan.room)
        if host is not None:
            host.perform(host.room.replan(plan, now))
            return None
        host = RoomHost(
            Room.remembered(plan, self._life, self._memories.recall(plan.room), now),
            self._media,
            self._counters,
            issue=lambda wanted: self._tokens.issue(plan.room, wanted, self._clock()),
            emit=self._emit,
            closed=self._closed,
            saw=self._saw,
            memories=self._memories,
            now=now,
        )
        self._hosts[plan.room] = host
        host.perform(host.room.opened(now))
        return host

    def tick(self) -> None:
        """What the time alone changes, in every room."""
        for room, host in list(self._hosts.items()):
            with contained(self._counters, "tick", room):
                self._pass_time(room, host)
        self._memories.sweep(self._clock(), still=self._hosts)

    def _pass_time(self, room: RoomId, host: RoomHost) -> None:
        now = self._clock()
        host.perform(host.room.tick(now))
        if now - host.renewed_at >= RENEW_EVERY:
            host.renewed_at = now
            host.perform(host.room.renew_grants())
        state = host.room.state
        if state.is_over and now > state.plan.closes_at + FORGET_AFTER:
            host.performer.stop()
            del self._hosts[room]

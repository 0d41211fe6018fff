"""Carries the map of one room to the workers, one order at a time, newest wishes only."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import assert_never

import structlog

from signaling.engine.ports import Media
from signaling.refusals import Refusal, SessionUnknown
from signaling.rooms.actions import Attach, CloseSessions, Detach, Limit, Saw
from signaling.rooms.values import SessionId

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Close:
    session: SessionId


_Order = Attach | Detach | Limit | Saw
_Place = tuple[SessionId, str, str]  # session, section, what about it


class MediaPerformer:
    """Orders wait by the section they are about, so a newer one replaces an older one.

    The number of waiting orders is therefore bounded by the sections and sessions of the room.
    """

    def __init__(self, media: Media) -> None:
        self._media = media
        self._sections: dict[_Place, _Order] = {}
        self._closing: dict[SessionId, _Close] = {}
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_stopping = False
        self.failures = 0

    def order(self, action: _Order | CloseSessions) -> None:
        """Have it done soon; never waits."""
        match action:
            case Attach() | Detach():
                self._put("flow", action)
            case Limit():
                self._put("size", action)
            case Saw():
                self._put("seen", action)
            case CloseSessions(sessions=sessions):
                self._close(sessions)
            case _:
                assert_never(action)
        self._idle.clear()
        self._news.set()

    def stop(self) -> None:
        """Let `run` return when nothing waits any more."""
        self._is_stopping = True
        self._news.set()

    async def idle(self) -> None:
        """Return as soon as nothing waits."""
        await self._idle.wait()

    async def run(self) -> None:
        """Perform orders until `stop`."""
        while True:
            self._news.clear()
            while order := self._next():
                await self._perform(order)
            self._idle.set()
            if self._is_stopping:
                return
            await self._news.wait()

    def _put(self, about: str, action: _Order) -> None:
        place = (action.session, action.mid, about)
        waiting = self._sections.pop(place, None)  # the newer one goes to the end of the row
        if isinstance(waiting, Saw) and isinstance(action, Saw):
            action = waiting.and_then(action)
        self._sections[place] = action

    def _close(self, sessions: tuple[SessionId, ...]) -> None:
        for session in sessions:
            self._closing[session] = _Close(session)
        doomed = [key for key in self._sections if key[0] in sessions]
        for key in doomed:
            del self._sections[key]

    def _next(self) -> _Order | _Close | None:
        if self._sections:
            return self._sections.pop(next(iter(self._sections)))
        if self._closing:
            return self._closing.pop(next(iter(self._closing)))
        return None

    async def _perform(self, order: _Order | _Close) -> None:
        try:
            match order:
                case Attach(session=session, mid=mid):
                    source = (order.publication, order.source_mid)
                    await self._media.attach(session, mid, *source)
                case Detach(session=session, mid=mid):
                    await self._media.detach(session, mid)
                case Limit(session=session, mid=mid, height=height):
                    await self._media.set_limit(session, mid, height)
                case Saw(session=session, mid=mid):
                    await self._media.note_freezes(session, mid, order.freezes, order.frozen)
                case _Close(session=session):
                    with suppress(SessionUnknown):  # its own page was quicker
                        await self._media.close(session)
                case _:
                    assert_never(order)
        except Refusal as refusal:  # what it was about has ended; an event says so, or did
            self.failures += 1
            _log.info("media-order-refused", order=type(order).__name__, code=refusal.code)

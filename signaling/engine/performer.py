"""Carries the map of one room to the workers, one order at a time, newest wishes only."""

import asyncio
from dataclasses import dataclass
from typing import assert_never

import structlog

from signaling.engine.ports import Media
from signaling.refusals import Refusal
from signaling.rooms.actions import Attach, CloseSessions, Detach, Limit
from signaling.rooms.values import SessionId

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Close:
    session: SessionId


_Place = tuple[SessionId, str, bool]  # session, section, whether it is about its size


class MediaPerformer:
    """Orders wait by the section they are about, so a newer one replaces an older one.

    The number of waiting orders is therefore bounded by the sections and sessions of the room.
    """

    def __init__(self, media: Media) -> None:
        self._media = media
        self._sections: dict[_Place, Attach | Detach | Limit] = {}
        self._closing: dict[SessionId, _Close] = {}
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_stopping = False
        self.failures = 0

    def order(self, action: Attach | Detach | Limit | CloseSessions) -> None:
        """Have it done soon; never waits."""
        match action:
            case Attach() | Detach() | Limit():
                place = (action.session, action.mid, isinstance(action, Limit))
                self._sections.pop(place, None)  # to the end of the row
                self._sections[place] = action
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

    def _close(self, sessions: tuple[SessionId, ...]) -> None:
        for session in sessions:
            self._closing[session] = _Close(session)
        doomed = [key for key in self._sections if key[0] in sessions]
        for key in doomed:
            del self._sections[key]

    def _next(self) -> Attach | Detach | Limit | _Close | None:
        if self._sections:
            return self._sections.pop(next(iter(self._sections)))
        if self._closing:
            return self._closing.pop(next(iter(self._closing)))
        return None

    async def _perform(self, order: Attach | Detach | Limit | _Close) -> None:
        try:
            match order:
                case Attach(session=session, mid=mid):
                    source = (order.publication, order.source_mid)
                    await self._media.attach(session, mid, *source)
                case Detach(session=session, mid=mid):
                    await self._media.detach(session, mid)
                case Limit(session=session, mid=mid, height=height):
                    await self._media.set_limit(session, mid, height)
                case _Close(session=session):
                    await self._media.close(session)
                case _:
                    assert_never(order)
        except Refusal as refusal:  # what it was about has ended; an event says so, or did
            self.failures += 1
            _log.info("media-order-refused", order=type(order).__name__, code=refusal.code)

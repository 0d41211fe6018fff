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
from signaling.workers.messages import Inflow

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Close:
    session: SessionId


@dataclass(frozen=True, slots=True)
class _AttachAll:
    """What waits to flow into sections of one session: the worker is told once."""

    session: SessionId
    inflows: tuple[Inflow, ...]


_Order = Attach | Detach | Limit | Saw
_Work = _AttachAll | Detach | Limit | Saw | _Close
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

    def _next(self) -> _Work | None:
        if self._sections:
            order = self._sections.pop(next(iter(self._sections)))
            return self._with_others(order) if isinstance(order, Attach) else order
        if self._closing:
            return self._closing.pop(next(iter(self._closing)))
        return None

    def _with_others(self, first: Attach) -> _AttachAll:
        """The order with all that wait to be attached in the same session."""
        others = [
            place
            for place, order in self._sections.items()
            if place[0] == first.session and isinstance(order, Attach)
        ]
        orders = (first, *(self._sections.pop(place) for place in others))
        inflows = tuple(_inflow(order) for order in orders if isinstance(order, Attach))
        return _AttachAll(first.session, inflows)

    async def _perform(self, order: _Work) -> None:
        try:
            match order:
                case _AttachAll(session=session, inflows=inflows):
                    await self._media.attach_all(session, inflows)
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


def _inflow(order: Attach) -> Inflow:
    return Inflow(mid=order.mid, publication=order.publication, source_mid=order.source_mid)

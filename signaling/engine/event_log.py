"""Events of rooms and recordings, numbered, kept until they are acknowledged."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from signaling.engine.recording import RecordingNews
from signaling.rooms.events import RoomEvent


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """One event with its number (1, 2, 3 … within one life of this process)."""

    number: int
    event: RoomEvent | RecordingNews


class EventLog:
    """At most `bound` unacknowledged events; when it is full the oldest is dropped and counted."""

    def __init__(
        self, bound: int, *, told: Callable[[RoomEvent | RecordingNews], None] | None = None
    ) -> None:
        self._told = told
        self._kept: deque[NumberedEvent] = deque(maxlen=bound)
        self._last_number = 0
        self._listeners: set[asyncio.Event] = set()
        self._is_closed = False
        self.dropped = 0

    def put(self, event: RoomEvent | RecordingNews) -> None:
        """Number an event, keep it and wake those who listen."""
        self._last_number += 1
        if len(self._kept) == self._kept.maxlen:
            self.dropped += 1
            self._forget_oldest()
        self._kept.append(NumberedEvent(self._last_number, event))
        self._wake()

    def acknowledge(self, number: int) -> None:
        """This event and all before it are taken care of."""
        while self._kept and self._kept[0].number <= number:
            self._forget_oldest()

    def close(self) -> None:
        """There will be no more events: listeners end after the last one."""
        self._is_closed = True
        self._wake()

    async def listen(self) -> AsyncIterator[NumberedEvent]:
        """Every event that is not acknowledged, then each new one, until the log is closed."""
        news = asyncio.Event()
        self._listeners.add(news)
        given = 0
        try:
            while True:
                news.clear()
                for event in tuple(self._kept):
                    if event.number > given:
                        given = event.number
                        yield event
                if self._is_closed and self._last_number <= given:
                    return
                await news.wait()
        finally:
            self._listeners.discard(news)

    def _forget_oldest(self) -> None:
        oldest = self._kept.popleft()
        if self._told is not None:
            self._told(oldest.event)

    def _wake(self) -> None:
        for news in self._listeners:
            news.set()

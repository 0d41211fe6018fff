"""What happens to sessions and workers, for whoever listens."""

import asyncio
from collections import deque
from dataclasses import dataclass

from signaling.workers.messages import (
    Connected,
    Disconnected,
    LayersWanted,
    MediaStarted,
    VoiceChanged,
)
from signaling.workers.recording_plan import RecordingEvent


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """A worker is gone; each of its sessions was reported Disconnected ("worker-lost") before."""

    worker: str
    sessions: tuple[str, ...]


MediaEvent = (
    Connected
    | Disconnected
    | MediaStarted
    | VoiceChanged
    | LayersWanted
    | WorkerLost
    | RecordingEvent
)
DEFAULT_BOUND = 10_000  # events; a listener that lags so far behind has other troubles


class EventQueue:
    """One listener's events, oldest first. When it is full the oldest goes, and is counted."""

    def __init__(self, bound: int) -> None:
        self._events: deque[MediaEvent] = deque(maxlen=bound)
        self._has_some = asyncio.Event()
        self.dropped = 0

    def put(self, event: MediaEvent) -> None:
        """Add an event; never waits."""
        if len(self._events) == self._events.maxlen:
            self.dropped += 1
        self._events.append(event)
        self._has_some.set()

    async def get(self) -> MediaEvent:
        """The next event, as soon as there is one."""
        while not self._events:
            self._has_some.clear()
            await self._has_some.wait()
        return self._events.popleft()


class Events:
    """Hands every event to every listener, in the order in which it happened."""

    def __init__(self) -> None:
        self._queues: list[EventQueue] = []

    def listen(self, *, bound: int = DEFAULT_BOUND) -> EventQueue:
        """A queue that gets every event from now on."""
        queue = EventQueue(bound)
        self._queues.append(queue)
        return queue

    def leave(self, queue: EventQueue) -> None:
        """This queue gets no more events."""
        self._queues.remove(queue)

    def publish(self, event: MediaEvent) -> None:
        """Tell everybody who listens."""
        for queue in self._queues:
            queue.put(event)

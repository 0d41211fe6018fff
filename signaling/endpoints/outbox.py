"""What waits to be sent to one connection: bounded; who reads too slowly is dropped."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

OUTBOX_BOUND = 256  # messages; a page that lags so far behind is better off with a snapshot


@dataclass(frozen=True, slots=True)
class Closing:
    """The last thing to do with a connection."""

    code: int
    reason: str


class Outbox:
    """Messages to one connection in order; `overflow` is called once when there are too many."""

    def __init__(self, overflow: Callable[[], None], bound: int = OUTBOX_BOUND) -> None:
        self._waiting: deque[str] = deque()
        self._closing: Closing | None = None
        self._news = asyncio.Event()
        self._overflow = overflow
        self._bound = bound
        self.is_dropped = False

    def put(self, text: str) -> bool:
        """Queue a message; False when the reader is too slow and has just been dropped."""
        if self.is_dropped or self._closing is not None:
            return True
        if len(self._waiting) >= self._bound:
            self.is_dropped = True
            self._overflow()
            return False
        self._waiting.append(text)
        self._news.set()
        return True

    def close(self, code: int, reason: str) -> None:
        """Close the connection after what is queued; the first call decides."""
        if self._closing is None:
            self._closing = Closing(code, reason)
            self._news.set()

    async def next(self) -> str | Closing:
        """The next message, or the order to close when all is sent."""
        while True:
            if self._waiting:
                return self._waiting.popleft()
            if self._closing is not None:
                return self._closing
            self._news.clear()
            await self._news.wait()

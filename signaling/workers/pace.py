"""When a task of the loop takes its next turn: at a beat, later while nothing presses.

A turn after a pause finds nothing in the processor's caches, so those that need not be taken cost
more than what is done in them.
"""

import asyncio

from signaling.transport.beat import next_beat


class Pace:
    """Wakes one task of the running loop; times are seconds of the loop's clock."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._turn: asyncio.Future[None] | None = None

    async def turn(self, beats: int) -> float:
        """Wait for the next beat of every so many, or for one that is pressed for; when it was."""
        self._turn = self._loop.create_future()
        self._wait_until(next_beat(self._loop.time(), beats))
        try:
            await self._turn
        finally:
            self._stop()
        return self._due

    def press(self, beats: int) -> None:
        """Let the turn come at the next beat of every so many, if that is sooner."""
        due = next_beat(self._loop.time(), beats)
        if self._timer is not None and due < self._due:
            self._stop()
            self._wait_until(due)

    def _wait_until(self, due: float) -> None:
        self._due = due
        self._timer = self._loop.call_at(due, self._wake)

    def _wake(self) -> None:
        self._timer = None
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

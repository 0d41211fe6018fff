"""How busy a worker is: what waits to be sent, and how late its loop runs."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

REMEMBERED: Final = timedelta(seconds=10)  # Prometheus usually asks every 15 s


@dataclass(frozen=True, slots=True)
class Load:
    """Of this moment."""

    worker: str
    backlog: int  # datagrams
    lag: timedelta  # the worst lateness of a tick lately


class Lateness:
    """The worst lateness of the last ten seconds."""

    def __init__(self) -> None:
        self._worst: deque[tuple[timedelta, timedelta]] = deque()  # when and how late, descending

    def note(self, late: timedelta, now: timedelta) -> None:
        """A tick came so late."""
        while self._worst and self._worst[-1][1] <= late:
            self._worst.pop()
        self._worst.append((now, late))
        while self._worst[0][0] < now - REMEMBERED:
            self._worst.popleft()

    @property
    def worst(self) -> timedelta:
        """The worst of them."""
        return max(self._worst[0][1], timedelta(0)) if self._worst else timedelta(0)

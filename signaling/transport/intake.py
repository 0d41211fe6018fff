"""One socket that is read: at once while little comes, at a beat when much does."""

import asyncio
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from signaling.transport.beat import next_beat
from signaling.transport.mmsg import IS_AVAILABLE, Reader
from signaling.transport.paths import Source
from signaling.transport.sieve import Sieve
from signaling.transport.tide import Tide

Ancillary = list[tuple[int, int, bytes]]
Clocks = tuple[float, float]  # the loop's and the wall clock, in seconds

BATCH: Final = 64  # datagrams read at once
BATCHES: Final = 4  # read in one turn, so that a flood cannot starve the loop
LARGEST: Final = 2048  # bytes; what is longer than any MTU we meet fails authentication
GATHER: Final = 0.001  # seconds until the rest of a burst has come
TIMESPEC: Final = struct.Struct("@ll")
# SO_TIMESTAMPNS, which Python does not name. Publishers measure their path by our arrival times,
# so the time at which this process got round to reading is not good enough.
KERNEL_TIME: Final = 35 if sys.platform == "linux" else None


class Received(NamedTuple):
    """A datagram, where it came from, and when it arrived on the loop's clock."""

    data: bytes
    source: Source
    at: timedelta


class Intake:
    """Hands over what comes; `beats()` between two looks when much does.

    `expects_more` says that what came is a part of something: the rest is waited for, which makes
    one turn of the loop out of many.
    """

    def __init__(
        self,
        sock: socket.socket,
        received: Callable[[Sequence[Received]], None],
        drops: Counter[str],
        *,
        beats: Callable[[], int] = lambda: 1,
        expects_more: Callable[[], bool] = bool,
    ) -> None:
        self.sieve: Sieve | None = None  # as long as nobody's reports are left unread
        self._socket = sock
        self._received = received
        self._drops = drops
        self._beats = beats
        self._expects_more = expects_more
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(BATCH, LARGEST)
        self._tide = Tide()
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(sock, self._wake)

    def _wake(self) -> None:
        """Something is there: read it, and decide when to look again."""
        when = self._next(self._read())
        if when is not None:
            self._loop.remove_reader(self._socket)
            self._timer = self._loop.call_at(when, self._look)

    def _look(self) -> None:
        came = 0
        try:
            came = self._read()
        finally:  # a fault of ours must not be the last look
            when = self._next(came)
            if when is None:
                self._timer = None
                self._loop.add_reader(self._socket, self._wake)
            else:
                self._timer = self._loop.call_at(when, self._look)

    def _next(self, came: int) -> float | None:
        """When to look again; None: when the kernel says so."""
        now = self._loop.time()
        if self._tide.is_high:
            return next_beat(now, 1 if came == BATCH * BATCHES else self._beats())
        return now + GATHER if came and self._expects_more() else None

    def _read(self) -> int:
        """Hand over what is there, a bounded part of a flood: so many datagrams came."""
        now = self._loop.time()
        clocks = now, time.clock_gettime(time.CLOCK_REALTIME)
        count = 0
        for _ in range(BATCHES):
            came, batch = self._many(clocks) if IS_AVAILABLE else self._one_by_one(clocks)
            count += came
            if batch:
                self._received(batch)
            if came < BATCH:
                break
        self._tide.came(count, now)
        return count

    def _many(self, clocks: Clocks) -> tuple[int, list[Received]]:
        """How many came, and those that somebody has to read."""
        reader = self._reader
        try:
            came = reader.fill(self._socket.fileno())
        except OSError:  # an ICMP error of an earlier send
            self._drops["receive-failed"] += 1
            return 0, []
        places = list(range(came))
        if came and self.sieve is not None:
            now = timedelta(seconds=clocks[0])
            places = self.sieve.sift(now, reader.cells[:came], reader.lengths, reader.names)
        return came, [
            Received(data, address, timedelta(seconds=_at(stamp, *clocks)))
            for data, address, stamp in reader.datagrams(places)
        ]

    def _one_by_one(self, clocks: Clocks) -> tuple[int, list[Received]]:
        batch: list[Received] = []
        for _ in range(BATCH):
            try:
                data, ancillary, _, address = self._socket.recvmsg(LARGEST, 64)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error of an earlier send
                self._drops["receive-failed"] += 1
                continue
            at = arrival(ancillary, *clocks)
            batch.append(Received(data, (address[0], address[1]), at))
        return len(batch), batch

    def close(self) -> None:
        """Stop reading, and hold on to nobody: who reads may be who holds this."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._socket)
        self._received = _unheard


def _unheard(_: Sequence[Received]) -> None:
    """Nobody reads any more."""


def arrival(ancillary: Ancillary, now: float, wall_clock: float) -> timedelta:
    """When the kernel got a datagram, on the loop's clock; both clocks in seconds."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == KERNEL_TIME and len(data) == TIMESPEC.size:
            return timedelta(seconds=_at(TIMESPEC.unpack(data), now, wall_clock))
    return timedelta(seconds=now)


def _at(stamp: tuple[int, int] | None, now: float, wall_clock: float) -> float:
    if stamp is None:
        return now
    age = wall_clock - stamp[0] - stamp[1] / 1e9
    return now - age if abs(age) < 1 else now  # else the wall clock was set meanwhile

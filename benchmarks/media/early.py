"""Media that comes in one read with the end of a handshake, kept until its member has the keys.

A browser takes its datagrams one after the other, so it has the keys by the time it comes to the
media. Our members shake hands in a task of their own, which runs only after the whole read.
"""

from collections import defaultdict, deque
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from pylibsrtp._binding import ffi

from benchmarks.media.crowd_socket import SLOT, Batch

MOST: Final = 1024  # packets of one member: two instant pictures


@dataclass(frozen=True, slots=True)
class Kept:
    """A batch in memory of its own, and the pointers into it that libsrtp takes."""

    batch: Batch
    slots: list[Any]
    lengths: list[Any]


class Early:
    """What waits, by member; of more than MOST packets the oldest go."""

    def __init__(self) -> None:
        kept = partial[deque[tuple[bytes, int]]](deque, maxlen=MOST)
        self._waiting: defaultdict[int, deque[tuple[bytes, int]]] = defaultdict(kept)

    def keep(self, batch: Batch, place: int) -> None:
        """Copy one datagram out of a batch."""
        data = batch.bytes[place, : batch.lengths[place]].tobytes()
        self._waiting[int(batch.members[place])].append((data, int(batch.times[place])))

    def forget(self, member: int) -> None:
        """That member is gone."""
        self._waiting.pop(member, None)

    def take(self, member: int) -> Kept | None:
        """What came for that member, as one batch; None if nothing did."""
        waiting = self._waiting.pop(member, None)
        if not waiting:
            return None
        count = len(waiting)
        cells, sizes = ffi.new("char[]", count * SLOT), ffi.new("int[]", count)
        rows = np.frombuffer(ffi.buffer(cells), np.uint8).reshape(count, SLOT)
        for n, (data, _) in enumerate(waiting):
            rows[n, : len(data)] = np.frombuffer(data, np.uint8)
            sizes[n] = len(data)
        batch = Batch(
            count=count,
            bytes=rows,
            lengths=np.frombuffer(ffi.buffer(sizes), np.int32),
            members=np.full(count, member, np.int64),
            times=np.array([at for _, at in waiting], np.int64),
        )
        places = range(count)
        return Kept(batch, [cells + n * SLOT for n in places], [sizes + n for n in places])

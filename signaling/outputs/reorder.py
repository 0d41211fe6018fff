"""One stream's packets in the order of their numbers; what does not come in time is given up."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple

from signaling.outputs.packets import MediaPacket

PATIENCE: Final = timedelta(milliseconds=500)  # three tries of a NACK over a path of 150 ms
MOST_WAITING: Final = 2048  # packets; two seconds of a good picture


class Ordered(NamedTuple):
    """One packet; `after_gap` when the packet before it never came."""

    packet: MediaPacket
    after_gap: bool


class Reorder:
    """Holds packets back behind a hole, at most so long."""

    def __init__(self) -> None:
        self.lost = 0  # packets that never came
        self.late = 0  # packets that came after they were given up
        self._waiting: dict[int, MediaPacket] = {}
        self.next = -1  # the number that is due; -1 before the first packet

    def push(self, packet: MediaPacket) -> Iterator[Ordered]:
        """Take a packet; yields what is in order now."""
        if self.next < 0:
            self.next = packet.number
        if packet.number < self.next or packet.number in self._waiting:
            self.late += packet.number < self.next
            return
        self._waiting[packet.number] = packet
        yield from self._in_order(after_gap=False)
        if len(self._waiting) > MOST_WAITING:
            yield from self._give_up()

    def tick(self, now: timedelta) -> Iterator[Ordered]:
        """What time makes due: packets that have waited long enough for their predecessors."""
        while self._waiting and now - self._oldest().arrived_at > PATIENCE:
            yield from self._give_up()

    def flush(self) -> Iterator[Ordered]:
        """Everything that is left: no more packets will come."""
        while self._waiting:
            yield from self._give_up()

    def _oldest(self) -> MediaPacket:
        return self._waiting[min(self._waiting)]

    def _give_up(self) -> Iterator[Ordered]:
        first = min(self._waiting)
        self.lost += first - self.next
        self.next = first
        yield from self._in_order(after_gap=True)

    def _in_order(self, *, after_gap: bool) -> Iterator[Ordered]:
        while packet := self._waiting.pop(self.next, None):
            self.next += 1
            yield Ordered(packet, after_gap)
            after_gap = False

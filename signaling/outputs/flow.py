"""One tapped section: its packets in order, and its pictures whole."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from signaling.outputs.frames import Assembler, Frame
from signaling.outputs.packets import MediaPacket
from signaling.outputs.reorder import Ordered, Reorder


class SectionFlow:
    """Follows the stream that flows: the worker changes layers only at a key frame."""

    def __init__(self) -> None:
        self._ssrc: int | None = None
        self._reorder = Reorder()
        self._assembler = Assembler()
        self._lost = 0
        self._dropped = 0
        self._past: dict[int, int] = {}  # SSRC -> the number after its last packet

    @property
    def lost(self) -> int:
        """Packets that never came."""
        return self._lost + self._reorder.lost

    @property
    def dropped(self) -> int:
        """Pictures that could not be used."""
        return self._dropped + self._assembler.dropped

    @property
    def needs_key(self) -> bool:
        """Whether only a key frame helps; True until the first picture."""
        return self._assembler.needs_key

    def push(self, packet: MediaPacket) -> Iterator[MediaPacket | Frame]:
        """What is complete now: packets of sound, or pictures."""
        if packet.ssrc != self._ssrc:
            if packet.number < self._past.get(packet.ssrc, packet.number):
                return  # late, from a layer that was left
            yield from self.flush()
            self._change_to(packet.ssrc)
        yield from self._assembled(self._reorder.push(packet))

    def tick(self, now: timedelta) -> Iterator[MediaPacket | Frame]:
        """What is complete because nothing more is waited for."""
        yield from self._assembled(self._reorder.tick(now))

    def flush(self) -> Iterator[MediaPacket | Frame]:
        """Everything that is left."""
        yield from self._assembled(self._reorder.flush())

    def _change_to(self, ssrc: int) -> None:
        if self._ssrc is not None:
            self._past[self._ssrc] = self._reorder.next
        self._lost, self._dropped = self.lost, self.dropped
        self._reorder, self._assembler = Reorder(), Assembler()
        self._ssrc = ssrc

    def _assembled(self, packets: Iterable[Ordered]) -> Iterator[MediaPacket | Frame]:
        for ordered in packets:
            if ordered.packet.codec == "opus":
                if ordered.packet.payload:
                    yield ordered.packet
            else:
                yield from self._assembler.push(ordered)

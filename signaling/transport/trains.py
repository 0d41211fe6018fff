"""Packets of one frame as a train: all of one size but the last, so that the kernel can cut it."""

from collections.abc import Iterator, Sequence
from typing import Final

from signaling.forwarding.laid import LaidPacket
from signaling.transport.sealing import LONGEST as LONGEST_PACKET

LONGEST: Final = 16  # packets; a key frame leaves in a few trains
MOST_PADDING: Final = 32  # bytes; an encoder cuts a frame into pieces that differ by a few
GRAIN: Final = 16  # protected packets are multiples of it: aligned, and of few different sizes
HAS_PADDING: Final = 0x20  # RFC 3550 §5.1


def trains(packets: Sequence[LaidPacket], tag: int) -> Iterator[tuple[LaidPacket, ...]]:
    """The packets in order, in trains; all but the last of each are padded to one size.

    `tag` is how many bytes protection adds to each.
    """
    run: list[LaidPacket] = []
    for packet in packets:
        if run and not _joins(run, packet):
            yield _equal(run, tag)
            run = []
        run.append(packet)
    if run:
        yield _equal(run, tag)


def _joins(run: list[LaidPacket], packet: LaidPacket) -> bool:
    sizes = [len(other.data) for other in run]
    size = len(packet.data)
    if len(run) == LONGEST or max(sizes) - sizes[-1] > MOST_PADDING:
        return False  # the last one so far is a short tail: nothing may follow it
    return size - min(sizes) <= MOST_PADDING


def _equal(run: list[LaidPacket], tag: int) -> tuple[LaidPacket, ...]:
    if len(run) == 1:
        return (run[0],)
    size = max(len(packet.data) for packet in run)
    size = min(size + -(size + tag) % GRAIN, LONGEST_PACKET)
    return (*(_padded(packet, size) for packet in run[:-1]), run[-1])


def _padded(packet: LaidPacket, size: int) -> LaidPacket:
    """The packet with RTP padding up to that size."""
    if len(packet.data) == size:
        return packet
    data = bytearray(packet.data)
    if data[0] & HAS_PADDING:
        del data[-data[-1] :]
    data[0] |= HAS_PADDING
    padding = size - len(data)
    data += bytes(padding - 1) + bytes((padding,))
    return packet._replace(data=bytes(data))

"""The last packets of one incoming stream, so that viewers' NACKs need not reach the publisher."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from signaling.forwarding.negotiated import Codec, Kind

PACKETS: Final = {Kind.VIDEO: 1024, Kind.AUDIO: 128}  # about 2.5 s of media; powers of two


class StoredPacket(NamedTuple):
    """One packet of a source, read once and shared by everybody who gets it."""

    ssrc: int
    sequence: int  # extended
    timestamp: int
    marker: bool
    codec: Codec
    starts: bool  # a viewer may begin here
    csrcs: bytes
    extensions: tuple[tuple[str, bytes], ...]  # end-to-end ones, by URI
    payload: bytes  # empty for a packet that is only padding


class PacketCache:
    """A ring of packets by extended sequence number."""

    def __init__(self, kind: Kind) -> None:
        self._ring: list[StoredPacket | None] = [None] * PACKETS[kind]
        self._mask = PACKETS[kind] - 1
        self._highest = 0

    def add(self, packet: StoredPacket) -> bool:
        """Keep a packet; False when it is a duplicate or older than the ring reaches."""
        slot = packet.sequence & self._mask
        present = self._ring[slot]
        if present is not None and present.sequence >= packet.sequence:
            return False
        self._ring[slot] = packet
        self._highest = max(self._highest, packet.sequence)
        return True

    def after(self, sequence: int) -> Iterator[StoredPacket]:
        """The packets with higher numbers that the ring has, ascending."""
        for number in range(max(sequence, self._highest - self._mask) + 1, self._highest + 1):
            packet = self.get(number)
            if packet is not None:
                yield packet

    def get(self, sequence: int) -> StoredPacket | None:
        """The packet with this extended number, while the ring still has it."""
        present = self._ring[sequence & self._mask]
        return present if present is not None and present.sequence == sequence else None

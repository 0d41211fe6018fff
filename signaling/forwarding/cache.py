"""The last packets of one incoming stream: what viewers' NACKs and late joiners are served from."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from signaling.forwarding.negotiated import Codec, Kind

PACKETS: Final = {Kind.VIDEO: 1024, Kind.AUDIO: 128}  # about 2.5 s of media; powers of two


class StoredPacket(NamedTuple):
    """One packet of a source, read once and shared by everybody who gets it."""

    ssrc: int
    number: int  # gapless at the source: padding has none, added parameter sets have one
    timestamp: int
    marker: bool
    codec: Codec
    starts: bool  # a viewer may begin here
    csrcs: bytes
    extensions: tuple[tuple[str, bytes], ...]  # end-to-end ones, by URI
    payload: bytes  # empty for a packet that is only padding
    picture_at: int = 0  # where VP8's 15-bit picture id is in the payload; 0: there is none
    picture: int = 0
    tl0_at: int = 0  # the same for TL0PICIDX (RFC 7741 §4.2)
    tl0: int = 0


class PacketCache:
    """A ring of packets by number."""

    def __init__(self, kind: Kind) -> None:
        self._ring: list[StoredPacket | None] = [None] * PACKETS[kind]
        self._mask = PACKETS[kind] - 1
        self._highest = 0

    def add(self, packet: StoredPacket) -> bool:
        """Keep a packet; False when it is a duplicate or older than the ring reaches."""
        slot = packet.number & self._mask
        present = self._ring[slot]
        if present is not None and present.number >= packet.number:
            return False
        self._ring[slot] = packet
        self._highest = max(self._highest, packet.number)
        return True

    def clear(self) -> None:
        """Let go of all packets."""
        self._ring = [None] * len(self._ring)

    def since(self, number: int) -> Iterator[StoredPacket]:
        """The packets from that number on that the ring has, ascending."""
        for wanted in range(max(number, self._highest - self._mask), self._highest + 1):
            packet = self.get(wanted)
            if packet is not None:
                yield packet

    def get(self, number: int) -> StoredPacket | None:
        """The packet with this number, while the ring still has it."""
        present = self._ring[number & self._mask]
        return present if present is not None and present.number == number else None

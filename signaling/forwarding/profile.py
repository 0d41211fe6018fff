"""How packets look to one kind of viewer: payload types and extension numbers differ per offer.

Sections that agreed on the same numbers share one profile, so a packet is laid out once for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.identify import MID
from signaling.forwarding.laid import LaidPacket, Shift
from signaling.forwarding.negotiated import Codec, Extension, OutboundSection, same_format
from signaling.forwarding.rtp import HEADER, HEADER_SIZE, ONE_BYTE_PROFILE, build_extensions

CAPTURE_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
# Extensions that speak from camera to screen; all others belong to one hop and are not forwarded.
# Not among them: the dependency descriptor, whose frame numbers would break at a switch of layers,
# and playout-delay: how long a receiver waits is for its own page to say.
END_TO_END: Final = frozenset(
    {
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "urn:3gpp:video-orientation",
        CAPTURE_TIME,
    }
)
CAPTURED: Final = 8  # bytes; what may follow compares the clocks of one hop, and ours is another
SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
OURS: Final = frozenset({MID, SEND_TIME})  # of this hop, written anew
VERSION: Final = 0x80
HAS_EXTENSION: Final = 0x10
HAS_PADDING: Final = 0x20
MARKER: Final = 0x80
MOST_BLOCKS: Final = 512  # audio levels have 256 values, orientations a few
ONE_BYTE_OF_PADDING: Final = b"\x01"
MOST_PADDING: Final = bytes(254) + b"\xff"  # its length is its last byte (RFC 3550 §5.1)


@dataclass(frozen=True, slots=True)
class Profile:
    """What one viewer's section negotiated, apart from its SSRCs."""

    mid: str
    codecs: tuple[Codec, ...]
    extensions: tuple[Extension, ...]
    has_rtx: bool = True  # for those of the codecs that name it

    @classmethod
    def of(cls, section: OutboundSection) -> "Profile":
        """The profile of a section."""
        has_rtx = section.rtx_ssrc is not None
        return cls(section.mid, section.codecs, section.extensions, has_rtx)

    def codec(self, source: Codec) -> Codec | None:
        """The viewer's codec that takes the source's packets, if there is one."""
        return next((codec for codec in self.codecs if same_format(source, codec)), None)

    def numbers(self) -> Mapping[str, int]:
        """The viewer's numbers of the extensions that we write."""
        kept = (e for e in self.extensions if e.uri in END_TO_END or e.uri in OURS)
        return {extension.uri: extension.id for extension in kept}


class Layout:
    """Lays packets out for one profile; remembers what the profile says about each codec."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._numbers = profile.numbers()
        self._source: Codec | None = None
        self._target: Codec | None = None  # the viewer's codec for that of the source
        self._blocks: dict[tuple[tuple[tuple[str, bytes], ...], bool], tuple[bytes, int]] = {}

    def takes(self, codec: Codec) -> bool:
        """Whether viewers of this profile can have packets of that codec."""
        return self._codec(codec) is not None

    @property
    def has_rtx(self) -> bool:
        """Whether packets of the codec last asked for go again inside others.

        Else the very packet goes again, so it must not tell when it was sent, nor be padded: its
        nonce would encrypt two, which gives the key of its integrity away (RFC 7714 §8).
        """
        return self.profile.has_rtx and (
            self._target is not None and self._target.rtx_payload_type is not None
        )

    def lay(self, packet: StoredPacket, *, send_time: bytes) -> LaidPacket | None:
        """The packet in this profile's numbers; None when the viewer has no such codec."""
        codec = self._codec(packet.codec)
        if codec is None:
            return None
        second = (MARKER if packet.marker else 0) | codec.payload_type
        head, send_time_at = self._head(packet, second, send_time)
        start = len(head)
        return LaidPacket(
            # a promised number has to be filled: padding alone
            head + (packet.payload or ONE_BYTE_OF_PADDING),
            packet.number,
            packet.timestamp,
            packet.marker or packet.codec.name.lower() == "opus",
            send_time_at,
            start + packet.picture_at if packet.picture_at else 0,
            packet.picture,
            start + packet.tl0_at if packet.tl0_at else 0,
            packet.tl0,
        )

    def retransmission(
        self, packet: StoredPacket, shift: Shift, *, number: int, ssrc: int, send_time: bytes
    ) -> bytes | None:
        """The packet inside a retransmission (RFC 4588 §4); None if RTX was not negotiated."""
        codec = self._codec(packet.codec)
        laid = self.lay(packet, send_time=send_time)
        if codec is None or laid is None or codec.rtx_payload_type is None:
            return None
        copy = laid.copy(shift)
        start = len(copy) - len(packet.payload or ONE_BYTE_OF_PADDING)
        second = (MARKER if packet.marker else 0) | codec.rtx_payload_type
        timestamp = int.from_bytes(copy[4:8], "big")
        header = HEADER.pack(copy[0], second, number & 0xFFFF, timestamp, ssrc)
        return header + copy[HEADER_SIZE:start] + copy[2:4] + copy[start:]

    def padding(self, timestamp: int, *, number: int, ssrc: int, send_time: bytes) -> bytes | None:
        """A retransmission of nothing: it only weighs; None if RTX was not negotiated."""
        types = (codec.rtx_payload_type for codec in self.profile.codecs)
        payload_type = next((number for number in types if number is not None), None)
        if payload_type is None:
            return None
        own = [(self._numbers[SEND_TIME], send_time)] if SEND_TIME in self._numbers else []
        extensions = build_extensions(own)
        first = VERSION | HAS_PADDING | (HAS_EXTENSION if extensions else 0)
        header = HEADER.pack(first, payload_type, number & 0xFFFF, timestamp, ssrc)
        return header + extensions + MOST_PADDING

    def _codec(self, source: Codec) -> Codec | None:
        if source is not self._source:  # packet after packet has the very same
            self._source, self._target = source, self.profile.codec(source)
        return self._target

    def _head(self, packet: StoredPacket, second: int, send_time: bytes) -> tuple[bytes, int]:
        """Everything before the payload, and where the send time stands in it."""
        extensions, stamp_at = self._block(packet.extensions)
        first = VERSION | len(packet.csrcs) // 4 | (HAS_EXTENSION if extensions else 0)
        first |= 0 if packet.payload else HAS_PADDING
        head = HEADER.pack(first, second, packet.number & 0xFFFF, packet.timestamp, 0)
        if not stamp_at:
            return head + packet.csrcs + extensions, 0
        extensions = extensions[:stamp_at] + send_time + extensions[stamp_at + len(send_time) :]
        return head + packet.csrcs + extensions, HEADER_SIZE + len(packet.csrcs) + stamp_at

    def _block(self, forwarded: tuple[tuple[str, bytes], ...]) -> tuple[bytes, int]:
        """The header extensions, and where the send time stands in them; 0: there is none."""
        is_stamped = self.has_rtx and SEND_TIME in self._numbers
        known = self._blocks.get((forwarded, is_stamped))
        if known is None:
            if len(self._blocks) >= MOST_BLOCKS:
                self._blocks.clear()
            block = build_extensions(self._elements(forwarded, is_stamped=is_stamped))
            is_short = int.from_bytes(block[:2], "big") == ONE_BYTE_PROFILE
            at = 0 if not is_stamped else 5 if is_short else 6  # it comes first
            known = self._blocks[forwarded, is_stamped] = block, at
        return known

    def _elements(
        self, forwarded: tuple[tuple[str, bytes], ...], *, is_stamped: bool
    ) -> list[tuple[int, bytes]]:
        elements = []
        if is_stamped:
            elements.append((self._numbers[SEND_TIME], bytes(3)))
        elements += [
            (self._numbers[uri], value[:CAPTURED] if uri == CAPTURE_TIME else value)
            for uri, value in forwarded
            if uri in self._numbers
        ]
        if MID in self._numbers:
            elements.append((self._numbers[MID], self.profile.mid.encode()))
        return elements

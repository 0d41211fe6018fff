"""How packets look to one kind of viewer: payload types and extension numbers differ per offer.

Sections that agreed on the same numbers share one profile, so a packet is laid out once for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.identify import MID
from signaling.forwarding.negotiated import Codec, Extension, OutboundSection, same_format
from signaling.forwarding.rtp import HEADER, build_extensions

# Extensions that speak from camera to screen; all others belong to one hop and are not forwarded.
END_TO_END: Final = frozenset(
    {
        "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "urn:3gpp:video-orientation",
        "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
        "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
        "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
        "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
        "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
    }
)
VERSION: Final = 0x80
HAS_EXTENSION: Final = 0x10
HAS_PADDING: Final = 0x20
MARKER: Final = 0x80
ONE_BYTE_OF_PADDING: Final = b"\x01"


class Block(NamedTuple):
    """One packet laid out for a profile; a viewer's number, time and SSRC are still missing."""

    first: int
    second: int
    rtx_second: int | None
    prefix: bytes  # contributing sources and header extensions
    payload: bytes

    def packet(self, sequence: int, timestamp: int, ssrc: int) -> bytes:
        """The packet as one viewer gets it."""
        header = HEADER.pack(self.first, self.second, sequence & 0xFFFF, timestamp, ssrc)
        return header + self.prefix + self.payload

    def retransmission(self, number: int, original: int, timestamp: int, ssrc: int) -> bytes | None:
        """The packet inside a retransmission (RFC 4588 §4), if RTX was negotiated."""
        if self.rtx_second is None:
            return None
        header = HEADER.pack(self.first, self.rtx_second, number & 0xFFFF, timestamp, ssrc)
        return header + self.prefix + (original & 0xFFFF).to_bytes(2, "big") + self.payload


@dataclass(frozen=True, slots=True)
class Profile:
    """What one viewer's section negotiated, apart from its SSRCs."""

    mid: str
    codecs: tuple[Codec, ...]
    extensions: tuple[Extension, ...]

    @classmethod
    def of(cls, section: OutboundSection) -> "Profile":
        """The profile of a section."""
        return cls(section.mid, section.codecs, section.extensions)

    def codec(self, source: Codec) -> Codec | None:
        """The viewer's codec that takes the source's packets, if there is one."""
        return next((codec for codec in self.codecs if same_format(source, codec)), None)

    def numbers(self) -> Mapping[str, int]:
        """The viewer's numbers of the extensions that we write."""
        kept = (e for e in self.extensions if e.uri in END_TO_END or e.uri == MID)
        return {extension.uri: extension.id for extension in kept}


class Layout:
    """Lays packets out for one profile; remembers what the profile says about each codec."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._numbers = profile.numbers()
        self._codecs: dict[Codec, Codec | None] = {}

    def block(self, packet: StoredPacket) -> Block | None:
        """The packet in this profile's numbers; None when the viewer has no such codec."""
        if packet.codec not in self._codecs:
            self._codecs[packet.codec] = self.profile.codec(packet.codec)
        codec = self._codecs[packet.codec]
        if codec is None:
            return None
        extensions = build_extensions(self._elements(packet))
        first = VERSION | len(packet.csrcs) // 4 | (HAS_EXTENSION if extensions else 0)
        marker = MARKER if packet.marker else 0
        rtx = codec.rtx_payload_type
        payload = packet.payload
        if not payload:  # a promised number has to be filled: padding alone
            first, payload = first | HAS_PADDING, ONE_BYTE_OF_PADDING
        return Block(
            first,
            marker | codec.payload_type,
            None if rtx is None else marker | rtx,
            packet.csrcs + extensions,
            payload,
        )

    def _elements(self, packet: StoredPacket) -> list[tuple[int, bytes]]:
        elements = [
            (self._numbers[uri], value) for uri, value in packet.extensions if uri in self._numbers
        ]
        if MID in self._numbers:
            elements.append((self._numbers[MID], self.profile.mid.encode()))
        return elements

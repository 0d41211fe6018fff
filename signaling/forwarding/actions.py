"""What the core wants done: the shell performs these and matches them with assert_never."""

from collections.abc import Iterator
from dataclasses import dataclass

from signaling.forwarding.cache import StoredPacket
from signaling.forwarding.laid import TIMESTAMPS, LaidPacket, Members, Shift
from signaling.forwarding.negotiated import Kind


@dataclass(frozen=True, slots=True)
class Fanout:
    """Send one packet to every member, with each one's header fields; packets keep their order."""

    members: Members
    packet: LaidPacket


@dataclass(frozen=True, slots=True)
class Send:
    """Encrypt and send plain RTP packets to one session, in order."""

    session: str
    packets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Burst:
    """Encrypt and send packets to one session at once, in its numbers but at times of their own."""

    session: str
    packets: tuple[LaidPacket, ...]
    shift: Shift
    timestamps: tuple[int, ...]  # as they go out, one a packet

    def copies(self, stamp: bytes = b"") -> Iterator[bytes]:
        """The packets one by one, sent at that time."""
        for packet, outgoing in zip(self.packets, self.timestamps, strict=True):
            ahead = (outgoing - packet.timestamp) & TIMESTAMPS
            yield packet.copy(self.shift._replace(timestamp=ahead), stamp)


@dataclass(frozen=True, slots=True)
class SendRtcp:
    """Encrypt and send one plain RTCP datagram."""

    session: str
    data: bytes


@dataclass(frozen=True, slots=True)
class MediaBegan:
    """The first packet of a section of a publication came in."""

    publication: str
    mid: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class VoiceChanged:
    """Somebody began to speak, or stopped."""

    publication: str
    mid: str
    speaking: bool


@dataclass(frozen=True, slots=True)
class LayersWanted:
    """The layers of a simulcast section that somebody watches, ascending."""

    publication: str
    mid: str
    rids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unplayable:
    """What this session sends cannot be shown by anybody: end it, and say why."""

    session: str
    reason: str  # "b-frames": pictures that are not in the order in which they are shown


@dataclass(frozen=True, slots=True)
class Tapped:
    """One packet for an output, in order of arrival."""

    output: str
    mid: str
    packet: StoredPacket


@dataclass(frozen=True, slots=True)
class TappedClock:
    """At that NTP time (64 bits) the source's media clock showed that timestamp."""

    output: str
    mid: str
    ssrc: int
    ntp: int
    timestamp: int


Action = (
    Fanout
    | Send
    | Burst
    | SendRtcp
    | MediaBegan
    | VoiceChanged
    | LayersWanted
    | Unplayable
    | Tapped
    | TappedClock
)

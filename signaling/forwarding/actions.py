"""What the core wants done: the shell performs these and matches them with assert_never."""

from dataclasses import dataclass

from signaling.forwarding.negotiated import Kind


@dataclass(frozen=True, slots=True)
class Fanout:
    """Encrypt and send plain RTP packets; packets of one session keep their order."""

    packets: tuple[tuple[str, bytes], ...]  # (session, packet)


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


Action = Fanout | SendRtcp | MediaBegan

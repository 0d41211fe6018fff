"""What a datagram is, told by its first byte (RFC 7983 §7)."""

from enum import Enum


class Protocol(Enum):
    """The protocols that share one port."""

    STUN = "stun"
    DTLS = "dtls"
    RTP = "rtp"  # SRTP and SRTCP
    UNKNOWN = "unknown"


def protocol_of(datagram: bytes) -> Protocol:
    """Which protocol a datagram belongs to."""
    if not datagram:
        return Protocol.UNKNOWN
    first = datagram[0]
    if 128 <= first <= 191:  # noqa: PLR2004  the ranges of RFC 7983
        return Protocol.RTP
    if first <= 3:  # noqa: PLR2004
        return Protocol.STUN
    if 20 <= first <= 63:  # noqa: PLR2004
        return Protocol.DTLS
    return Protocol.UNKNOWN

"""What a datagram is, told by its first byte (RFC 7983 §7)."""

from enum import Enum
from typing import Final

RECEIVER_REPORT: Final = 201  # RFC 3550 §6.4.2; the header of SRTCP is in plain (RFC 3711 §3.4)


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


def is_report(datagram: bytes) -> bool:
    """Whether a datagram of RTP or RTCP begins with a receiver report.

    Requests for packets and pictures come alone where reduced-size RTCP is agreed (RFC 5506).
    """
    return len(datagram) > 1 and datagram[1] == RECEIVER_REPORT

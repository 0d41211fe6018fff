"""RTCP packets (RFC 3550, 4585, 5104): what a compound packet says."""

import struct
from typing import Final, NamedTuple

from signaling.forwarding.rtp import MalformedPacket

SENDER_REPORT: Final = 200
RECEIVER_REPORT: Final = 201
SOURCE_DESCRIPTION: Final = 202
GOODBYE: Final = 203
TRANSPORT_FEEDBACK: Final = 205  # RFC 4585 §6.1
PAYLOAD_FEEDBACK: Final = 206
GENERIC_NACK: Final = 1
TRANSPORT_WIDE: Final = 15
PICTURE_LOSS: Final = 1
FULL_INTRA: Final = 4
APPLICATION: Final = 15
BLOCK: Final = struct.Struct("!II4I")
MOST_LOST: Final = 1024  # numbers of one NACK that are read; a cache holds no more
MOST_PACKETS: Final = 32  # in one compound; a datagram of ours never has more


class ReportBlock(NamedTuple):
    """How one stream arrives at the reporter (RFC 3550 §6.4.1)."""

    ssrc: int
    fraction_lost: int  # of 256
    cumulative_lost: int
    highest_sequence: int  # extended
    jitter: int  # clock units
    last_sender_report: int  # middle 32 bits of its NTP time
    delay: int  # 1/65536 s


class SenderReport(NamedTuple):
    """What a sender's clocks showed at one moment, and what it has sent."""

    ssrc: int
    ntp: int  # 64 bits
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


class ReceiverReport(NamedTuple):
    """How streams arrive."""

    ssrc: int
    blocks: tuple[ReportBlock, ...]


class Nack(NamedTuple):
    """Numbers (16 bits) of one stream that did not arrive (RFC 4585 §6.2.1)."""

    media_ssrc: int
    lost: tuple[int, ...]


class KeyFrameRequest(NamedTuple):
    """A picture loss indication or a full intra request for one stream."""

    media_ssrc: int
    command: int | None = None  # the number of a full intra request (RFC 5104 §4.3.1)


class ReceiverEstimate(NamedTuple):
    """What the receiver believes to be the available bit rate, bits per second (REMB)."""

    bitrate: int
    ssrcs: tuple[int, ...]


class Goodbye(NamedTuple):
    """These streams have ended."""

    ssrcs: tuple[int, ...]


RtcpPacket = SenderReport | ReceiverReport | Nack | KeyFrameRequest | ReceiverEstimate | Goodbye


def parse_rtcp(data: bytes) -> list[RtcpPacket]:
    """The packets of a compound that we act on; raises MalformedPacket and nothing else.

    Types that we do not know, and profile extensions of reports, are skipped (RFC 3550 §6.4.3).
    """
    packets: list[RtcpPacket] = []
    position = 0
    for _ in range(MOST_PACKETS):
        if position == len(data):
            return packets
        if position + 4 > len(data) or data[position] >> 6 != 2:  # noqa: PLR2004  the version
            raise MalformedPacket("RTCP header")
        count, kind, words = struct.unpack_from("!BBH", data, position)
        end = position + 4 + 4 * words
        if end > len(data):
            raise MalformedPacket("RTCP length")
        body = _without_padding(data[position + 4 : end], padded=bool(count & 0x20))
        packets.extend(_parse_body(kind, count & 0x1F, body))
        position = end
    raise MalformedPacket("too many RTCP packets")


def _without_padding(body: bytes, *, padded: bool) -> bytes:
    if not padded:
        return body
    if not body or not 0 < body[-1] <= len(body):
        raise MalformedPacket("RTCP padding")
    return body[: -body[-1]]


def _parse_body(kind: int, count: int, body: bytes) -> list[RtcpPacket]:
    try:
        match kind, count:
            case (200, _):
                parsed: list[RtcpPacket] = [_sender_report(body, count)]
            case (201, _):
                parsed = [_receiver_report(body, count)]
            case (203, _):
                parsed = [Goodbye(struct.unpack_from(f"!{count}I", body))]
            case (205, 1):
                parsed = [_nack(body)]
            case (206, 1):
                parsed = [KeyFrameRequest(struct.unpack_from("!II", body)[1])]
            case (206, 4):
                parsed = _full_intra(body)
            case (206, 15):
                parsed = _estimate(body)
            case _:
                parsed = []
    except struct.error as error:
        raise MalformedPacket("RTCP body") from error
    return parsed


def _receiver_report(body: bytes, count: int) -> ReceiverReport:
    return ReceiverReport(struct.unpack_from("!I", body)[0], _blocks(body, 4, count))


def _sender_report(body: bytes, count: int) -> SenderReport:
    ssrc, ntp, timestamp, packets, octets = struct.unpack_from("!IQIII", body)
    return SenderReport(ssrc, ntp, timestamp, packets, octets, _blocks(body, 24, count))


def _blocks(body: bytes, start: int, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for index in range(count):
        ssrc, lost, highest, jitter, last, delay = BLOCK.unpack_from(body, start + 24 * index)
        cumulative = lost & 0xFFFFFF
        blocks.append(ReportBlock(ssrc, lost >> 24, cumulative, highest, jitter, last, delay))
    return tuple(blocks)


def _nack(body: bytes) -> Nack:
    _, media = struct.unpack_from("!II", body)
    lost: list[int] = []
    for position in range(8, len(body) - 3, 4):
        first, mask = struct.unpack_from("!HH", body, position)
        lost.append(first)
        lost.extend((first + bit + 1) & 0xFFFF for bit in range(16) if mask >> bit & 1)
        if len(lost) >= MOST_LOST:
            break
    return Nack(media, tuple(lost))


def _full_intra(body: bytes) -> list[RtcpPacket]:
    """The media SSRC of a FIR is in its entries (RFC 5104 §4.3.1.1)."""
    found = dict(struct.unpack_from("!IB", body, at) for at in range(8, len(body) - 7, 8))
    return [KeyFrameRequest(ssrc, number) for ssrc, number in found.items()]


def _estimate(body: bytes) -> list[RtcpPacket]:
    if body[8:12] != b"REMB":
        return []
    count, high, low = struct.unpack_from("!BBH", body, 12)
    bitrate = ((high & 0x03) << 16 | low) << (high >> 2)
    return [ReceiverEstimate(bitrate, struct.unpack_from(f"!{count}I", body, 16))]

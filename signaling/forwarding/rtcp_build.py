"""RTCP packets as bytes: reports, NACK, PLI, REMB, source description."""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from signaling.forwarding.rtcp import (
    APPLICATION,
    BLOCK,
    GENERIC_NACK,
    PAYLOAD_FEEDBACK,
    PICTURE_LOSS,
    RECEIVER_REPORT,
    SENDER_REPORT,
    SOURCE_DESCRIPTION,
    TRANSPORT_FEEDBACK,
    ReportBlock,
    SenderReport,
)

CNAME: Final = 1  # RFC 3550 §6.5.1
MOST_BLOCKS: Final = 31
MASK_BITS: Final = 16
MANTISSA_BITS: Final = 18


def packet(count: int, kind: int, body: bytes) -> bytes:
    """One RTCP packet; the body's length is a multiple of four."""
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def sender_report(report: SenderReport) -> bytes:
    """A sender report; its blocks, at most 31, go along."""
    fixed = struct.pack(
        "!IQIII",
        report.ssrc,
        report.ntp,
        report.timestamp,
        report.packets & 0xFFFFFFFF,
        report.octets & 0xFFFFFFFF,
    )
    return packet(len(report.blocks), SENDER_REPORT, fixed + _blocks(report.blocks))


def receiver_report(ssrc: int, blocks: Sequence[ReportBlock]) -> bytes:
    """A receiver report with at most 31 blocks."""
    listed = blocks[:MOST_BLOCKS]
    return packet(len(listed), RECEIVER_REPORT, struct.pack("!I", ssrc) + _blocks(listed))


def _blocks(blocks: Iterable[ReportBlock]) -> bytes:
    return b"".join(
        BLOCK.pack(
            block.ssrc,
            block.fraction_lost << 24 | block.cumulative_lost,
            block.highest_sequence,
            block.jitter,
            block.last_sender_report,
            block.delay,
        )
        for block in blocks
    )


def source_description(ssrc: int, cname: str) -> bytes:
    """An SDES packet with the canonical name (RFC 3550 §6.5), cut at 255 bytes."""
    name = cname.encode()[:255]
    items = bytes((CNAME, len(name))) + name + b"\0"
    return packet(1, SOURCE_DESCRIPTION, struct.pack("!I", ssrc) + items + bytes(-len(items) % 4))


def nack(ssrc: int, media_ssrc: int, lost: Sequence[int]) -> bytes:
    """A generic NACK for ascending extended numbers (RFC 4585 §6.2.1)."""
    entries: list[tuple[int, int]] = []  # first number and mask of the sixteen that follow
    for number in lost:
        if entries and number - entries[-1][0] <= MASK_BITS:
            first, mask = entries[-1]
            entries[-1] = first, mask | 1 << (number - first - 1)
        else:
            entries.append((number, 0))
    packed = b"".join(struct.pack("!HH", first & 0xFFFF, mask) for first, mask in entries)
    return packet(GENERIC_NACK, TRANSPORT_FEEDBACK, struct.pack("!II", ssrc, media_ssrc) + packed)


def picture_loss(ssrc: int, media_ssrc: int) -> bytes:
    """A picture loss indication: please send a key frame (RFC 4585 §6.3.1)."""
    return packet(PICTURE_LOSS, PAYLOAD_FEEDBACK, struct.pack("!II", ssrc, media_ssrc))


def receiver_estimate(ssrc: int, bitrate: int, media_ssrcs: Sequence[int]) -> bytes:
    """A REMB: do not send more than this many bits per second (draft-alvestrand-rmcat-remb)."""
    exponent = max(0, bitrate.bit_length() - MANTISSA_BITS)
    mantissa = bitrate >> exponent
    value = bytes((len(media_ssrcs), exponent << 2 | mantissa >> 16))
    value += struct.pack("!H", mantissa & 0xFFFF)
    tail = struct.pack(f"!{len(media_ssrcs)}I", *media_ssrcs)
    return packet(
        APPLICATION, PAYLOAD_FEEDBACK, struct.pack("!II", ssrc, 0) + b"REMB" + value + tail
    )

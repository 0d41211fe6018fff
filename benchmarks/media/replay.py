"""What the publisher sends, and when: a capture played again, or equal packets.

Sizes, timing, markers and the bytes that tell frames apart are the capture's; the rest of each
payload is random. The last four bytes number the packets, so that every receiver can say which
one it has and how long it took.
"""

import json
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

Kind = Literal["audio", "video"]
CAPTURES: Final = Path(__file__).resolve().parent.parent / "captures"
TRAFFIC: Final = ("h264", "vp8", "equal")
NUMBER: Final = struct.Struct("!I")
CLOCKS: Final = {"audio": 48000, "video": 90000}
FILLER: Final = 12  # an H.264 NAL unit of no meaning (H.264 table 7-1)
_NOISE: Final = secrets.token_bytes(1 << 16)


@dataclass(frozen=True, slots=True)
class Packet:
    """One media packet: microseconds since the start, bytes of payload, and how it begins."""

    at: int
    kind: Kind
    size: int
    marker: bool
    key: bool  # belongs to a key frame
    head: bytes
    timestamp: int  # RTP units since the start

    def payload(self, number: int, picture: int) -> bytes:
        """Its bytes: the head, noise, and the number at the end."""
        head = _with_start(_with_picture(self.head, picture)) if self.kind == "video" else self.head
        tail = NUMBER.pack(number)
        if len(head) >= self.size:  # parameter sets are there in full: number a filler beside them
            return head + struct.pack("!HB", 5, FILLER) + tail
        fill = max(0, self.size - len(head) - len(tail))
        start = number * 977 % (len(_NOISE) - fill)
        return head + _NOISE[start : start + fill] + tail


def _with_picture(head: bytes, picture: int) -> bytes:
    """A VP8 descriptor (RFC 7741 §4.2) with a 15-bit picture id keeps counting over loops."""
    is_vp8 = len(head) >= 4 and head[0] & 0x80 and head[1] & 0x80 and head[2] & 0x80
    if not is_vp8:
        return head
    return head[:2] + struct.pack("!H", 0x8000 | picture & 0x7FFF) + head[4:]


def _with_start(head: bytes) -> bytes:
    """A slice of H.264 goes on as one of an I or P picture; noise would announce B frames."""
    if head[:1] in {b"\x7c", b"\x5c", b"\x3c", b"\x1c"} and len(head) == 2 and head[1] & 0x80:
        return head + (b"\x88" if head[1] & 0x1F == 5 else b"\x9a")
    if head[:1] and not head[0] & 0x80 and head[0] & 0x1F == 1 and len(head) < 3:
        return head[:1] + b"\x9a"
    return head


def equal(seconds: int = 10) -> list[Packet]:
    """30 frames a second of 5 packets of 1100 bytes, a key frame every 2 s."""
    packets = []
    for frame in range(30 * seconds):
        is_key = frame % 60 == 0
        for n in range(5):
            first = n == 0
            head = bytes([0x90 if first else 0x80, 0x80, 0x80, 0])
            head += (b"\x10\x00\x00\x9d\x01\x2a\x00\x05\xd0\x02" if is_key else b"\x11") * first
            at, stamp = frame * 1_000_000 // 30, frame * 3000
            packets.append(Packet(at, "video", 1088, n == 4, is_key, head, stamp))
    return packets


def captured(codec: str) -> list[Packet]:
    """The packets of a capture in the order in which they left Chromium."""
    rows = json.loads((CAPTURES / f"{codec}.json").read_text("utf-8"))["packets"]
    packets: list[Packet] = []
    for kind, at, size, marker, key, head, timestamp in rows:
        name: Kind = "video" if kind == "v" else "audio"
        packets.append(
            Packet(at, name, size, bool(marker), bool(key), bytes.fromhex(head), timestamp)
        )
    return packets


def is_there(traffic: str) -> bool:
    """Whether that traffic can be played: a capture has to have been made."""
    return traffic == "equal" or (CAPTURES / f"{traffic}.json").exists()


def packets_of(traffic: str) -> list[Packet]:
    """The packets of that name."""
    return equal() if traffic == "equal" else captured(traffic)


def codec_of(traffic: str) -> str:
    """What the packets claim to be."""
    return "h264" if traffic == "h264" else "vp8"


class Replay:
    """Plays packets over and over; a key frame that is asked for takes the next frame's place."""

    def __init__(self, packets: list[Packet]) -> None:
        self._packets = packets
        self._wanted = False
        first = next(n for n, packet in enumerate(packets) if packet.key)
        stamp = packets[first].timestamp
        self._key_frame = [p for p in packets if p.kind == "video" and p.timestamp == stamp]
        self.pictures = 0  # frames so far
        self.answered = 0  # key frames that were sent because somebody asked

    def want_key_frame(self) -> None:
        """Somebody asked for one."""
        self._wanted = True

    def __iter__(self) -> Iterator[Packet]:
        """Packets whose times only grow, without end."""
        length = self._packets[-1].at + 33_333
        loop = 0
        while True:
            yield from self._once(loop * length)
            loop += 1

    def _once(self, offset: int) -> Iterator[Packet]:
        stamp, replaced = -1, -1
        for packet in self._packets:
            ticks = packet.timestamp + offset * CLOCKS[packet.kind] // 1_000_000
            moved = replace(packet, at=packet.at + offset, timestamp=ticks)
            if packet.kind == "audio":
                yield moved
                continue
            if packet.timestamp != stamp:
                stamp = packet.timestamp
                self.pictures += 1
                if self._wanted:
                    self._wanted, replaced = False, stamp
                    self.answered += not packet.key
                    yield from (
                        replace(key, at=moved.at, timestamp=ticks) for key in self._key_frame
                    )
            if stamp != replaced:
                yield moved

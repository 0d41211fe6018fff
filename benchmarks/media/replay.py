"""What the publisher sends, and when: a capture played again, or equal packets.

Sizes, timing, markers and the bytes that tell frames apart are the capture's; the rest of each
payload is random. The last four bytes number the packets, so that every receiver can say which
one it has and how long it took. Of several simulcast layers only the best is numbered.
"""

import json
import secrets
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

Kind = Literal["audio", "video"]
CAPTURES: Final = Path(__file__).resolve().parent.parent / "captures"
TRAFFIC: Final = ("h264", "vp8", "simulcast", "equal")
LAYERS: Final = ("q", "h", "f")  # as our pages name them, ascending
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
    rid: str = ""  # the simulcast layer, where there are some
    picture: int = 0  # frames of its layer so far, this one included
    base: int = 0  # and those of them in the lowest temporal layer

    @property
    def source(self) -> str:
        """Whose sequence numbers it has: its layer's, else its section's."""
        return self.rid or self.kind

    def payload(self, number: int) -> bytes:
        """Its bytes: the head, noise, and the number at the end."""
        head = self.head
        if self.kind == "video":
            head = _with_start(_with_picture(head, self.picture, self.base))
        tail = NUMBER.pack(number)
        if len(head) >= self.size:  # parameter sets are there in full: number a filler beside them
            return head + struct.pack("!HB", 5, FILLER) + tail
        fill = max(0, self.size - len(head) - len(tail))
        start = number * 977 % (len(_NOISE) - fill)
        return head + _NOISE[start : start + fill] + tail


def _is_numbered(head: bytes) -> bool:
    """Whether this is a VP8 descriptor (RFC 7741 §4.2) with a picture id of 15 bits."""
    return bool(len(head) >= 4 and head[0] & 0x80 and head[1] & 0x80 and head[2] & 0x80)


def _has_base(head: bytes) -> bool:
    """Whether it numbers the frames of the lowest temporal layer as well, in TL0PICIDX."""
    return _is_numbered(head) and len(head) >= 6 and bool(head[1] & 0x40)


def _is_base(head: bytes) -> bool:
    """Whether it is of such a frame."""
    return _has_base(head) and not head[5] & 0xC0


def _with_picture(head: bytes, picture: int, base: int) -> bytes:
    """Its numbers keep counting over loops."""
    if not _is_numbered(head):
        return head
    ids = struct.pack("!H", 0x8000 | picture & 0x7FFF)
    if not _has_base(head):
        return head[:2] + ids + head[4:]
    return head[:2] + ids + bytes((base & 0xFF,)) + head[5:]


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
        name: Kind = "audio" if kind == "a" else "video"
        rid = kind if kind in LAYERS else ""
        packets.append(
            Packet(at, name, size, bool(marker), bool(key), bytes.fromhex(head), timestamp, rid)
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


def seen_in(traffic: str) -> str:
    """The capture whose viewer viewers of that traffic are like."""
    return "vp8" if traffic == "equal" else traffic


def sources_of(packets: list[Packet]) -> tuple[str, ...]:
    """Where its pictures come from: the layers, ascending, or the section itself."""
    rids = {packet.rid for packet in packets if packet.kind == "video"}
    return tuple(rid for rid in LAYERS if rid in rids) or ("video",)


class Replay:
    """Plays packets over and over; a key frame that is asked for takes the next frame's place."""

    def __init__(self, packets: list[Packet]) -> None:
        self._packets = packets
        self.sources = sources_of(packets)
        self._wanted: set[str] = set()
        self._key_frames = {source: _key_frame(packets, source) for source in self.sources}
        self._pictures: Counter[str] = Counter()  # frames so far
        self._bases: Counter[str] = Counter()  # those in the lowest temporal layer
        self.answered = 0  # key frames that were sent because somebody asked

    @property
    def best(self) -> str:
        """The source of the best picture."""
        return self.sources[-1]

    @property
    def rate(self) -> float:
        """Packets of it a second."""
        count = sum(packet.source == self.best for packet in self._packets)
        return count * 1e6 / self._packets[-1].at

    def want_key_frame(self, sources: Iterable[str]) -> None:
        """Somebody asked for one of each of these."""
        self._wanted.update(sources)

    def __iter__(self) -> Iterator[Packet]:
        """Packets whose times only grow, without end."""
        length = self._packets[-1].at + 33_333
        loop = 0
        while True:
            yield from self._once(loop * length)
            loop += 1

    def _once(self, offset: int) -> Iterator[Packet]:
        stamps: dict[str, int] = {}
        replaced: dict[str, int] = {}
        for packet in self._packets:
            source, stamp = packet.source, packet.timestamp
            ticks = stamp + offset * CLOCKS[packet.kind] // 1_000_000
            moved = replace(packet, at=packet.at + offset, timestamp=ticks)
            if packet.kind == "audio":
                yield moved
                continue
            if stamps.get(source) != stamp:
                stamps[source] = stamp
                if source in self._wanted:
                    self._wanted.remove(source)
                    replaced[source] = stamp
                    self.answered += not packet.key
                    yield from self._key_frame_at(moved)
                else:
                    self._count(packet)
            if replaced.get(source) != stamp:
                yield self._numbered(moved)

    def _key_frame_at(self, first: Packet) -> Iterator[Packet]:
        """A key frame in place of the frame that begins so."""
        frame = self._key_frames[first.source]
        self._count(frame[0])
        for key in frame:
            yield self._numbered(replace(key, at=first.at, timestamp=first.timestamp))

    def _count(self, first: Packet) -> None:
        self._pictures[first.source] += 1
        self._bases[first.source] += _is_base(first.head)

    def _numbered(self, packet: Packet) -> Packet:
        picture, base = self._pictures[packet.source], self._bases[packet.source]
        return replace(packet, picture=picture, base=base)


def _key_frame(packets: list[Packet], source: str) -> list[Packet]:
    """The first one of a source."""
    pictures = [p for p in packets if p.kind == "video" and p.source == source]
    stamp = next(packet.timestamp for packet in pictures if packet.key)
    return [packet for packet in pictures if packet.timestamp == stamp]

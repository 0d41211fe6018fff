"""Sends a replay to a server: as SRTP of a member, or as plain RTP to a Janus mountpoint."""

import secrets
import struct
from collections.abc import Callable, Collection, Iterator
from time import CLOCK_REALTIME, clock_gettime
from typing import Final

import numpy as np

from benchmarks.media import descriptions
from benchmarks.media.replay import CLOCKS, NUMBER, Kind, Packet, Replay

NTP_EPOCH: Final = 2_208_988_800  # 1900 to 1970 in seconds (RFC 5905)
REPORT_EVERY: Final = 1_000_000  # microseconds between two sender reports
MOST: Final = 1 << 20  # packets whose times are kept: an hour of them

UNCOUNTED: Final = (1 << 8 * NUMBER.size) - 1  # the number of what no viewer has to get

Send = Callable[[bytes, str, bool], None]  # a packet, its source, and whether it is RTCP


class Stream:
    """Sequence numbers and counters of one source: a section, or one layer of it."""

    def __init__(self, kind: Kind, payload_type: int) -> None:
        self.kind = kind
        self.payload_type = payload_type
        self.ssrc = secrets.randbelow(1 << 31) + 1
        self.sequence = secrets.randbelow(1 << 15)
        self.origin = secrets.randbelow(1 << 31)
        self.packets = 0
        self.octets = 0


class Publisher:
    """Sends whatever is due; numbers what viewers are to get, and remembers when it left."""

    def __init__(self, replay: Replay, codec: str, send: Send, *, extensions: bool) -> None:
        self._replay = replay
        self.rate = replay.rate
        self._queue: Iterator[Packet] = iter(replay)
        self._next = next(self._queue)
        self._send = send
        self._extensions = extensions
        self._began = 0.0
        self._reported = 0
        self._wide = 0  # transport-wide sequence number
        number = descriptions.PAYLOAD_TYPES[codec]
        self.streams = {source: Stream("video", number) for source in replay.sources}
        self.streams["audio"] = Stream("audio", descriptions.OPUS)
        self.sent = 0
        self.is_picture = np.zeros(MOST, bool)  # by number
        self.frames = np.zeros(MOST, np.int64)  # which key frame a packet is of; 0 for none
        self.times = np.zeros(MOST, np.int64)  # nanoseconds of the wall clock, by number

    @property
    def rids(self) -> tuple[str, ...]:
        """Its simulcast layers, ascending; none where it sends only one."""
        return self._replay.sources if "video" not in self.streams else ()

    def want_key_frame(self, ssrcs: Collection[int] | None = None) -> None:
        """Somebody asks for one of these sources or of all: it takes the next frame's place."""
        sources = self._replay.sources
        if ssrcs is not None:
            sources = tuple(each for each in sources if self.streams[each].ssrc in ssrcs)
        self._replay.want_key_frame(sources)

    def start(self) -> None:
        """Time begins now."""
        self._began = _wall()

    def send_due(self) -> None:
        """Send what is due by now: the packets of a frame at once, as a browser does."""
        now = int((_wall() - self._began) * 1e6)
        due: list[Packet] = []
        while self._next.at <= now:
            due.append(self._next)
            self._next = next(self._queue)
        for packet in due:
            self._send_packet(packet)
        if now - self._reported >= REPORT_EVERY:
            self._reported = now
            self._report()

    def _send_packet(self, packet: Packet) -> None:
        stream = self.streams[packet.source]
        is_wanted = packet.source in {"audio", self._replay.best}
        payload = packet.payload(self.sent if is_wanted else UNCOUNTED)
        header = struct.pack(
            "!BBHII",
            0x90 if self._extensions else 0x80,
            packet.marker << 7 | stream.payload_type,
            stream.sequence,
            stream.origin + packet.timestamp & 0xFFFFFFFF,
            stream.ssrc,
        )
        if self._extensions:
            header += self._extension(packet)
        if is_wanted:
            self._note(packet)
        self._send(header + payload, packet.source, False)
        stream.sequence = stream.sequence + 1 & 0xFFFF
        stream.packets += 1
        stream.octets += len(payload)

    def _note(self, packet: Packet) -> None:
        place = self.sent % MOST
        if packet.key:
            self.frames[place] = packet.picture
        self.is_picture[place] = packet.kind == "video"
        self.times[place] = int(_wall() * 1e9)
        self.sent += 1

    def _extension(self, packet: Packet) -> bytes:
        """RFC 8285 §4.2: what Chromium sends with every packet."""
        absolute = int(_wall() * (1 << 18)) & 0xFFFFFF
        mid = b"0" if packet.kind == "audio" else b"1"
        body = bytes([descriptions.ABS_SEND_TIME << 4 | 2]) + absolute.to_bytes(3, "big")
        body += bytes([descriptions.TRANSPORT_CC << 4 | 1]) + struct.pack("!H", self._wide)
        body += bytes([descriptions.MID << 4]) + mid
        if packet.kind == "audio":
            body += bytes([descriptions.AUDIO_LEVEL << 4, 0x80 | 30])
        if packet.rid:
            body += bytes([descriptions.RID << 4 | len(packet.rid) - 1]) + packet.rid.encode()
        self._wide = self._wide + 1 & 0xFFFF
        body += bytes(-len(body) % 4)
        return struct.pack("!HH", 0xBEDE, len(body) // 4) + body

    def _report(self) -> None:
        """A sender report for each source (RFC 3550 §6.4.1)."""
        wall = _wall()
        ntp = int((wall + NTP_EPOCH) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
        for source, stream in self.streams.items():
            ticks = stream.origin + int((wall - self._began) * CLOCKS[stream.kind])
            report = struct.pack("!BBHI", 0x80, 200, 6, stream.ssrc) + struct.pack(
                "!QIII", ntp, ticks & 0xFFFFFFFF, stream.packets & 0xFFFFFFFF, stream.octets
            )
            cname = b"\x01\x05crowd\x00"
            chunk = struct.pack("!I", stream.ssrc) + cname + bytes(-len(cname) % 4)
            report += struct.pack("!BBH", 0x81, 202, len(chunk) // 4) + chunk
            self._send(report, source, True)


def _wall() -> float:
    return clock_gettime(CLOCK_REALTIME)  # the kernel's receive times are on the same clock

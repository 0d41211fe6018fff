"""Sends a replay to a server: as SRTP of a member, or as plain RTP to a Janus mountpoint."""

import secrets
import struct
from collections.abc import Callable, Iterator
from time import CLOCK_REALTIME, clock_gettime
from typing import Final

import numpy as np

from benchmarks.media import descriptions
from benchmarks.media.replay import CLOCKS, Kind, Packet, Replay

NTP_EPOCH: Final = 2_208_988_800  # 1900 to 1970 in seconds (RFC 5905)
REPORT_EVERY: Final = 1_000_000  # microseconds between two sender reports
MOST: Final = 1 << 20  # packets whose times are kept: an hour of them

Send = Callable[[bytes, Kind, bool], None]  # a packet, its section, and whether it is RTCP


class Stream:
    """Sequence numbers and counters of one section."""

    def __init__(self, payload_type: int, ssrc: int) -> None:
        self.payload_type = payload_type
        self.ssrc = ssrc
        self.sequence = secrets.randbelow(1 << 15)
        self.origin = secrets.randbelow(1 << 31)
        self.packets = 0
        self.octets = 0


class Publisher:
    """Sends whatever is due; remembers when each packet left."""

    def __init__(self, replay: Replay, codec: str, send: Send, *, extensions: bool) -> None:
        self._replay = replay
        self._queue: Iterator[Packet] = iter(replay)
        self._next = next(self._queue)
        self._send = send
        self._extensions = extensions
        self._began = 0.0
        self._reported = 0
        self._wide = 0  # transport-wide sequence number
        self.streams: dict[Kind, Stream] = {
            "audio": Stream(descriptions.OPUS, secrets.randbelow(1 << 31) + 1),
            "video": Stream(descriptions.PAYLOAD_TYPES[codec], secrets.randbelow(1 << 31) + 1),
        }
        self.sent = 0
        self.frames = np.zeros(MOST, np.int64)  # which key frame a packet is of; 0 for none
        self.times = np.zeros(MOST, np.int64)  # nanoseconds of the wall clock, by number

    def want_key_frame(self) -> None:
        """The server asks for one: it takes the place of the next frame."""
        self._replay.want_key_frame()

    def start(self) -> None:
        """Time begins now."""
        self._began = _wall()

    def send_due(self) -> None:
        """Send what is due by now."""
        now = int((_wall() - self._began) * 1e6)
        while self._next.at <= now:
            self._send_packet(self._next)
            self._next = next(self._queue)
        if now - self._reported >= REPORT_EVERY:
            self._reported = now
            self._report()

    def _send_packet(self, packet: Packet) -> None:
        stream = self.streams[packet.kind]
        payload = packet.payload(self.sent, self._replay.pictures)
        header = struct.pack(
            "!BBHII",
            0x90 if self._extensions else 0x80,
            packet.marker << 7 | stream.payload_type,
            stream.sequence,
            stream.origin + packet.timestamp & 0xFFFFFFFF,
            stream.ssrc,
        )
        if self._extensions:
            header += self._extension(packet.kind)
        place = self.sent % MOST
        if packet.key:
            self.frames[place] = self._replay.pictures
        self.times[place] = int(_wall() * 1e9)
        self._send(header + payload, packet.kind, False)
        self.sent += 1
        stream.sequence = stream.sequence + 1 & 0xFFFF
        stream.packets += 1
        stream.octets += len(payload)

    def _extension(self, kind: Kind) -> bytes:
        """RFC 8285 §4.2: what Chromium sends with every packet."""
        absolute = int(_wall() * (1 << 18)) & 0xFFFFFF
        mid = b"0" if kind == "audio" else b"1"
        body = bytes([descriptions.ABS_SEND_TIME << 4 | 2]) + absolute.to_bytes(3, "big")
        body += bytes([descriptions.TRANSPORT_CC << 4 | 1]) + struct.pack("!H", self._wide)
        body += bytes([descriptions.MID << 4]) + mid
        if kind == "audio":
            body += bytes([descriptions.AUDIO_LEVEL << 4, 0x80 | 30])
        self._wide = self._wide + 1 & 0xFFFF
        body += bytes(-len(body) % 4)
        return struct.pack("!HH", 0xBEDE, len(body) // 4) + body

    def _report(self) -> None:
        """A sender report for each section (RFC 3550 §6.4.1)."""
        wall = _wall()
        ntp = int((wall + NTP_EPOCH) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
        for kind, stream in self.streams.items():
            ticks = stream.origin + int((wall - self._began) * CLOCKS[kind])
            report = struct.pack("!BBHI", 0x80, 200, 6, stream.ssrc) + struct.pack(
                "!QIII", ntp, ticks & 0xFFFFFFFF, stream.packets & 0xFFFFFFFF, stream.octets
            )
            cname = b"\x01\x05crowd\x00"
            chunk = struct.pack("!I", stream.ssrc) + cname + bytes(-len(cname) % 4)
            report += struct.pack("!BBH", 0x81, 202, len(chunk) // 4) + chunk
            self._send(report, kind, True)


def _wall() -> float:
    return clock_gettime(CLOCK_REALTIME)  # the kernel's receive times are on the same clock

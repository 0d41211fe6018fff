"""A publisher for tests: real encoders, packets as browsers cut them, a network that delays.

Once a second the picture is white for two frames and a tone sounds; between, both are dark and
still. So the offset of sound and picture can be read from any recording of it.
"""

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cache
from itertools import count

import av
import av.audio.codeccontext
import av.video.codeccontext
import numpy as np

from signaling.outputs.packets import MediaPacket, Message, SenderClock

RATE = 25  # pictures a second
TONE = 1000  # Hz
MTU = 1100  # bytes of payload
SECOND = timedelta(seconds=1)
NTP_AT_ZERO = 3_900_000_000 << 32  # what the sender's wall clock says at the start
START = timedelta(hours=5)  # of the monotonic clock
SSRC = {"audio": 11, "video": 22}
GRAIN = np.random.default_rng(1).integers(0, 20, (480, 640), np.uint8)
WHITE = 0.08  # seconds that a flash and a tone last


@cache
def pictures(codec: str, seconds: int, width: int = 320, height: int = 240) -> tuple[bytes, ...]:
    """Encoded frames, the first of each second a key frame."""
    name = {"h264": "libx264", "vp8": "libvpx"}[codec]
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, RATE), Fraction(RATE)
    encoder.gop_size = RATE
    encoder.thread_count = 1  # libvpx's threads wait for each other in circles, ten times as long
    encoder.bit_rate = 300_000
    if codec == "h264":
        encoder.options = {"profile": "baseline", "tune": "zerolatency", "preset": "ultrafast"}
    else:
        encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    frames: list[bytes] = []
    for number in range(seconds * RATE):
        shade = 215 if number % RATE in (0, 1) else 40 + number % RATE
        plane = np.full((height * 3 // 2, width), shade, np.uint8)
        plane[:height] += GRAIN[:height, :width]  # a key frame takes several packets
        plane[:height, number % width] = 128  # something moves
        plane[height:] = 128
        frame = av.VideoFrame.from_ndarray(plane, "yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(frames + [bytes(packet) for packet in encoder.encode(None)])


@cache
def sounds(seconds: int) -> tuple[bytes, ...]:
    """Opus packets of 20 ms."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format = 48000, "stereo", "s16"
    encoder.options = {"application": "lowdelay"}
    packets: list[bytes] = []
    for number in range(seconds * 50):
        at = np.arange(number * 960, number * 960 + 960)
        loud = (at % 48000) < WHITE * 48000
        wave = (np.sin(2 * math.pi * TONE * at / 48000) * 16000 * loud).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2).reshape(1, -1), "s16", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, number * 960, Fraction(1, 48000)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(packets)


def units(frame: bytes) -> list[bytes]:
    """The NAL units of an Annex B frame."""
    return [part.rstrip(b"\0") for part in frame.split(b"\0\0\1") if part.strip(b"\0")]


def h264_payloads(frame: bytes) -> list[bytes]:
    """A STAP-A of the parameter sets, single units, and FU-A where they are too long."""
    found = units(frame)
    small = [unit for unit in found if unit[0] & 0x1F in (6, 7, 8, 9)]
    payloads = []
    if small:
        body = b"".join(struct.pack("!H", len(unit)) + unit for unit in small)
        payloads.append(bytes((0x78,)) + body)
    for unit in found:
        if unit in small:
            continue
        if len(unit) <= MTU:
            payloads.append(unit)
            continue
        parts = [unit[n : n + MTU] for n in range(1, len(unit), MTU)]
        for index, part in enumerate(parts):
            flags = (0x80 if index == 0 else 0) | (0x40 if index == len(parts) - 1 else 0)
            payloads.append(bytes((unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F)) + part)
    return payloads


def vp8_payloads(frame: bytes, picture_id: int) -> list[bytes]:
    """Descriptors with S in the first, and a picture id of 15 bits."""
    parts = [frame[n : n + MTU] for n in range(0, len(frame), MTU)]
    tail = struct.pack("!BH", 0x80, 0x8000 | picture_id)
    return [bytes((0x90 if n == 0 else 0x80,)) + tail + part for n, part in enumerate(parts)]


@dataclass(frozen=True)
class Publisher:
    """Packets of one publication in order of arrival; delays are from capture to arrival."""

    codec: str = "h264"
    seconds: int = 4
    sound_delay: float = 0.05
    picture_delay: float = 0.05
    sound_mid: str = "0"
    picture_mid: str = "1"
    reports: bool = True
    output: str = "out"
    sizes: tuple[tuple[int, int], ...] = ((320, 240),)  # one a second, then the last
    has_sound: bool = True
    has_picture: bool = True

    def messages(self) -> list[Message]:
        """Everything, by arrival."""
        found: list[Message] = []
        if self.has_sound:
            found += self._sounds()
        if self.has_picture:
            found += self._pictures()
        if self.reports:
            found += self._reports()
        return sorted(found, key=lambda message: getattr(message, "arrived_at"))  # noqa: B009

    def _sounds(self) -> Iterator[MediaPacket]:
        first = (1 << 32) - 4 * 48000  # it wraps in the fourth second
        for number, payload in enumerate(sounds(self.seconds)):
            arrived = START + timedelta(seconds=number * 0.02 + self.sound_delay)
            stamp = (first + number * 960) % (1 << 32)
            yield MediaPacket(
                output=self.output,
                mid=self.sound_mid,
                codec="opus",
                arrived_at=arrived,
                number=number + 100,
                ssrc=SSRC["audio"],
                timestamp=stamp,
                marker=False,
                payload=payload,
            )

    def frames(self) -> Iterator[bytes]:
        """The encoded pictures; a change of size is a new encoder, as in browsers."""
        for second in range(self.seconds):
            size = self.sizes[min(second, len(self.sizes) - 1)]
            yield from pictures(self.codec, self.seconds, *size)[second * RATE :][:RATE]

    def _pictures(self) -> Iterator[MediaPacket]:
        numbers = count(500)
        for index, frame in enumerate(self.frames()):
            arrived = START + timedelta(seconds=index / RATE + self.picture_delay)
            payloads = h264_payloads(frame) if self.codec == "h264" else vp8_payloads(frame, index)
            for place, payload in enumerate(payloads):
                yield MediaPacket(
                    output=self.output,
                    mid=self.picture_mid,
                    codec=self.codec,
                    arrived_at=arrived + timedelta(microseconds=place),
                    number=next(numbers),
                    ssrc=SSRC["video"],
                    timestamp=(77 + index * 90000 // RATE) % (1 << 32),
                    marker=place == len(payloads) - 1,
                    payload=payload,
                )

    def _reports(self) -> Iterator[SenderClock]:
        first = (1 << 32) - 4 * 48000
        for number in range(1, self.seconds * 2):
            at = number * 0.5
            arrived, ntp = START + timedelta(seconds=at + 0.05), NTP_AT_ZERO + int(at * (1 << 32))
            if self.has_sound:
                stamp = (first + int(at * 48000)) % (1 << 32)
                ssrc = SSRC["audio"]
                yield SenderClock(self.output, self.sound_mid, ssrc, arrived, ntp, stamp)
            if self.has_picture:
                ssrc, stamp = SSRC["video"], 77 + int(at * 90000)
                yield SenderClock(self.output, self.picture_mid, ssrc, arrived, ntp, stamp)


def without(messages: Iterable[Message], numbers: set[int]) -> list[Message]:
    """The same, but for the packets of these numbers."""
    return [m for m in messages if not (isinstance(m, MediaPacket) and m.number in numbers)]

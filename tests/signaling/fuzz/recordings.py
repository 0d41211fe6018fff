"""What a hostile publisher may send into a recording."""

import struct
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from signaling.outputs.packets import MediaPacket, SenderClock, decode, encode
from signaling.outputs.recorder import Limits, OpenPart, Over, Recorder
from tests.signaling.forwarding.h264_units import fragments, pps, slice_of, stap

HEAD: Final = struct.Struct("!BbIHB")  # flags, step of the number, timestamp, milliseconds, length
VIDEO, H264, MARKER, CLOCK, OTHER_SSRC = 1, 2, 4, 8, 16
LIMITS: Final = Limits(size=1 << 24, duration=timedelta(hours=1))
SECTIONS: Final = (("0", "audio"), ("1", "video"))
SPS: Final = bytes.fromhex("6742c01eda0280f684000003000400000300f03c58ba80")
KEY: Final = b"\x10\x50\x0f\x00\x9d\x01\x2a\x40\x01\xf0\x00" + bytes(20)


def recording(data: bytes) -> str:
    """A recording of these packets, through the bytes of the local socket."""
    recorder = Recorder(SECTIONS, LIMITS, timedelta())
    steps: list[object] = []
    now = timedelta()
    for message in _messages(data):
        again = decode(encode(message)[4:])
        assert again == message
        now = message.arrived_at
        if isinstance(message, SenderClock):
            recorder.clock(message)
        else:
            steps += recorder.packet(message)
            steps += recorder.tick(now)
    steps += recorder.tick(now + timedelta(seconds=4))
    steps += recorder.end("stopped")
    assert isinstance(steps[-1], Over)
    parts = [step.suffix for step in steps if isinstance(step, OpenPart)]
    kinds = [type(step).__name__ for step in steps]
    return f"{parts[:3]} {kinds[-6:]} {recorder.lost > 0} {recorder.dropped > 0}"


def _messages(data: bytes) -> Iterator[MediaPacket | SenderClock]:
    position, number, now = 0, {"0": 100, "1": 100}, timedelta(seconds=1)
    while position + HEAD.size <= len(data):
        flags, step, timestamp, later, length = HEAD.unpack_from(data, position)
        position += HEAD.size
        payload = data[position : position + length]
        position += length
        now += timedelta(milliseconds=later % 1000)
        mid = "1" if flags & VIDEO else "0"
        number[mid] += step
        ssrc = 7 if flags & OTHER_SSRC else 5
        codec = ("h264" if flags & H264 else "vp8") if flags & VIDEO else "opus"
        if flags & CLOCK:
            yield SenderClock("o", mid, ssrc, now, timestamp << 20, timestamp)
        else:
            yield MediaPacket(
                "o", mid, codec, now, number[mid], ssrc, timestamp, bool(flags & MARKER), payload
            )


def _packed(*packets: tuple[int, int, bytes]) -> bytes:
    return b"".join(
        HEAD.pack(flags, 1, timestamp, 20, len(payload)) + payload
        for flags, timestamp, payload in packets
    )


SOUND: Final = ((0, 960, b"\xfc\xff\xfe"), (0, 1920, b"\xfc\xff\xfe"), (CLOCK, 960, b""))
FRAMES: Final = (
    _packed(*SOUND, (VIDEO | MARKER, 90, KEY), (VIDEO | MARKER, 3090, b"\x10\x51" + bytes(30))),
    _packed(
        *SOUND,
        (VIDEO | H264, 90, stap([SPS, pps()])),
        *((VIDEO | H264, 90, part) for part in fragments(slice_of(5, 7))[:1]),
        (VIDEO | H264 | MARKER, 90, b"\x7c\x45" + bytes(30)),
        (VIDEO | H264 | MARKER, 3090, slice_of(1, 5)),
        (VIDEO | CLOCK, 90, b""),
    ),
    _packed(*SOUND, *((0, 960 * number, b"\xfc\xff\xfe") for number in range(3, 60))),
)
WORDS: Final = (
    _packed((0, 0xFFFFFFFF, b"\xff\x3f")),
    _packed((VIDEO | OTHER_SSRC | MARKER, 7, KEY)),
    _packed((VIDEO | CLOCK, 0x80000000, b"")),
    HEAD.pack(VIDEO | H264 | MARKER, -3, 6090, 999, 2) + b"\x65\x88",
)

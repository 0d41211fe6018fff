"""Transport-wide congestion feedback to a publisher (draft-holmer-rmcat-transport-wide-cc-01)."""

import struct
from datetime import timedelta
from typing import Final

from signaling.forwarding.rtcp import TRANSPORT_FEEDBACK, TRANSPORT_WIDE
from signaling.forwarding.rtcp_build import packet
from signaling.forwarding.sequence import Unwrapper

INTERVAL: Final = timedelta(milliseconds=80)  # libwebrtc sends one in 50 to 250 ms, mostly in 100
REFERENCE: Final = timedelta(milliseconds=64)  # unit of the reference time
DELTA: Final = timedelta(microseconds=250)  # unit of receive deltas
MOST_STATUSES: Final = 400  # keeps one feedback in one datagram
MOST_FEEDBACKS: Final = 8  # at once; only numbers that jump about at random need more
SYMBOLS_PER_CHUNK: Final = 7  # two-bit symbols in a status vector
REACH: Final = 256  # numbers; what is later than that stays lost: about half a second of media
CEILING: Final = 2_500_000  # bits per second: a picture of 720 lines
BOTTOM: Final = 100_000  # bits per second: sound, and a picture that tells that somebody is there
MANY_LOST: Final = 0.1  # these two as in libwebrtc's loss-based control
FEW_LOST: Final = 0.02
BACK_OFF: Final = 0.85  # of what arrives, so that a full queue empties
GROWTH: Final = 1.08  # a second
NOT_RECEIVED, SMALL, LARGE = 0, 1, 2


class ArrivalRecorder:
    """When the packets of one transport arrived, until they are fed back.

    A packet that comes after its feedback was told to be lost: the next feedback reaches back to
    it, so that reordering is no congestion to the sender (libwebrtc's receivers do the same).
    """

    def __init__(self, ssrc: int) -> None:
        self._ssrc = ssrc
        self._unwrapper = Unwrapper()
        self._arrivals: dict[int, timedelta] = {}
        self._told: dict[int, timedelta] = {}  # the last ones of earlier feedbacks
        self._next: int | None = None  # first number that no feedback has spoken of
        self._sent_at: timedelta | None = None
        self._count = 0

    def received(self, number: int, now: timedelta) -> None:
        """Note the transport-wide number (16 bits) of a packet."""
        extended = self._unwrapper.unwrap(number)
        if self._next is None:
            self._next = extended
        if extended >= self._next - REACH and extended not in self._told:
            self._arrivals.setdefault(extended, now)

    def due(self, media_ssrc: int, now: timedelta) -> list[bytes]:
        """The feedback packets to send now, each alone in its datagram."""
        if not self._arrivals or (self._sent_at is not None and now - self._sent_at < INTERVAL):
            return []
        self._sent_at = now
        packets: list[bytes] = []
        while self._arrivals and len(packets) < MOST_FEEDBACKS:
            packets.append(self._next_feedback(media_ssrc))
        self._arrivals.clear()
        oldest = (self._next or 0) - REACH
        self._told = {number: at for number, at in self._told.items() if number >= oldest}
        return packets

    def _next_feedback(self, media_ssrc: int) -> bytes:
        first = min(self._arrivals)
        beyond = first if self._next is None else self._next
        if 0 < first - beyond < MOST_STATUSES // 2:
            first = beyond  # the packets that did not come are part of the picture
        last = min(max(self._arrivals), first + MOST_STATUSES - 1)
        told = {n: at for n, at in self._told.items() if first <= n <= last}
        new = {n: self._arrivals.pop(n) for n in range(first, last + 1) if n in self._arrivals}
        self._told |= new
        known = told | new
        self._next = max(beyond, last + 1)
        self._count += 1
        times = [known.get(number) for number in range(first, last + 1)]
        return build_feedback(self._ssrc, media_ssrc, first, times, self._count - 1)


class Ceiling:
    """The REMB for a publisher without transport-wide numbers: how much it may send.

    It has no other word from us than its losses, so it may send what a picture needs as long as
    those are few, backs off to what arrives when they are many, and grows again by a share that a
    receiver of libwebrtc would allow.
    """

    def __init__(self) -> None:
        self._bitrate = float(CEILING)
        self._bytes = 0
        self._since: timedelta | None = None

    def arrived(self, size: int) -> None:
        """Count the bytes of a packet."""
        self._bytes += size

    def bitrate(self, fraction_lost: float, now: timedelta) -> int:
        """Bits per second for the report of now; the share lost since the last one, 0 to 1."""
        passed = (now - self._since).total_seconds() if self._since is not None else 0.0
        arriving = self._bytes * 8 / passed if passed > 0 else self._bitrate
        self._bytes, self._since = 0, now
        if fraction_lost > MANY_LOST:
            self._bitrate = min(self._bitrate, BACK_OFF * arriving)
        elif fraction_lost < FEW_LOST:
            self._bitrate *= GROWTH**passed
        self._bitrate = min(CEILING, max(BOTTOM, self._bitrate))
        return int(self._bitrate)


def build_feedback(
    ssrc: int, media_ssrc: int, first: int, times: list[timedelta | None], count: int
) -> bytes:
    """One feedback packet about consecutive numbers; None stands for a packet that did not come."""
    arrived = [time for time in times if time is not None]
    reference = min(arrived) // REFERENCE
    clock = reference * REFERENCE
    symbols: list[int] = []
    deltas = b""
    for time in times:
        if time is None:
            symbols.append(NOT_RECEIVED)
            continue
        delta = max(-0x8000, min(0x7FFF, (time - clock) // DELTA))
        clock += delta * DELTA
        small = 0 <= delta <= 0xFF  # noqa: PLR2004  one unsigned byte
        symbols.append(SMALL if small else LARGE)
        deltas += struct.pack("!B" if small else "!h", delta)
    head = struct.pack(
        "!IIHHI",
        ssrc,
        media_ssrc,
        first & 0xFFFF,
        len(times),
        (reference & 0xFFFFFF) << 8 | count & 0xFF,
    )
    body = head + _chunks(symbols) + deltas
    return packet(TRANSPORT_WIDE, TRANSPORT_FEEDBACK, body + bytes(-len(body) % 4))


def _chunks(symbols: list[int]) -> bytes:
    """Run-length chunks where a symbol repeats, two-bit status vectors elsewhere."""
    chunks = b""
    position = 0
    while position < len(symbols):
        run = _run(symbols, position)
        if run >= SYMBOLS_PER_CHUNK or position + run == len(symbols):
            chunks += struct.pack("!H", symbols[position] << 13 | run)
            position += run
            continue
        vector = symbols[position : position + SYMBOLS_PER_CHUNK]
        value = 0xC000
        for index, symbol in enumerate(vector):
            value |= symbol << (12 - 2 * index)
        chunks += struct.pack("!H", value)
        position += len(vector)
    return chunks


def _run(symbols: list[int], position: int) -> int:
    end = position
    while end < len(symbols) and symbols[end] == symbols[position]:
        end += 1
    return end - position

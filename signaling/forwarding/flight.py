"""What the last minute of a session looked like: headers of packets, and decisions; bounded.

A publisher's packet costs one append, however many viewers it has: the record of a viewer is the
record of the streams that it got, and its own events. No payload is kept but the first bytes of a
picture, which say whether it is a key frame and how large it is.
"""

import itertools
import struct
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple

SPAN: Final = timedelta(seconds=60)
SECONDS: Final = SPAN.total_seconds()
MOST_BYTES: Final = 1 << 20  # of one stream: 60 s of 720p at 260 packets a second
CHUNK: Final = 1 << 15  # bytes that are forgotten together
MOST_EVENTS: Final = 4096  # of one session: reports five times a second, and seconds of drowning
MOST_EVENT_BYTES: Final = 1 << 18  # of RTCP in them; nobody fills our memory with reports
MOST_TICKS: Final = 4096  # 80 s of them
CODEC_BYTES: Final = 16  # VP8's descriptor, frame tag, start code and size (RFC 7741 §4.2, §4.3)
NOTE: Final = struct.Struct("<dQIHBB")  # at, order, number, size, flags, bytes of head
MARKER, START, REPAIRED, DUPLICATE, PADDING = 1, 2, 4, 8, 16
_ORDER = itertools.count(1)  # everything that a worker took in, in the order in which it did


class PacketNote(NamedTuple):
    """One packet as it came; `head` is its header, and of pictures the codec's first bytes."""

    at: float  # seconds on the worker's clock
    order: int
    number: int  # at the source, gapless; 0: it has none
    size: int  # bytes of the whole packet
    flags: int
    head: bytes

    @property
    def sequence(self) -> int:
        """The sequence number (RFC 3550 §5.1)."""
        return int.from_bytes(self.head[2:4], "big")


class Event(NamedTuple):
    """Something that was heard, or decided; the facts are named by `what`."""

    at: float
    order: int
    what: str
    mid: str
    facts: dict[str, int | str]


class PacketLog:
    """The packets of one stream, packed."""

    def __init__(self) -> None:
        self._chunks: deque[tuple[float, bytearray]] = deque(maxlen=MOST_BYTES // CHUNK)
        self._chunk = bytearray()

    def add(self, data: bytes, head: int, number: int, flags: int, now: timedelta) -> None:
        """Note a packet, of which the first `head` bytes are kept."""
        kept = data[: min(head, 255)]
        at = now.total_seconds()
        self._chunk += NOTE.pack(at, next(_ORDER), number, len(data) & 0xFFFF, flags, len(kept))
        self._chunk += kept
        if len(self._chunk) >= CHUNK:
            self._chunks.append((at, self._chunk))
            self._chunk = bytearray()
            while self._chunks[0][0] < at - SECONDS:
                self._chunks.popleft()

    def packed(self, since: timedelta) -> bytes:
        """The notes since then, and some from before that; `unpacked` reads them."""
        moment = since.total_seconds()
        chunks = [chunk for until, chunk in self._chunks if until >= moment]
        return b"".join((*chunks, self._chunk))


def unpacked(packed: bytes) -> Iterator[PacketNote]:
    """The notes of a packed log, in the order in which they were made."""
    place = 0
    while place + NOTE.size <= len(packed):
        at, order, number, size, flags, head = NOTE.unpack_from(packed, place)
        place += NOTE.size
        yield PacketNote(at, order, number, size, flags, packed[place : place + head])
        place += head


class Events:
    """What happened in one session."""

    def __init__(self) -> None:
        self.draws: list[int] = []  # the random numbers that the session began with
        self._events: deque[Event] = deque()
        self._bytes = 0
        self._at = 0.0
        self.has_forgotten = False
        self.first = 0  # the place of the first event in the order of all notes

    def add(self, what: str, mid: str, now: timedelta | None = None, **facts: int | str) -> None:
        """Note an event; without a time it happened right after the one before."""
        if now is not None:
            self._at = now.total_seconds()
        self._keep(Event(self._at, next(_ORDER), what, mid, facts))

    def rtcp(self, data: bytes, now: timedelta) -> None:
        """Note what the other side reported, as it was."""
        self._bytes += len(data)
        self._at = now.total_seconds()
        self._keep(Event(self._at, next(_ORDER), "rtcp", "", {"data": data.hex()}))

    def probe(self, size: int, mid: str, now: timedelta) -> None:
        """Note a probe; one that goes on is one event."""
        last = self._events[-1] if self._events else None
        if last is not None and last.what == "probe" and last.mid == mid:
            last.facts["bytes"] = int(last.facts["bytes"]) + size
            last.facts["milliseconds"] = round((now.total_seconds() - last.at) * 1000)
        else:
            self.add("probe", mid, now, bytes=size, milliseconds=0)

    def since(self, moment: timedelta) -> list[Event]:
        """The events since then."""
        return [event for event in self._events if event.at >= moment.total_seconds()]

    def _keep(self, event: Event) -> None:
        self.first = self.first or event.order
        self._events.append(event)
        oldest = event.at - SECONDS
        while self._is_full() or self._events[0].at < oldest:
            gone = self._events.popleft()
            if gone.what == "rtcp":
                self._bytes -= len(str(gone.facts["data"])) // 2
            self.has_forgotten = True

    def _is_full(self) -> bool:
        return len(self._events) > MOST_EVENTS or self._bytes > MOST_EVENT_BYTES


class Ticks:
    """When time was let pass: a decision that waited for a tick was made there."""

    def __init__(self) -> None:
        self._ticks: deque[tuple[float, int]] = deque(maxlen=MOST_TICKS)

    def add(self, now: timedelta) -> None:
        """Note one."""
        self._ticks.append((now.total_seconds(), next(_ORDER)))

    def since(self, moment: timedelta) -> list[tuple[float, int]]:
        """Those since then, with their places in the order of all notes."""
        return [tick for tick in self._ticks if tick[0] >= moment.total_seconds()]

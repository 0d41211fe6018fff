"""From RTP payloads in order to whole frames; after a damaged one, none until a key frame."""

from datetime import timedelta
from typing import Final, NamedTuple, Protocol

from signaling.outputs.h264 import H264Frame
from signaling.outputs.reorder import Ordered
from signaling.outputs.vp8 import Vp8Frame

LARGEST: Final = 4 << 20  # bytes of one frame; a key frame of 1080p has some 300 kB


class Frame(NamedTuple):
    """One picture as its container wants it."""

    codec: str
    ssrc: int
    timestamp: int
    arrived_at: timedelta  # its first packet
    is_key: bool
    width: int  # of a key frame, else 0
    height: int
    data: bytes
    parameter_sets: tuple[bytes, ...] = ()  # SPS and PPS of an H.264 key frame


class Building(Protocol):
    """A frame that grows packet by packet."""

    is_key: bool

    def add(self, payload: bytes) -> bool:
        """Take the next payload; False when it does not continue this frame."""
        ...

    @property
    def size(self) -> int:
        """Bytes so far."""
        ...

    def finish(self) -> tuple[bytes, int, int, tuple[bytes, ...]] | None:
        """Data, width, height and parameter sets; None when it cannot be decoded."""
        ...


KINDS: Final[dict[str, type[Vp8Frame | H264Frame]]] = {"vp8": Vp8Frame, "h264": H264Frame}


class Assembler:
    """The frames of one stream. Starts with a key frame, and again after every damage."""

    def __init__(self) -> None:
        self.dropped = 0  # frames, whole or not
        self.needs_key = True
        self._building: Building | None = None
        self._first: Ordered | None = None
        self._skipped: int | None = None  # the timestamp of a frame that is being dropped

    def push(self, ordered: Ordered) -> list[Frame]:
        """The frames that this packet completes: its own, or one that had no marker."""
        packet, found = ordered.packet, []
        if ordered.after_gap:
            self._damage()
        if not packet.payload:
            return []
        if self._first is not None and packet.timestamp != self._first.packet.timestamp:
            found.append(self._finish())
        if self._building is None:
            self._begin(ordered)
        if self._building is not None:
            self._add(packet.payload)
        if packet.marker:
            found.append(self._finish())
        return [frame for frame in found if frame is not None]

    def _begin(self, ordered: Ordered) -> None:
        packet = ordered.packet
        kind = KINDS.get(packet.codec)
        if kind is None or not kind.begins(packet.payload):
            self._drop(packet.timestamp)
            return
        self._building, self._first = kind(), ordered

    def _add(self, payload: bytes) -> None:
        building = self._building
        if building is not None and not (building.add(payload) and building.size <= LARGEST):
            self._damage()

    def _damage(self) -> None:
        self.needs_key = True
        if self._first is not None:
            self._drop(self._first.packet.timestamp)
        self._building = self._first = None

    def _drop(self, timestamp: int) -> None:
        self.needs_key = True
        self.dropped += timestamp != self._skipped
        self._skipped = timestamp

    def _finish(self) -> Frame | None:
        building, first = self._building, self._first
        self._building = self._first = None
        if building is None or first is None:
            return None
        done = building.finish()
        if done is None or (self.needs_key and not building.is_key):
            self._drop(first.packet.timestamp)
            return None
        self.needs_key = False
        data, width, height, parameter_sets = done
        packet = first.packet
        where = packet.codec, packet.ssrc, packet.timestamp, packet.arrived_at
        return Frame(*where, building.is_key, width, height, data, parameter_sets)

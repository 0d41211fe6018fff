"""H.264 in RTP (RFC 6184): fragments and aggregates to the length-prefixed units of a file."""

import struct
from typing import Final

from signaling.forwarding import h264
from signaling.forwarding.h264 import FU_A, FU_START, IDR, PPS, SLICE, SPS, STAP_A, TYPE

DELIMITER, FILLER = 9, 12  # NAL unit types, ITU-T H.264 table 7-1
LAST_SINGLE: Final = 23  # types of units that are not packets of several (RFC 6184 §5.2)
FU_END: Final = 0x40
UNIT_LENGTH: Final = struct.Struct("!I")


class H264Frame:
    """One access unit that grows packet by packet."""

    def __init__(self) -> None:
        self.is_key = False
        self.size = 0
        self._units: list[bytes | bytearray] = []
        self._fragment: bytearray | None = None

    @staticmethod
    def begins(payload: bytes) -> bool:
        """Whether an access unit surely begins here, by its first unit or its first slice."""
        unit = next(h264.units(payload), b"")
        if not unit:
            return False
        kind = unit[0] & TYPE
        if kind in (SLICE, IDR):
            return len(unit) > 1 and bool(unit[1] & 0x80)  # first_mb_in_slice is 0
        return kind != FILLER

    def add(self, payload: bytes) -> bool:
        """Take the next payload; False when it does not continue this frame."""
        if not payload:
            return False
        kind = payload[0] & TYPE
        if kind == FU_A:
            return self._add_fragment(payload)
        if self._fragment is not None:
            return False
        if 0 < kind <= LAST_SINGLE:
            self._add_unit(payload)
            return True
        return kind == STAP_A and self._add_aggregate(payload)

    def _add_fragment(self, payload: bytes) -> bool:
        if len(payload) < 2:  # noqa: PLR2004  indicator and header (§5.8)
            return False
        if payload[1] & FU_START:
            if self._fragment is not None:
                return False
            self._fragment = bytearray((payload[0] & ~TYPE | payload[1] & TYPE,))
        if self._fragment is None:
            return False
        self._fragment += payload[2:]
        self.size += len(payload)
        if payload[1] & FU_END:
            unit, self._fragment = self._fragment, None
            self._add_unit(unit)
        return True

    def _add_aggregate(self, payload: bytes) -> bool:
        position = 1
        while position + 2 < len(payload):
            (length,) = struct.unpack_from("!H", payload, position)
            unit = payload[position + 2 : position + 2 + length]
            if not unit or len(unit) < length:
                return False
            self._add_unit(unit)
            position += 2 + length
        return position == len(payload)

    def _add_unit(self, unit: bytes | bytearray) -> None:
        kind = unit[0] & TYPE
        if kind in (DELIMITER, FILLER):  # neither belongs into a file (ISO/IEC 14496-15 §5.3.2)
            return
        self.is_key = self.is_key or kind == IDR
        self.size += len(unit)
        self._units.append(unit)

    def finish(self) -> tuple[bytes, int, int, tuple[bytes, ...]] | None:
        """Data, size and parameter sets of a key frame; None when it cannot be decoded."""
        if self._fragment is not None or not self._units:
            return None
        data = b"".join(UNIT_LENGTH.pack(len(unit)) + unit for unit in self._units)
        sets = tuple(bytes(unit) for unit in self._units if unit[0] & TYPE in (SPS, PPS))
        if not self.is_key:
            return data, 0, 0, ()
        if {unit[0] & TYPE for unit in sets} != {SPS, PPS}:
            return None  # the worker puts them before each IDR; without them nothing decodes
        size = h264.size_of(next(unit for unit in sets if unit[0] & TYPE == SPS))
        return None if size is None else (data, *size, sets)

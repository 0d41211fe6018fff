"""What an H.264 payload carries (RFC 6184): its NAL units, parameter sets, IDR and B slices."""

from collections.abc import Iterator
from typing import Final

from signaling.forwarding.bits import Bits, EndOfBits

SLICE, PARTITION_A, IDR, SPS, PPS = 1, 2, 5, 7, 8  # NAL unit types, ITU-T H.264 table 7-1
STAP_A, FU_A = 24, 28  # RFC 6184 §5.2
TYPE: Final = 0x1F
IMPORTANCE: Final = 0x60  # nal_ref_idc
FU_START: Final = 0x80
SLICE_HEAD: Final = 20  # bytes; three Exp-Golomb numbers of 32 bits fit
B_SLICE: Final = 1  # slice_type modulo 5, table 7-6

MOST_SPS, MOST_PPS = 4, 16  # real encoders use one of each; hostile ones must not fill memory
MOST_UNITS: Final = 24  # of an aggregate that are read: parameter sets, and the slices of a frame
MOST_BYTES: Final = 1000  # the aggregate has to fit in one datagram

HIGH_PROFILES: Final = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
CHROMA_444: Final = 3
CROP_UNITS: Final = ((1, 1), (2, 2), (2, 1), (1, 1))  # by ChromaArrayType, §7.4.2.1.1
LONGEST_CYCLE: Final = 255  # num_ref_frames_in_pic_order_cnt_cycle
LARGEST_SIDE: Final = 16384  # beyond level 6.2; keeps layouts sane


def kinds(payload: bytes) -> tuple[int, ...]:
    """The types of the NAL units that begin in this payload."""
    if not payload:
        return ()
    kind = payload[0] & TYPE
    if kind == STAP_A:
        return tuple(unit[0] & TYPE for unit in _aggregated(payload))
    if kind == FU_A:
        begins = len(payload) > 1 and payload[1] & FU_START
        return (payload[1] & TYPE,) if begins else ()
    return (kind,)


def units(payload: bytes) -> Iterator[bytes]:
    """The NAL units that begin in this payload; of a fragmented one what the fragment has.

    A unit that an aggregate announces longer than the payload is left out, with all behind it, and
    what is beyond `MOST_UNITS`. Neither makes the packet a bad one: it goes on to viewers as it
    came, so nothing is counted as thrown away; tiny slices of a still picture may be that many.
    """
    if not payload:
        return
    kind = payload[0] & TYPE
    if kind == STAP_A:
        yield from _aggregated(payload)
    elif kind == FU_A:
        if len(payload) > 1 and payload[1] & FU_START:
            yield bytes((payload[0] & ~TYPE | payload[1] & TYPE,)) + payload[2:]
    else:
        yield payload


def _aggregated(payload: bytes) -> Iterator[bytes]:
    position = 1
    for _ in range(MOST_UNITS):
        if position + 2 >= len(payload):
            return
        size = payload[position] << 8 | payload[position + 1]
        position += 2 + size
        if position > len(payload):
            return
        if size:
            yield payload[position - size : position]


def starts_idr(payload: bytes) -> bool:
    """Whether a slice of an IDR picture begins here (any of them, when it has several)."""
    return IDR in kinds(payload)


def has_b_slices(payload: bytes) -> bool:
    """Whether a B slice begins here; WebRTC has no decoding order of its own, so these freeze."""
    return any(
        unit[0] & TYPE in {SLICE, PARTITION_A, IDR} and _slice(unit)[1] % 5 == B_SLICE
        for unit in units(payload)
    )


def _slice(unit: bytes) -> tuple[int, int, int]:
    """A slice's first_mb_in_slice, slice_type and pic_parameter_set_id (H.264 §7.3.3).

    All of them are -1 when it is cut.
    """
    bits = Bits(unit[1:SLICE_HEAD])
    try:
        return bits.unsigned(), bits.unsigned(), bits.unsigned()
    except EndOfBits:
        return -1, -1, -1


class ParameterSets:
    """The newest parameter sets of one stream, for pictures that come without them.

    A source may send its SPS and PPS once; whoever joins later can decode nothing. Fragmented
    sets (FU-A) are not kept: no encoder's are that long.
    """

    def __init__(self) -> None:
        self._sps: dict[int, bytes] = {}  # by id, the oldest first
        self._pps: dict[int, tuple[int, bytes]] = {}  # by id: the id of its SPS, the unit

    def seen(self, payload: bytes) -> None:
        """Remember the sets that this payload carries; call it for every packet, in order."""
        if not payload or payload[0] & TYPE not in {SPS, PPS, STAP_A}:
            return
        for unit in units(payload):
            kind = unit[0] & TYPE
            if kind == SPS:
                self._keep_sps(unit)
            elif kind == PPS:
                self._keep_pps(unit)

    def _keep_sps(self, unit: bytes) -> None:
        try:
            number = Bits(unit[4:SLICE_HEAD]).unsigned()  # behind profile, constraints, level
        except EndOfBits:
            return
        self._sps.pop(number, None)
        self._sps[number] = unit
        if len(self._sps) > MOST_SPS:
            del self._sps[next(iter(self._sps))]
        self._shrink()

    def _keep_pps(self, unit: bytes) -> None:
        bits = Bits(unit[1:SLICE_HEAD])
        try:
            number, sps = bits.unsigned(), bits.unsigned()
        except EndOfBits:
            return
        self._pps.pop(number, None)
        self._pps[number] = sps, unit
        if len(self._pps) > MOST_PPS:
            del self._pps[next(iter(self._pps))]
        self._shrink()

    def _shrink(self) -> None:
        """Forget the oldest, picture sets first, until the rest fits in one datagram."""
        while self.size > MOST_BYTES:
            oldest: dict[int, bytes] | dict[int, tuple[int, bytes]] = (
                self._pps if len(self._pps) > 1 or not self._sps else self._sps
            )
            del oldest[next(iter(oldest))]

    @property
    def size(self) -> int:
        """Bytes of an aggregate of everything that is remembered."""
        listed = [*self._sps.values(), *(unit for _, unit in self._pps.values())]
        return 1 + sum(2 + len(unit) for unit in listed)

    def insertion(self, payload: bytes, *, has_sets_in_frame: bool) -> bytes | None:
        """The payload (STAP-A of SPS and PPS) that has to go out before this one, in its frame.

        That is when an IDR picture begins here, its access unit has had no sets yet (the caller
        knows), this payload brings no SPS itself, and the sets that the slice names are known.
        A later slice of the picture may have overtaken the first: nothing can begin with it.
        """
        if has_sets_in_frame:
            return None
        carried = kinds(payload)
        if IDR not in carried or SPS in carried:
            return None
        slices = (unit for unit in units(payload) if unit[0] & TYPE == IDR)
        first, _, picture = _slice(next(slices))
        named = self._pps.get(picture)
        if first != 0 or named is None or named[0] not in self._sps:
            return None
        number = named[0]
        sets = [self._sps[number], *(unit for sps, unit in self._pps.values() if sps == number)]
        importance = max(unit[0] & IMPORTANCE for unit in sets)
        parts = (len(unit).to_bytes(2, "big") + unit for unit in sets)
        return bytes((importance | STAP_A,)) + b"".join(parts)


def size_of(sps: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, cropped, that an SPS names; None when it is no sound SPS."""
    if not sps or sps[0] & TYPE != SPS:
        return None
    try:
        width, height = _picture(Bits(sps[1:]))
    except EndOfBits:
        return None
    sound = 0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE
    return (width, height) if sound else None


def _picture(bits: Bits) -> tuple[int, int]:
    """The numbers of seq_parameter_set_data as far as the cropping (H.264 §7.3.2.1.1)."""
    profile = bits.bits(8)
    bits.bits(16)  # constraints and level
    bits.unsigned()  # seq_parameter_set_id
    chroma = _chroma(bits) if profile in HIGH_PROFILES else 1
    bits.unsigned()  # log2_max_frame_num_minus4
    _skip_order_count(bits)
    bits.unsigned()  # max_num_ref_frames
    bits.flag()  # gaps_in_frame_num_value_allowed_flag
    width = 16 * (bits.unsigned() + 1)
    units_high = bits.unsigned() + 1
    fields = 1 if bits.flag() else 2  # frame_mbs_only_flag
    if fields == 2:  # noqa: PLR2004  interlaced
        bits.flag()  # mb_adaptive_frame_field_flag
    height = 16 * units_high * fields
    bits.flag()  # direct_8x8_inference_flag
    if bits.flag():  # frame_cropping_flag
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        across, down = CROP_UNITS[chroma]
        width -= across * (left + right)
        height -= down * fields * (top + bottom)
    return width, height


def _chroma(bits: Bits) -> int:
    """ChromaArrayType; skips bit depths and scaling matrices."""
    chroma = bits.unsigned()
    if chroma > CHROMA_444:
        raise EndOfBits
    separate = chroma == CHROMA_444 and bits.flag()
    bits.unsigned()  # bit_depth_luma_minus8
    bits.unsigned()
    bits.flag()  # qpprime_y_zero_transform_bypass_flag
    if bits.flag():  # seq_scaling_matrix_present_flag
        for index in range(12 if chroma == CHROMA_444 else 8):
            if bits.flag():
                _skip_scaling_list(bits, 16 if index < 6 else 64)  # noqa: PLR2004  4x4 lists
    return 0 if separate else chroma


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_order_count(bits: Bits) -> None:
    kind = bits.unsigned()  # pic_order_cnt_type
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.flag()
        bits.signed()
        bits.signed()
        cycle = bits.unsigned()
        if cycle > LONGEST_CYCLE:
            raise EndOfBits
        for _ in range(cycle):
            bits.signed()

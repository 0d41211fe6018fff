"""WebM (RFC 9559, RFC 8794) with VP8 and Opus: a cluster at a time, each complete when written."""

import struct
from collections.abc import Iterator
from typing import Final

from typing_extensions import override

from signaling.outputs.opus import RATE
from signaling.outputs.samples import Container, Format, Patch, Picture, Sample
from signaling.outputs.timeline import PICTURE_RATE

PICTURE_TRACK, SOUND_TRACK = 1, 2
EBML, SEGMENT, SEEK_HEAD, SEEK, SEEK_ID, SEEK_POSITION = (
    *(0x1A45DFA3, 0x18538067),
    *(0x114D9B74, 0x4DBB, 0x53AB, 0x53AC),
)
INFO, TIMESTAMP_SCALE, DURATION, MUXING_APP, WRITING_APP = (
    *(0x1549A966, 0x2AD7B1, 0x4489),
    *(0x4D80, 0x5741),
)
TRACKS, TRACK_ENTRY, CLUSTER, TIMESTAMP, SIMPLE_BLOCK = (
    *(0x1654AE6B, 0xAE),
    *(0x1F43B675, 0xE7, 0xA3),
)
CUES, CUE_POINT, CUE_TIME, CUE_TRACK_POSITIONS, CUE_TRACK, CUE_CLUSTER = (
    *(0x1C53BB6B, 0xBB),
    *(0xB3, 0xB7, 0xF7, 0xF1),
)
VOID: Final = 0xEC
UNKNOWN_SIZE: Final = b"\x01\xff\xff\xff\xff\xff\xff\xff"  # of the segment while it grows
KEY: Final = 0x80  # SimpleBlock flag (RFC 9559 §10.2)
MILLISECOND: Final = 1_000_000  # nanoseconds: the unit of every timestamp in the file
ROLL: Final = 80_000_000  # nanoseconds of Opus to decode before a seek target (RFC 7845 §4.6)
SEEK_SPACE: Final = 40  # bytes kept for a SeekHead with one entry
OPUS_HEAD: Final = struct.pack("<8sBBHIhB", b"OpusHead", 1, 2, 0, RATE, 0, 0)  # RFC 7845 §5.1
LONGEST: Final = 30_000  # milliseconds of a cluster; blocks count them in 16 bits, signed
NAME: Final = b"Daigang"
_Block = tuple[int, int, Sample]  # millisecond, track


class WebM(Container):
    """One segment; its size, its duration and its cues come when it ends."""

    def __init__(self, file_format: Format) -> None:
        self._format = file_format
        self._written = 0
        self._data_at = 0  # where the segment's data begins
        self._duration_at = 0
        self._end = 0  # milliseconds
        self._cues: list[tuple[int, int]] = []  # millisecond, offset of the cluster

    @override
    def header(self) -> bytes:
        head = file_type() + identifier(SEGMENT) + UNKNOWN_SIZE
        self._data_at = len(head)
        about = entry(TIMESTAMP_SCALE, MILLISECOND) + entry(MUXING_APP, NAME)
        about += entry(WRITING_APP, NAME)
        info = element(INFO, about, void(11))  # a place for the duration
        self._duration_at = self._data_at + SEEK_SPACE + len(info) - 11
        data = head + void(SEEK_SPACE) + info + element(TRACKS, *self._tracks())
        self._written = len(data)
        return data

    def _tracks(self) -> list[bytes]:
        tracks = []
        if self._format.picture is not None:
            tracks.append(_picture_entry(self._format.picture))
        if self._format.has_sound:
            tracks.append(_sound_entry())
        return tracks

    @override
    def fragment(self, sound: list[Sample], pictures: list[Sample]) -> bytes:
        blocks = [(s.position * 1000 // PICTURE_RATE, PICTURE_TRACK, s) for s in pictures]
        blocks += [(s.position * 1000 // RATE, SOUND_TRACK, s) for s in sound]
        blocks.sort(key=lambda block: block[0])
        self._note_end(sound, pictures)
        return b"".join(self._cluster(part) for part in _short_enough(blocks))

    def _cluster(self, blocks: list[_Block]) -> bytes:
        start = blocks[0][0]
        tracks = {track for _, track, sample in blocks if sample.is_key}
        if self._seeking in tracks:
            self._cues.append((start, self._written - self._data_at))
        data = element(
            CLUSTER,
            entry(TIMESTAMP, start),
            *(_block(at - start, track, sample) for at, track, sample in blocks),
        )
        self._written += len(data)
        return data

    @property
    def _seeking(self) -> int:
        """The track whose key frames one seeks to."""
        return SOUND_TRACK if self._format.picture is None else PICTURE_TRACK

    def _note_end(self, sound: list[Sample], pictures: list[Sample]) -> None:
        for samples, rate in ((sound, RATE), (pictures, PICTURE_RATE)):
            if samples:
                end = (samples[-1].position + samples[-1].duration) * 1000 // rate
                self._end = max(self._end, end)

    @override
    def finish(self) -> tuple[bytes, list[Patch]]:
        track = self._seeking
        points = [
            element(
                CUE_POINT,
                entry(CUE_TIME, at),
                element(CUE_TRACK_POSITIONS, entry(CUE_TRACK, track), entry(CUE_CLUSTER, offset)),
            )
            for at, offset in self._cues
        ]
        cues, cues_at = element(CUES, *points), self._written - self._data_at
        where = entry(SEEK_ID, identifier(CUES)), entry(SEEK_POSITION, cues_at)
        seek_head = element(SEEK_HEAD, element(SEEK, *where))
        size = cues_at + len(cues)
        return cues, [
            Patch(self._data_at - 8, struct.pack("!Q", 1 << 56 | size)),
            Patch(self._data_at, seek_head + void(SEEK_SPACE - len(seek_head))),
            Patch(self._duration_at, entry(DURATION, double(self._end))),
        ]


def file_type() -> bytes:
    """The EBML header: WebM that a reader of version 2 understands."""
    versions = entry(0x4286, 1) + entry(0x42F7, 1) + entry(0x42F2, 4) + entry(0x42F3, 8)
    return element(EBML, versions, entry(0x4282, b"webm"), entry(0x4287, 4), entry(0x4285, 2))


def _short_enough(blocks: list[_Block]) -> Iterator[list[_Block]]:
    """The same in runs whose times fit into a block's 16 bits; usually one."""
    part: list[_Block] = []
    for block in blocks:
        if part and block[0] - part[0][0] > LONGEST:
            yield part
            part = []
        part.append(block)
    if part:
        yield part


def _block(relative: int, track: int, sample: Sample) -> bytes:
    head = struct.pack("!BhB", 0x80 | track, relative, KEY if sample.is_key else 0)
    return element(SIMPLE_BLOCK, head, sample.data)


def _picture_entry(picture: Picture) -> bytes:
    size = element(0xE0, entry(0xB0, picture.width), entry(0xBA, picture.height))
    return element(
        TRACK_ENTRY,
        *(entry(0xD7, PICTURE_TRACK), entry(0x73C5, PICTURE_TRACK), entry(0x83, 1)),
        *(entry(0x9C, 0), entry(0x86, b"V_VP8"), size),
    )


def _sound_entry() -> bytes:
    sound = element(0xE1, entry(0xB5, double(RATE)), entry(0x9F, 2))
    return element(
        TRACK_ENTRY,
        *(entry(0xD7, SOUND_TRACK), entry(0x73C5, SOUND_TRACK), entry(0x83, 2)),
        *(entry(0x9C, 0), entry(0x86, b"A_OPUS"), entry(0x63A2, OPUS_HEAD)),
        *(entry(0x56AA, 0), entry(0x56BB, ROLL), sound),
    )


def identifier(number: int) -> bytes:
    """An element ID, which carries its own length (RFC 8794 §5)."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def element(number: int, *parts: bytes) -> bytes:
    """One element; its size takes four bytes, enough for 256 MB."""
    body = b"".join(parts)
    return identifier(number) + struct.pack("!I", 1 << 28 | len(body)) + body


def entry(number: int, value: int | bytes) -> bytes:
    """A small element: an unsigned integer, or bytes; its size takes one byte."""
    body = value
    if isinstance(body, int):
        body = body.to_bytes(max(1, (body.bit_length() + 7) // 8), "big")
    return identifier(number) + bytes((0x80 | len(body),)) + body


def double(value: float) -> bytes:
    """A floating-point number, for an entry."""
    return struct.pack("!d", value)


def void(size: int) -> bytes:
    """Nothing, for so many bytes."""
    return bytes((VOID, 0x80 | size - 2)) + bytes(size - 2)

"""Fragmented MP4 (ISO/IEC 14496-12) with H.264 (14496-15) and Opus (Opus in ISO BMFF 0.6.8).

The picture is `avc3`: parameter sets stay in the samples, because a browser changes its size, and
with it its SPS, whenever bandwidth does.
"""

import struct
from itertools import pairwise
from typing import Final

from typing_extensions import override

from signaling.outputs.boxes import (
    audio_track,
    box,
    duration_of,
    file_type,
    full_box,
    movie_extends,
    movie_header,
    video_track,
)
from signaling.outputs.opus import RATE
from signaling.outputs.samples import Container, Format, Patch, Sample
from signaling.outputs.timeline import PICTURE_RATE

PICTURE_TRACK, SOUND_TRACK = 1, 2
BASE_IS_MOOF: Final = 0x020000  # tfhd flags (§8.8.7)
EACH_HAS: Final = 0x000001 | 0x000100 | 0x000200 | 0x000400  # trun: offset, duration, size, flags
KEY: Final = 0x02000000  # depends on no other sample (§8.8.3.1)
NO_KEY: Final = 0x01010000  # depends on others and is no sync sample
SAMPLE: Final = struct.Struct("!III")
MILLISECONDS: Final = 1000


class Fmp4(Container):
    """One movie, a `moof` and its `mdat` at a time."""

    def __init__(self, file_format: Format) -> None:
        self._format = file_format
        self._written = 0
        self._sequence = 0
        self._ends = {PICTURE_TRACK: 0, SOUND_TRACK: 0}
        self._keys: list[tuple[int, int, int]] = []  # position, offset of its moof, sample number
        self._durations: list[tuple[int, int | None]] = []  # offset, track or None for the movie

    @override
    def header(self) -> bytes:
        data = file_type()
        parts = [movie_header()]
        tracks = []
        if self._format.picture is not None:
            parts.append(video_track(PICTURE_TRACK, self._format.picture, PICTURE_RATE))
            tracks.append(PICTURE_TRACK)
        if self._format.has_sound:
            parts.append(audio_track(SOUND_TRACK, RATE))
            tracks.append(SOUND_TRACK)
        parts.append(movie_extends(tracks))
        self._durations = duration_of(parts, tracks, len(data) + 8)
        data += box(b"moov", *parts)
        self._written = len(data)
        return data

    @override
    def fragment(self, sound: list[Sample], pictures: list[Sample]) -> bytes:
        self._sequence += 1
        tracks = [(PICTURE_TRACK, pictures), (SOUND_TRACK, sound)]
        tracks = [(track, samples) for track, samples in tracks if samples]
        for track, samples in tracks:
            self._ends[track] = samples[-1].position + samples[-1].duration
        self._keys.extend(
            (sample.position, self._written, number)
            for number, sample in enumerate(pictures, 1)
            if sample.is_key
        )
        first = len(self._moof(tracks, 0)) + 8  # the header of mdat
        media = box(b"mdat", *(sample.data for _, samples in tracks for sample in samples))
        data = self._moof(tracks, first) + media
        self._written += len(data)
        return data

    def _moof(self, tracks: list[tuple[int, list[Sample]]], offset: int) -> bytes:
        parts = [full_box(b"mfhd", 0, 0, struct.pack("!I", self._sequence))]
        for track, samples in tracks:
            parts.append(_track_fragment(track, samples, offset))
            offset += sum(len(sample.data) for sample in samples)
        return box(b"moof", *parts)

    @override
    def finish(self) -> tuple[bytes, list[Patch]]:
        picture = self._ends[PICTURE_TRACK] * MILLISECONDS // PICTURE_RATE
        sound = self._ends[SOUND_TRACK] * MILLISECONDS // RATE
        known = {PICTURE_TRACK: picture, SOUND_TRACK: sound, None: max(picture, sound)}
        patches = [Patch(at, struct.pack("!Q", known[track])) for at, track in self._durations]
        return self._random_access(), patches

    def _random_access(self) -> bytes:
        """Where the key frames are (§8.8.9), at the end of the file."""
        entries = b"".join(
            struct.pack("!QQBBI", position, moof, 1, 1, number)
            for position, moof, number in self._keys
        )
        counts = struct.pack("!III", PICTURE_TRACK, 0b000011, len(self._keys))  # numbers: 4 bytes
        table = full_box(b"tfra", 1, 0, counts + entries)
        size = 8 + len(table) + 16
        return box(b"mfra", table, full_box(b"mfro", 0, 0, struct.pack("!I", size)))


def _track_fragment(track: int, samples: list[Sample], offset: int) -> bytes:
    rows = b"".join(
        SAMPLE.pack(duration, len(sample.data), KEY if sample.is_key else NO_KEY)
        for sample, duration in zip(samples, _durations(samples), strict=True)
    )
    return box(
        b"traf",
        full_box(b"tfhd", 0, BASE_IS_MOOF, struct.pack("!I", track)),
        full_box(b"tfdt", 1, 0, struct.pack("!Q", samples[0].position)),
        full_box(b"trun", 0, EACH_HAS, struct.pack("!Ii", len(samples), offset) + rows),
    )


def _durations(samples: list[Sample]) -> list[int]:
    """Decode times are sums of durations (§8.8.12): each lasts until the next begins."""
    until_next = [later.position - sample.position for sample, later in pairwise(samples)]
    return [*until_next, samples[-1].duration]

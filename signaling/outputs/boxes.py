"""The boxes at the head of an MP4 file (ISO/IEC 14496-12), where nothing is known of its length."""

import struct
from typing import Final

from signaling.outputs.samples import Picture

MATRIX: Final = struct.pack("!9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)  # no turning
MOVIE_SCALE: Final = 1000  # milliseconds
ENABLED: Final = 0x000003  # tkhd: enabled, in the movie
SELF_CONTAINED: Final = 0x000001  # the data is in this file
LANGUAGE: Final = 0x55C4  # "und"
RESOLUTION: Final = 0x00480000  # 72 dpi
SPS, PPS = 7, 8
HIGH_PROFILES: Final = {100, 110, 122, 144}  # avcC says more of these (14496-15 §5.3.3.1.2)


def box(kind: bytes, *parts: bytes) -> bytes:
    """One box."""
    body = b"".join(parts)
    return struct.pack("!I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """One box with version and flags."""
    return box(kind, struct.pack("!I", version << 24 | flags), *parts)


def file_type() -> bytes:
    """What a reader must understand."""
    return box(b"ftyp", b"iso6", struct.pack("!I", 0), b"iso6", b"mp41", b"opus")


def movie_header() -> bytes:
    """`mvhd`, with a place for the duration."""
    times = struct.pack("!QQIQ", 0, 0, MOVIE_SCALE, 0)
    rate = struct.pack("!IHHQ", 0x10000, 0x100, 0, 0)
    return full_box(b"mvhd", 1, 0, times, rate, MATRIX, bytes(24), struct.pack("!I", 3))


def video_track(number: int, picture: Picture, scale: int) -> bytes:
    """A track of H.264 with its parameter sets in the samples."""
    head = struct.pack("!6xH16xHHII", 1, picture.width, picture.height, RESOLUTION, RESOLUTION)
    entry = box(
        b"avc3",
        head + struct.pack("!IH32sHh", 0, 1, b"", 0x18, -1),  # one frame a sample, 24 bits deep
        box(b"avcC", decoder_configuration(picture.parameter_sets)),
    )
    header = full_box(b"vmhd", 0, 1, bytes(8))
    size = struct.pack("!II", picture.width << 16, picture.height << 16)
    return _track(number, scale, b"vide", header, entry, size, volume=0)


def audio_track(number: int, scale: int) -> bytes:
    """A track of Opus: stereo, as WebRTC declares it always (RFC 7587 §7)."""
    head = struct.pack("!6xH8xHHII", 1, 2, 16, 0, scale << 16)
    specific = struct.pack("!BBHIhB", 0, 2, 0, scale, 0, 0)  # nothing to skip: it starts midway
    entry = box(b"Opus", head, box(b"dOps", specific))
    return _track(number, scale, b"soun", full_box(b"smhd", 0, 0, bytes(4)), entry, bytes(8))


def decoder_configuration(parameter_sets: tuple[bytes, ...]) -> bytes:
    """AVCDecoderConfigurationRecord (14496-15 §5.3.3.1)."""
    by_kind = [[one for one in parameter_sets if one[0] & 0x1F == kind] for kind in (SPS, PPS)]
    first = by_kind[0][0]
    record = bytes((1, first[1], first[2], first[3], 0xFC | 3, 0xE0 | len(by_kind[0])))
    record += b"".join(struct.pack("!H", len(one)) + one for one in by_kind[0])
    record += bytes((len(by_kind[1]),))
    record += b"".join(struct.pack("!H", len(one)) + one for one in by_kind[1])
    if first[1] in HIGH_PROFILES:
        record += bytes((0xFC | 1, 0xF8, 0xF8, 0))  # 4:2:0, 8 bits: all that browsers send
    return record


def movie_extends(tracks: list[int]) -> bytes:
    """`mvex`: everything is in fragments; with a place for the duration."""
    defaults = [
        full_box(b"trex", 0, 0, struct.pack("!IIIII", track, 1, 0, 0, 0)) for track in tracks
    ]
    return box(b"mvex", full_box(b"mehd", 1, 0, bytes(8)), *defaults)


def duration_of(parts: list[bytes], tracks: list[int], start: int) -> list[tuple[int, int | None]]:
    """Where in the file the durations stand, of the movie (None) and of each track.

    `parts` are the boxes inside `moov`, the first of them at `start`.
    """
    found: list[tuple[int, int | None]] = []
    for number, part in enumerate(parts):
        if number == 0:
            found.append((start + 32, None))  # mvhd: header 12, two times 16, scale 4
        elif number <= len(tracks):
            found.append((start + 8 + 36, tracks[number - 1]))  # trak 8, tkhd 12 + 16 + 8
        else:
            found.append((start + 8 + 12, None))  # mvex 8, mehd 12
        start += len(part)
    return found


def _track(  # noqa: PLR0917  the fields of one box
    number: int,
    scale: int,
    handler: bytes,
    media_header: bytes,
    entry: bytes,
    size: bytes,
    volume: int = 0x0100,
) -> bytes:
    times = struct.pack("!QQIIQ8x", 0, 0, number, 0, 0)
    track = times + struct.pack("!hhHH", 0, 0, volume, 0) + MATRIX + size
    reference = full_box(b"dref", 0, 0, struct.pack("!I", 1), full_box(b"url ", 0, SELF_CONTAINED))
    empty = [full_box(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc", b"stco")]
    table = [
        full_box(b"stsd", 0, 0, struct.pack("!I", 1), entry),
        *empty,
        full_box(b"stsz", 0, 0, bytes(8)),
    ]
    media = box(
        b"mdia",
        full_box(b"mdhd", 1, 0, struct.pack("!QQIQHH", 0, 0, scale, 0, LANGUAGE, 0)),
        full_box(b"hdlr", 0, 0, struct.pack("!I4s12x", 0, handler), b"Daigang\0"),
        box(b"minf", media_header, box(b"dinf", reference), box(b"stbl", *table)),
    )
    return box(b"trak", full_box(b"tkhd", 1, ENABLED, track), media)

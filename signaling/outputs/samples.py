"""What a container is made of: a format, samples of sound and picture, and bytes at the end."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol


class Sample(NamedTuple):
    """One packet of sound, or one picture."""

    position: int  # since the start of the file: samples (sound), 1/90000 s (picture)
    duration: int  # in the same
    is_key: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture track, as its first key frame has it; later ones may differ in size."""

    codec: str  # "vp8", "h264"
    width: int
    height: int
    parameter_sets: tuple[bytes, ...] = ()  # H.264: SPS and PPS


@dataclass(frozen=True, slots=True)
class Format:
    """What tracks a file has."""

    picture: Picture | None
    has_sound: bool

    @property
    def suffix(self) -> str:
        """The file's suffix: MP4 for H.264, else WebM."""
        return ".mp4" if self.picture is not None and self.picture.codec == "h264" else ".webm"


class Patch(NamedTuple):
    """Bytes that replace others of the same length once the end is known."""

    offset: int
    data: bytes


class Container(Protocol):
    """One kind of file. It is playable after the header and after every fragment."""

    def header(self) -> bytes:
        """The first bytes."""
        ...

    def fragment(self, sound: list[Sample], pictures: list[Sample]) -> bytes:
        """The next bytes: these samples, ascending, after all that were written before."""
        ...

    def finish(self) -> tuple[bytes, list[Patch]]:
        """The last bytes and what to change in the first: how long it is, where to seek."""
        ...

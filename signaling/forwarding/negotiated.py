"""What both sides of one session agreed on, as the forwarding core needs to know it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a section carries."""

    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Codec:
    """One codec of a section; the clock rate is in Hz."""

    payload_type: int
    name: str
    clock_rate: int
    rtx_payload_type: int | None = None
    format_parameters: str = ""
    feedback: tuple[str, ...] = ()

    @property
    def format(self) -> dict[str, str]:
        """The format parameters as names in lower case and values (RFC 8866 §6.15)."""
        pairs = (item.partition("=") for item in self.format_parameters.split(";"))
        return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


@dataclass(frozen=True, slots=True)
class Extension:
    """One header extension and its number on this session's wire (RFC 8285)."""

    uri: str
    id: int


@dataclass(frozen=True, slots=True)
class InboundSection:
    """One section of a publication."""

    mid: str
    kind: Kind
    codecs: tuple[Codec, ...]
    extensions: tuple[Extension, ...] = ()
    ssrcs: tuple[int, ...] = ()
    rtx_ssrcs: tuple[tuple[int, int], ...] = ()  # (media, rtx)
    rids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutboundSection:
    """One section of a subscription."""

    mid: str
    kind: Kind
    codecs: tuple[Codec, ...]
    ssrc: int
    rtx_ssrc: int | None
    cname: str
    extensions: tuple[Extension, ...] = ()


def same_format(source: Codec, target: Codec) -> bool:
    """Whether a viewer's codec can be fed with the source's packets unchanged.

    H.264 matches by packetization mode and profile, never by the whole level string.
    """
    if source.name.lower() != target.name.lower():
        return False
    if source.name.lower() != "h264":
        return True
    ours, theirs = source.format, target.format
    modes = ours.get("packetization-mode", "0"), theirs.get("packetization-mode", "0")
    return modes[0] == modes[1] and _profile(ours) == _profile(theirs)


def _profile(parameters: dict[str, str]) -> str:
    """The profile byte and the constraint bits that tell profiles apart (RFC 6184 §8.1)."""
    text = parameters.get("profile-level-id", "42001f").lower()
    baseline = text.startswith("42")  # Constrained Baseline is decodable by every Baseline decoder
    return "42" if baseline else text[:4]

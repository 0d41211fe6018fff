"""Which of the offered codecs we speak, and how we answer each."""

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import lru_cache

from signaling.sdp.policy import Media
from signaling.sdp.values import Codec

_MOST_REMEMBERED = 64  # lists of codecs: some kinds of browsers, a few kinds of sections each
_OPUS_RATE = 48_000  # RFC 7587 §4.1: always
_OPUS_CHANNELS = 2
_VIDEO_RATE = 90_000
_SET_0, _SET_1, _SETS_4_5 = 0x80, 0x40, 0x0C  # constraint_set flags (H.264 §7.4.2.1.1)
_TAKEN_BY_RTCP = range(64, 96)  # RFC 5761 §4: with the marker they read as RTCP
_PROFILE_LEVEL_ID = re.compile(r"[0-9A-Fa-f]{6}")


class H264Profile(IntEnum):
    """Profiles (RFC 6184 table 5) in the order in which we prefer to receive them."""

    CONSTRAINED_BASELINE = 0
    BASELINE = 1
    MAIN = 2
    CONSTRAINED_HIGH = 3
    HIGH = 4


@dataclass(frozen=True, slots=True)
class AgreedCodec:
    """One codec as the answer states it, and the payload type of its retransmissions."""

    codec: Codec
    rtx_payload_type: int | None = None


@lru_cache(_MOST_REMEMBERED)
def agree(
    offered: tuple[Codec, ...], media: Media, *, one_profile: bool
) -> tuple[AgreedCodec, ...]:
    """The offered codecs that we speak, in the order of the offer; none if there is none."""
    common = [codec for codec in offered if _is_spoken(codec, media)]
    if one_profile:
        common = _with_one_profile(common)
    retransmissions = _retransmissions(offered)
    return tuple(
        AgreedCodec(_answered(codec, media), retransmissions.get(codec.payload_type))
        for codec in common
    )


def h264_profile(codec: Codec) -> H264Profile | None:
    """The profile of an H.264 payload type; None if it is malformed or none of ours.

    The level does not matter to a forwarder, and unknown ones are not looked at.
    """
    text = codec.parameter("profile-level-id")
    if text is None:
        return H264Profile.BASELINE  # RFC 6184 §8.1: the default is 42000A
    if not _PROFILE_LEVEL_ID.fullmatch(text):
        return None
    constraints = int(text[2:4], 16)
    match int(text[:2], 16):
        case 0x42:
            is_constrained = bool(constraints & _SET_1)
            return H264Profile.CONSTRAINED_BASELINE if is_constrained else H264Profile.BASELINE
        case 0x4D:
            is_baseline = bool(constraints & _SET_0)
            return H264Profile.CONSTRAINED_BASELINE if is_baseline else H264Profile.MAIN
        case 0x64:
            is_constrained = constraints & _SETS_4_5 == _SETS_4_5
            return H264Profile.CONSTRAINED_HIGH if is_constrained else H264Profile.HIGH
        case _:
            return None


def _is_spoken(codec: Codec, media: Media) -> bool:
    name = codec.name.lower()
    if name not in media.codecs or codec.payload_type in _TAKEN_BY_RTCP:
        return False
    match name:
        case "opus":
            return (codec.clock_rate, codec.channels) == (_OPUS_RATE, _OPUS_CHANNELS)
        case "h264":
            return (
                codec.clock_rate == _VIDEO_RATE
                and codec.parameter("packetization-mode") == "1"
                and h264_profile(codec) is not None
            )
        case _:
            return codec.clock_rate == _VIDEO_RATE


def _with_one_profile(codecs: list[Codec]) -> list[Codec]:
    profiles = {
        codec.payload_type: profile
        for codec in codecs
        if codec.name.lower() == "h264" and (profile := h264_profile(codec)) is not None
    }
    if not profiles:
        return codecs
    best = min(profiles, key=lambda payload_type: profiles[payload_type])
    return [codec for codec in codecs if codec.payload_type in (best, *_others(codecs))]


def _others(codecs: list[Codec]) -> tuple[int, ...]:
    return tuple(codec.payload_type for codec in codecs if codec.name.lower() != "h264")


def _retransmissions(offered: tuple[Codec, ...]) -> dict[int, int]:
    """Payload type -> its RTX payload type (RFC 4588 §8.1)."""
    found: dict[int, int] = {}
    for codec in offered:
        original = codec.parameter("apt") if codec.name.lower() == "rtx" else None
        if codec.payload_type in _TAKEN_BY_RTCP:
            continue
        if original is not None and original.isascii() and original.isdigit():
            found.setdefault(int(original[:4]), codec.payload_type)
    return found


def _answered(codec: Codec, media: Media) -> Codec:
    feedback = tuple(kind for kind in codec.feedback if kind in media.feedback)
    match codec.name.lower():
        case "opus":
            return replace(codec, name="opus", feedback=feedback, parameters=_opus(codec))
        case "h264":
            return replace(codec, name="H264", feedback=feedback, parameters=_h264(codec))
        case _:
            return replace(codec, name="VP8", feedback=feedback, parameters=())


def _opus(codec: Codec) -> tuple[tuple[str, str | None], ...]:
    is_stereo = "1" in (codec.parameter("stereo"), codec.parameter("sprop-stereo"))
    stereo = (("stereo", "1"),) if is_stereo else ()
    return (("minptime", "10"), ("useinbandfec", "1"), *stereo)


def _h264(codec: Codec) -> tuple[tuple[str, str | None], ...]:
    kept = ("level-asymmetry-allowed", "packetization-mode", "profile-level-id")
    first = {name.lower(): (name, value) for name, value in reversed(codec.parameters)}
    return tuple(first[name] for name in kept if name in first)  # an offer may repeat one

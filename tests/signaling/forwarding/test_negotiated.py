"""Which viewers can be fed with which source."""

import pytest

from signaling.forwarding.negotiated import Codec, same_format


def h264(parameters: str) -> Codec:
    return Codec(100, "H264", 90000, format_parameters=parameters)


MODE_1 = h264("packetization-mode=1;profile-level-id=42e01f")


def test_codecs_match_by_name_in_any_case() -> None:
    assert same_format(Codec(96, "VP8", 90000), Codec(120, "vp8", 90000))
    assert not same_format(Codec(96, "VP8", 90000), MODE_1)


@pytest.mark.parametrize(
    "parameters",
    [
        "level-asymmetry-allowed=1; packetization-mode=1; profile-level-id=42001f",
        "packetization-mode=1;profile-level-id=42E034",
        "packetization-mode=1",
    ],
)
def test_h264_of_the_same_mode_and_profile_matches_at_any_level(parameters: str) -> None:
    assert same_format(MODE_1, h264(parameters))


@pytest.mark.parametrize(
    "parameters",
    [
        "packetization-mode=0;profile-level-id=42e01f",
        "packetization-mode=1;profile-level-id=640c1f",
    ],
)
def test_h264_of_another_mode_or_profile_does_not_match(parameters: str) -> None:
    assert not same_format(MODE_1, h264(parameters))

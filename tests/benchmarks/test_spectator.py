"""What the Chromium beside a soak may complain about, and what the machine is blamed for."""

from typing import Any

from benchmarks.media.spectator import complaints


def told(frozen: int = 0, starved: int = 0, decoded: int = 900) -> dict[str, Any]:
    """What it tells of 900 frames."""
    counted = {"framesReceived": 900, "framesDecoded": decoded, "framesDropped": 0}
    alarms = {"freezeCount": frozen, "pliCount": 0, "packetsLost": 0}
    return {**counted, **alarms, "while_starved": {"freezeCount": starved}}


def test_a_picture_that_went_on_is_no_complaint() -> None:
    assert complaints(told()) == []
    assert complaints(told(decoded=898)) == [], "the decoder has not got to the last ones"


def test_only_a_freeze_without_a_core_is_excused() -> None:
    assert complaints(told(frozen=1, starved=1)) == []
    assert complaints(told(frozen=3, starved=1)) == ["the canary counts 2 of freezeCount"]


def test_frames_that_were_not_decoded_are_a_complaint() -> None:
    assert complaints(told(decoded=890)) == ["the canary did not decode 10 frames"]


def test_a_canary_that_saw_nothing_is_a_complaint() -> None:
    assert complaints({"looks": 0, "while_starved": {}}) == ["the canary saw nothing"]

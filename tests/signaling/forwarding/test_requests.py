"""What is asked of publishers: lost packets and key frames, never too often."""

from datetime import timedelta

from signaling.forwarding.nack import NackGenerator
from signaling.forwarding.requests import KeyFrameRequests

NOW = timedelta(seconds=5)
RETRY = timedelta(milliseconds=100)


def lossy() -> NackGenerator:
    """Numbers 11 and 12 are missing."""
    nacks = NackGenerator()
    for number in (10, 13):
        nacks.received(number)
    return nacks


def test_a_gap_is_asked_for_at_once_and_again_after_a_while() -> None:
    nacks = lossy()
    assert nacks.due(NOW) == (11, 12)
    assert nacks.due(NOW + RETRY / 2) == ()
    assert nacks.due(NOW + RETRY) == (11, 12)


def test_what_arrives_is_not_asked_for_any_more() -> None:
    nacks = lossy()
    nacks.received(11)
    assert nacks.due(NOW) == (12,)


def test_after_ten_tries_a_packet_is_given_up() -> None:
    nacks = lossy()
    asked = [nacks.due(NOW + n * RETRY) for n in range(20)]
    assert asked == [(11, 12)] * 10 + [()] * 10


def test_a_gap_as_wide_as_an_outage_is_not_repaired() -> None:
    nacks = lossy()
    assert not nacks.received(1000)
    assert nacks.due(NOW) == ()


def test_key_frames_are_asked_for_at_most_twice_a_second() -> None:
    requests = KeyFrameRequests()
    asked = []
    for step in range(100):  # somebody asks every 20 ms for two seconds
        requests.want()
        asked.append(requests.due(NOW + step * timedelta(milliseconds=20)))
    assert sum(asked) == 4


def test_a_request_is_repeated_until_a_key_frame_comes() -> None:
    requests = KeyFrameRequests()
    requests.want()
    assert requests.due(NOW)
    assert requests.due(NOW + timedelta(milliseconds=500))
    requests.arrived()
    assert not requests.due(NOW + timedelta(seconds=10))

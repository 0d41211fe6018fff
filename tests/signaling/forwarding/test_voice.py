"""Who speaks, from audio levels in virtual time."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import cycle, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.voice import VoiceDetector

PACKET = timedelta(milliseconds=20)
SPEECH = (30, 28, 33, 41, 55, 38, 29, 35, 47, 62, 36, 31)  # -dBov: syllables and dips
QUIET = (80, 82, 79, 84)
SILENCE = (127,)


class Listener:
    """A detector, a clock, and the changes it told, each with its time since the last `hear`."""

    def __init__(self) -> None:
        self.detector = VoiceDetector()
        self.now = timedelta(seconds=1000)

    def hear(
        self, levels: Iterable[int], milliseconds: int, *, voice: bool = False
    ) -> list[tuple[int, bool]]:
        began, told = self.now, []
        for level in islice(cycle(levels), milliseconds // 20):
            self.now += PACKET
            change = self.detector.heard(level, voice, self.now)
            if change is not None:
                told.append(((self.now - began) // timedelta(milliseconds=1), change))
        return told


@pytest.mark.parametrize("before", [QUIET, SILENCE, (60,), ()])
def test_speech_is_told_within_200_ms(before: tuple[int, ...]) -> None:
    listener = Listener()
    assert listener.hear(before, 2000) == []
    ((after, speaks),) = listener.hear(SPEECH, 3000)
    assert speaks
    assert 60 <= after <= 200
    assert listener.detector.speaking


@pytest.mark.parametrize("after", [QUIET, SILENCE])
def test_silence_is_told_after_a_little_more_than_a_second(after: tuple[int, ...]) -> None:
    listener = Listener()
    listener.hear(SPEECH, 2000)
    ((later, speaks),) = listener.hear(after, 5000)
    assert not speaks
    assert 1100 <= later <= 1300
    assert not listener.detector.speaking


def test_a_minute_of_speech_with_pauses_between_sentences_is_one_speech() -> None:
    listener = Listener()
    told = []
    for _ in range(15):
        told += listener.hear(SPEECH, 3000)
        told += listener.hear(QUIET, 1000)
    assert len(told) == 1


def test_key_strokes_are_no_speech() -> None:
    listener = Listener()
    for _ in range(20):
        assert listener.hear((25,), 60) == []
        assert listener.hear(QUIET, 300) == []


def test_a_fan_becomes_the_floor_and_speech_above_it_is_heard() -> None:
    listener = Listener()
    over_the_fan = [min(level, 50) for level in SPEECH]
    listener.hear(QUIET, 3000)
    told = listener.hear((50, 51, 49), 8000)
    assert [speaks for _, speaks in told] == [True, False]
    assert told[-1][0] < 5000
    assert [speaks for _, speaks in listener.hear(over_the_fan, 500)] == [True]
    assert [speaks for _, speaks in listener.hear((50, 51, 49), 2000)] == [False]


def test_the_floor_falls_when_it_grows_quiet() -> None:
    listener = Listener()
    listener.hear((45,), 8000)
    assert listener.hear((80,), 200) == []
    assert [speaks for _, speaks in listener.hear((55, 60, 52), 300)] == [True]


def test_speech_that_never_pauses_is_never_taken_for_noise() -> None:
    listener = Listener()
    assert len(listener.hear((20,), 60_000)) == 1


def test_the_senders_own_detector_makes_us_bolder() -> None:
    faint = (60,)
    assert Listener().hear(faint, 1000) == []
    assert [speaks for _, speaks in Listener().hear(faint, 1000, voice=True)] == [True]
    assert Listener().hear((70,), 1000, voice=True) == []


def test_a_source_that_stops_sending_stops_speaking() -> None:
    listener = Listener()
    listener.hear(SPEECH, 1000)
    assert listener.detector.idle(listener.now + timedelta(seconds=1)) is None
    assert listener.detector.loudness > 50
    assert listener.detector.idle(listener.now + timedelta(milliseconds=1300)) is False
    assert listener.detector.loudness == 0
    assert listener.detector.idle(listener.now + timedelta(seconds=60)) is None


def test_a_source_that_was_never_heard_is_silent() -> None:
    assert VoiceDetector().idle(timedelta(seconds=9)) is None
    assert VoiceDetector().loudness == 0


def test_a_gap_is_no_evidence_of_speech() -> None:
    detector = VoiceDetector()
    assert detector.heard(30, False, timedelta(seconds=1)) is None
    assert detector.heard(80, False, timedelta(seconds=1.06)) is None
    assert detector.heard(30, False, timedelta(seconds=9)) is None


def test_the_loudest_has_the_greatest_loudness() -> None:
    loud, soft = Listener(), Listener()
    loud.hear(SPEECH, 1000)
    soft.hear([level + 15 for level in SPEECH], 1000)
    assert loud.detector.loudness > soft.detector.loudness + 10
    loud.hear(QUIET, 600)
    soft.hear([level + 15 for level in SPEECH], 600)
    assert loud.detector.loudness < soft.detector.loudness


@given(
    st.lists(st.tuples(st.integers(-5, 300), st.booleans(), st.integers(0, 2000), st.booleans()))
)
def test_states_alternate_whatever_is_heard(
    packets: list[tuple[int, bool, int, bool]],
) -> None:
    detector, now, told = VoiceDetector(), timedelta(), []
    for level, voice, milliseconds, passes in packets:
        now += timedelta(milliseconds=milliseconds)
        change = detector.idle(now) if passes else detector.heard(level, voice, now)
        assert 0 <= detector.loudness <= 127
        if change is not None:
            told.append(change)
            assert detector.speaking is change
    assert told == [number % 2 == 0 for number in range(len(told))]

"""Who has the floor, second by second."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from signaling.rooms.floor import KEPT_FOR, TAKES_AFTER, TALKS_OVER_AFTER, Floor
from signaling.rooms.values import ParticipantId

START = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
LOOK = timedelta(milliseconds=100)
LI, CHEN, WU = ParticipantId("li"), ParticipantId("chen"), ParticipantId("wu")


class Talk:
    """A floor and a clock."""

    def __init__(self) -> None:
        self.floor = Floor()
        self.now = START

    def begins(self, who: ParticipantId) -> ParticipantId | None:
        self.floor.speaks(who, self.now)
        return self.floor.settle(self.now)

    def stops(self, who: ParticipantId) -> ParticipantId | None:
        self.floor.stops(who, self.now)
        return self.floor.settle(self.now)

    def after(self, duration: timedelta) -> ParticipantId | None:
        self.now += duration
        return self.floor.settle(self.now)


def test_the_first_to_speak_has_the_floor_at_once():
    talk = Talk()
    assert talk.after(timedelta(seconds=1)) is None
    assert talk.begins(LI) == LI


def test_the_floor_is_kept_through_a_pause_and_given_up_after_a_silence():
    talk = Talk()
    talk.begins(LI)
    talk.stops(LI)
    assert talk.after(KEPT_FOR / 2) == LI
    assert talk.begins(LI) == LI
    talk.stops(LI)
    assert talk.after(KEPT_FOR / 2) == LI
    assert talk.after(KEPT_FOR / 2) is None


def test_a_cough_in_a_pause_takes_nothing():
    talk = Talk()
    talk.begins(LI)
    talk.stops(LI)
    assert talk.begins(CHEN) == LI
    assert talk.after(TAKES_AFTER / 2) == LI
    assert talk.stops(CHEN) == LI


def test_an_answer_takes_the_floor_after_a_moment():
    talk = Talk()
    talk.begins(LI)
    talk.stops(LI)
    talk.begins(CHEN)
    assert talk.after(TAKES_AFTER) == CHEN


def test_one_who_says_mhm_meanwhile_does_not_interrupt():
    talk = Talk()
    talk.begins(LI)
    assert talk.begins(CHEN) == LI
    assert talk.after(TAKES_AFTER) == LI
    assert talk.stops(CHEN) == LI


def test_one_who_talks_over_a_humming_fan_gets_the_floor_and_the_fan_does_not_get_it_back():
    talk = Talk()
    talk.begins(WU)
    talk.after(timedelta(minutes=1))
    talk.begins(LI)
    assert talk.after(TALKS_OVER_AFTER) == LI
    assert talk.after(timedelta(minutes=1)) == LI


def test_of_several_the_one_who_has_spoken_longest_follows():
    talk = Talk()
    talk.begins(LI)
    talk.after(timedelta(milliseconds=100))
    talk.begins(CHEN)
    talk.after(timedelta(milliseconds=100))
    talk.begins(WU)
    talk.after(TAKES_AFTER)
    assert talk.stops(LI) == LI
    assert talk.after(TAKES_AFTER) == CHEN


def test_one_whose_sound_ended_is_no_speaker():
    talk = Talk()
    talk.begins(LI)
    talk.floor.leaves(LI)
    assert talk.after(timedelta()) is None
    talk.floor.stops(LI, talk.now)
    assert talk.after(KEPT_FOR) is None


@given(
    st.lists(
        st.tuples(
            st.sampled_from([LI, CHEN, WU]),
            st.sampled_from(["begins", "stops"]),
            st.integers(0, 500).map(lambda step: timedelta(milliseconds=step * 10)),
        )
    )
)
def test_the_floor_never_goes_from_hand_to_hand_faster_than_a_word(
    steps: list[tuple[ParticipantId, str, timedelta]],
):
    talk = Talk()
    speaking: set[ParticipantId] = set()
    taken_at, speaker = START - TAKES_AFTER, None
    for who, what, pause in steps:
        for _ in range(int(pause / LOOK) + 1):
            now_speaking = talk.after(LOOK)
            if now_speaking != speaker and now_speaking is not None:
                assert now_speaking in speaking
                assert speaker is None or talk.now - taken_at >= TAKES_AFTER
                taken_at = talk.now - LOOK  # it may have been just after the look before
            speaker = now_speaking
        (talk.floor.speaks if what == "begins" else talk.floor.stops)(who, talk.now)
        (speaking.add if what == "begins" else speaking.discard)(who)

"""What one viewer may get: down at once when its link is full, up again when a probe has passed."""

from datetime import timedelta

import pytest

from signaling.forwarding import probe
from signaling.forwarding.estimate import LEAST, START, ViewerEstimate
from signaling.forwarding.outgoing import Sent
from signaling.forwarding.reports import Heard
from tests.net.link import Conditions
from tests.signaling.forwarding.viewer_link import MS, SECOND, Story

BEGIN = timedelta(seconds=50)
FAST, SLOW = 5_000_000, 500_000
STEP = 250 * MS  # between two reports
PACKET = 1000  # bytes


class Line:
    """A viewer that gets so much and reports four times a second what of it is lost."""

    def __init__(self) -> None:
        self.estimate = ViewerEstimate()
        self.now = BEGIN
        self._size = 0.0

    def run(
        self,
        seconds: float,
        bitrate: int,
        lost: float = 0.0,
        *,
        trip: timedelta = 50 * MS,
        remb: int | None = None,
    ) -> int:
        """What is usable in the end."""
        for _ in range(round(seconds / (STEP / SECOND))):
            self.now += STEP
            sent = bitrate * (STEP / SECOND) / 8
            self._size += sent
            self.estimate.sent(bitrate, Sent(self._size, self._size / PACKET), self.now)
            packets = max(1, round(sent / PACKET))
            if remb is not None:
                self.estimate.remb(remb, self.now)
            heard = Heard(lost, trip, STEP, packets, sent * (1 - lost))
            self.estimate.report(heard, self.now)
        return self.estimate.usable


@pytest.mark.parametrize("loss", [0.0, 0.05, 0.1])
@pytest.mark.parametrize("trip", [40 * MS, 300 * MS])
def test_a_link_that_falls_to_a_tenth_and_recovers_gets_a_lower_layer_and_its_own_again(
    loss: float, trip: timedelta
):
    story = Story(trip=trip)
    story.run(10, Conditions(rate=FAST, loss=loss))
    assert story.layer == 3
    fell_at = story.run(10, Conditions(rate=SLOW, loss=loss))
    assert story.layer < 3
    down_at = next(at for at, layer in story.history if at > fell_at and layer < 3)
    assert down_at - fell_at < 2 * SECOND
    rose_at = story.run(10, Conditions(rate=FAST, loss=loss))
    assert story.layer == 3
    assert story.reached(rose_at, 3) < 9 * SECOND


@pytest.mark.parametrize("loss", [0.05, 0.1])
def test_what_is_lost_by_chance_takes_no_layer_away(loss: float):
    story = Story()
    story.run(30, Conditions(loss=loss))
    layers = [layer for _, layer in story.history]
    assert layers == sorted(layers)
    assert story.layer == 3


def test_a_long_queue_that_loses_nothing_is_noticed_by_its_delay():
    story = Story()
    story.run(10, Conditions(rate=FAST))
    fell_at = story.run(10, Conditions(rate=SLOW, queue=3 * SECOND))
    assert story.reached(fell_at, 1) < 2 * SECOND


def test_a_link_that_carries_sound_only_loses_its_picture_and_is_tried_ever_more_seldom():
    story = Story()
    story.run(60, Conditions(rate=100_000))
    assert story.layer == 0
    early = story.probed
    story.run(60, Conditions(rate=100_000))
    assert story.probed - early < early
    story.run(30, Conditions(rate=FAST))
    assert story.layer == 3


def test_nobody_probes_for_what_already_fits():
    estimate = ViewerEstimate()
    assert estimate.probe(BEGIN, START) == 0
    assert not estimate.measured


def test_a_probe_without_any_report_proves_nothing():
    line = Line()
    line.run(0.75, 800_000)
    sent = [line.estimate.probe(line.now + n * 20 * MS, 2 * START) for n in range(250)]
    assert line.estimate.usable == START
    assert sum(sent[:100]) * 8 / 2 == pytest.approx((probe.STEP - 1) * 800_000, rel=0.1)
    assert sum(sent[215:]) == 0


def test_what_goes_through_for_a_second_is_carried_with_some_room():
    line = Line()
    line.run(0.25, 9_000_000)
    assert line.run(3, 1_600_000) == 2_400_000


def test_no_estimate_of_the_viewer_is_taken_over():
    line = Line()
    assert line.run(5, 500_000, remb=9_000_000) == START


def test_a_fall_that_nothing_confirms_takes_nothing():
    line = Line()
    line.run(5, 1_500_000, remb=1_800_000)
    assert line.run(5, 1_500_000, remb=900_000) >= START


def test_a_fall_with_losses_takes_what_does_not_arrive():
    alone, told = Line(), Line()
    for line, remb in ((alone, 1_800_000), (told, 900_000)):
        line.run(5, 1_500_000, remb=1_800_000)
        line.run(0.75, 1_500_000, 0.13, remb=remb)
    assert alone.estimate.usable >= START
    assert told.estimate.usable == pytest.approx(0.85 * 0.87 * 1_500_000, rel=0.05)


def test_a_path_that_becomes_longer_for_good_is_no_full_queue_for_ever():
    story = Story(trip=4 * MS)
    story.run(10, Conditions(rate=FAST))
    moved_at = story.run(30, Conditions(rate=FAST, delay=300 * MS))
    assert story.layer == 3
    assert not any(layer == 0 for at, layer in story.history if at > moved_at)


def test_a_link_is_taken_for_what_came_through_it():
    line = Line()
    line.run(3, 1_000_000)
    line.run(0.25, 1_000_000, 0.6)
    assert line.estimate.usable == pytest.approx(0.7 * 400_000, rel=0.02)


def test_reports_on_what_was_sent_before_a_cut_deepen_it_and_never_count_twice():
    line = Line()
    line.run(3, 1_000_000)
    line.run(0.25, 1_000_000, 0.5)
    assert line.estimate.usable == pytest.approx(0.7 * 500_000, rel=0.02)
    line.now -= 100 * MS  # most of this report is about the time before
    line.run(0.25, 1_000_000, 0.7, trip=150 * MS)
    deeper = line.estimate.usable
    assert LEAST < deeper < 0.7 * 450_000
    line.run(0.25, 200_000, 0.6)
    assert line.estimate.usable == deeper


def test_a_viewer_that_loses_everything_keeps_a_trickle():
    line = Line()
    assert line.run(20, 100_000, 1.0) == LEAST
    assert line.estimate.starves


def test_what_was_sent_before_a_cut_was_not_carried():
    line = Line()
    line.run(5, 1_200_000)
    cut = line.run(0.25, 1_200_000, 0.7)
    assert line.run(1, 200_000) == cut
    assert line.run(3, 200_000) == pytest.approx(max(cut, 300_000), rel=0.02)


def test_a_little_too_much_that_is_lost_for_seconds_is_a_full_link():
    line = Line()
    line.run(5, 800_000, 0.02)
    assert line.run(3, 800_000, 0.12) >= START
    assert line.run(3, 800_000, 0.12) < 800_000


def test_with_a_longer_round_trip_it_is_one_sooner():
    line = Line()
    line.run(5, 800_000, 0.02)
    assert line.run(2, 800_000, 0.12, trip=140 * MS) < 800_000


@pytest.mark.parametrize("lost", [0.02, 0.05, 0.1])
def test_what_a_link_always_loses_is_no_reason_to_send_less(lost: float):
    line = Line()
    assert line.run(30, 1_500_000, lost) >= START


def test_what_is_still_lost_after_a_cut_is_what_the_link_always_loses():
    line = Line()
    line.run(5, 1_500_000)
    cut = line.run(0.25, 1_500_000, 0.5)
    assert cut < 600_000
    assert line.run(5, 400_000, 0.12) >= cut
    assert line.estimate.loses_often


def test_an_outage_is_no_full_link():
    line = Line()
    line.run(5, 1_500_000)
    line.now += SECOND - STEP
    size = 1_500_000 / 8
    total = Sent(line._size + size, (line._size + size) / PACKET)
    line.estimate.sent(1_500_000, total, line.now)
    line.estimate.report(Heard(0.95, 50 * MS, SECOND, 187, 0.05 * size), line.now)
    assert line.estimate.usable >= START


def test_losses_that_were_told_late_are_an_outage_too():
    line = Line()
    line.run(5, 1_500_000)
    line.now += STEP
    line.estimate.report(Heard(0.8, 50 * MS, STEP, 200, 40_000), line.now)
    assert line.estimate.usable >= START


def test_a_picture_goes_only_where_the_sound_would_break():
    line = Line()
    line.estimate.least = 200_000
    line.run(5, 1_500_000)
    line.run(0.25, 1_500_000, 0.9)
    assert not line.estimate.starves
    line.run(1, 200_000, 0.1)
    assert not line.estimate.starves
    line.run(2, 200_000, 0.3)
    assert not line.estimate.starves
    line.run(1, 200_000, 0.3)
    assert line.estimate.starves


def test_a_link_that_carries_next_to_nothing_keeps_its_sound_at_once():
    line = Line()
    line.estimate.least = 200_000
    line.run(5, 1_500_000)
    line.run(1, 1_500_000, 0.96)
    assert line.estimate.starves
    line.run(5, 40_000)
    assert line.estimate.starves
    line.run(5, 200_000)
    assert not line.estimate.starves

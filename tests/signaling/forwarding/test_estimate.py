"""What one viewer may get: down at once when its link is full, up again when a probe has passed."""

from datetime import timedelta

import pytest

from signaling.forwarding.estimate import LEAST, START, ViewerEstimate
from tests.net.link import Conditions
from tests.signaling.forwarding.viewer_link import MS, SECOND, Story

BEGIN = timedelta(seconds=50)
FAST, SLOW = 5_000_000, 500_000


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
    assert story.reached(fell_at, 2) < 2 * SECOND
    rose_at = story.run(10, Conditions(rate=FAST, loss=loss))
    assert story.layer == 3
    assert story.reached(rose_at, 3) < 8 * SECOND


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
    estimate = ViewerEstimate()
    estimate.sent(800_000, BEGIN)
    for _ in range(3):
        estimate.report(0.0, None, BEGIN)
    sent = [estimate.probe(BEGIN + n * 20 * MS, 2 * START) for n in range(250)]
    assert estimate.usable == START
    assert sum(sent[:100]) * 8 / 2 == pytest.approx(1.5 * 800_000 - 800_000, rel=0.1)
    assert sum(sent[150:200]) == 0


def test_an_estimate_of_the_viewer_that_rises_is_taken_over():
    estimate = ViewerEstimate()
    for n, bitrate in enumerate((1_000_000, 1_500_000, 2_000_000)):
        estimate.remb(bitrate, BEGIN + n * SECOND)
    assert estimate.usable == 2_000_000
    assert estimate.measured


def test_what_goes_through_for_a_second_is_carried_with_some_room():
    estimate = ViewerEstimate()
    for n in range(8):
        estimate.sent(1_600_000 if n else 9_000_000, BEGIN + n * 200 * MS)
        estimate.report(0.0, 50 * MS, BEGIN + n * 200 * MS)
    assert estimate.usable == 2_400_000


def test_a_fall_that_nothing_confirms_takes_only_what_is_not_in_use():
    estimate = ViewerEstimate()
    estimate.sent(190_000, BEGIN)
    estimate.report(0.0, 50 * MS, BEGIN)
    estimate.remb(260_000, BEGIN)
    estimate.remb(120_000, BEGIN + SECOND)
    assert estimate.usable == 190_000


def test_a_fall_with_losses_takes_more():
    estimate = ViewerEstimate()
    estimate.sent(1_000_000, BEGIN)
    estimate.report(0.0, 50 * MS, BEGIN)
    estimate.remb(1_000_000, BEGIN)
    for n in (4, 5):
        estimate.report(0.3, 50 * MS, BEGIN + n * SECOND / 5)
    estimate.remb(600_000, BEGIN + SECOND)
    assert 600_000 <= estimate.usable < 850_000


def test_a_path_that_becomes_longer_for_good_is_no_full_queue_for_ever():
    story = Story(trip=4 * MS)
    story.run(10, Conditions(rate=FAST))
    moved_at = story.run(30, Conditions(rate=FAST, delay=300 * MS))
    assert story.layer == 3
    assert not any(layer == 0 for at, layer in story.history if at > moved_at)


def test_reports_after_a_cut_deepen_it_but_never_count_twice():
    estimate = ViewerEstimate()
    estimate.sent(1_000_000, BEGIN)
    estimate.report(0.0, 50 * MS, BEGIN)
    estimate.report(0.4, 50 * MS, BEGIN + SECOND)
    assert estimate.usable == pytest.approx(0.85 * 650_000, rel=0.1)
    estimate.sent(200_000, BEGIN + SECOND)
    estimate.report(0.6, 50 * MS, BEGIN + 1.2 * SECOND)
    estimate.report(0.6, 50 * MS, BEGIN + 1.4 * SECOND)
    assert estimate.usable == pytest.approx(0.85 * 450_000, rel=0.1)


def test_a_viewer_that_loses_everything_keeps_a_trickle():
    estimate = ViewerEstimate()
    for n in range(20):
        estimate.sent(LEAST, BEGIN + n * SECOND)
        estimate.report(1.0, None, BEGIN + n * SECOND)
    assert estimate.usable == LEAST

"""How much flows, however often somebody looks."""

from datetime import timedelta

import pytest

from signaling.forwarding.rate import RateMeter

MS = timedelta(milliseconds=1)


@pytest.mark.parametrize("every", [20, 100, 200, 1000, 1300, 2000, 5000])
def test_a_steady_flow_is_seen_as_it_is_at_any_distance(every: int) -> None:
    meter, now = RateMeter(), timedelta()
    meter.add(0, now)
    for _ in range(12_000 // every):
        now += every * MS
        meter.add(every * 100, now)  # 800 kbit/s
    assert meter.bitrate == pytest.approx(800_000, rel=0.15)


def test_who_looks_once_a_second_now_early_now_late_sees_the_same_flow() -> None:
    meter, now, seen = RateMeter(), timedelta(), []
    meter.add(0, now)
    for late in (0, -60, 60, -60, 60, -95, 140, -850, 850, 5):
        passed = 1000 + late
        now += passed * MS
        meter.add(passed * 100, now)
        seen.append(meter.bitrate)
    assert seen == pytest.approx([800_000] * len(seen), rel=0.1)


def test_after_a_silence_the_past_counts_no_more() -> None:
    meter = RateMeter()
    for step in range(20):
        meter.add(10_000, step * 100 * MS)
    meter.pass_time(5000 * MS)
    assert meter.bitrate == 0
    meter.add(100, 9000 * MS)
    assert meter.bitrate < 1000

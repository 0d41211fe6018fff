"""Records lived through again: the same decisions, and no gap whatever else is lost."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.forwarding.findings import explain
from signaling.forwarding.record import FlightRecord
from signaling.forwarding.replay import Replay, Step, decisions
from signaling.forwarding.rtp import parse_rtp
from signaling.forwarding.sequence import Unwrapper
from signaling.workers.packing import unpacked
from tests.signaling.forwarding.packets import VP8
from tests.signaling.forwarding.simulcast import Simulcast

RECORDS = Path(__file__).parent / "records"  # written by tests.signaling.workers.capture_flight


def read(name: str) -> FlightRecord:
    return unpacked((RECORDS / f"{name}.flight").read_text("ascii").strip())


@pytest.fixture(scope="module")
def captured() -> tuple[FlightRecord, FlightRecord]:
    return read("up"), read("down")


def test_a_captured_record_decides_the_same_again(captured: tuple[FlightRecord, FlightRecord]):
    up, down = captured
    assert up.is_whole
    assert down.is_whole
    replay = Replay(captured)
    replay.run()
    assert replay.decisions("down") == decisions(down)
    assert replay.decisions("up") == decisions(up)
    assert any("nack" in decision for decision in decisions(up))


def test_a_captured_record_says_what_was_lost_and_repaired(
    captured: tuple[FlightRecord, FlightRecord],
):
    codes = {finding.code for finding in explain(captured[0])}
    assert codes & {"repaired-on-the-way-in", "lost-on-the-way-in"}


def test_a_replay_ends_the_same_every_time(captured: tuple[FlightRecord, FlightRecord]):
    first, second = Replay(captured), Replay(captured)
    first.run()
    second.run()
    assert first.sent == second.sent
    assert first.sent


def test_changes_of_layer_are_decided_again():
    stage = Simulcast(VP8)
    stage.frames(30, key="qhf")
    stage.estimate = 300_000
    stage.frames(90, key="q")
    stage.estimate = 3_000_000
    stage.frames(300, key="qhf")
    records = stage.core.flight("up", stage.now), stage.core.flight("down", stage.now)
    assert {"aim", "enter"} <= {str(one[0]) for one in decisions(records[1])}
    replay = Replay(records)
    replay.run()
    assert replay.decisions("down") == decisions(records[1])


def without(steps: list[Step], lost: list[int]) -> tuple[list[Step], int]:
    """The steps with every so many packets lost, and how many that were."""
    kept, gone, pattern = [], 0, iter(lost * (len(steps) + 1))
    until = next(pattern)
    for step in steps:
        until -= bool(step.packet)
        if step.packet and until <= 0:
            until, gone = next(pattern), gone + 1
        else:
            kept.append(step)
    return kept, gone


def assert_continuous(sent: list[tuple[str, bytes]]) -> None:
    """By stream: numbers that follow each other, and timestamps that never go back."""
    streams: dict[int, dict[int, int]] = defaultdict(dict)
    unwrappers: dict[int, Unwrapper] = defaultdict(Unwrapper)
    clocks: dict[int, int] = {}
    for _, data in sent:
        header = parse_rtp(data)
        number = unwrappers[header.ssrc].unwrap(header.sequence)
        clock = clocks.get(header.ssrc, header.timestamp)
        step = (header.timestamp - clock + (1 << 31)) % (1 << 32) - (1 << 31)
        clocks[header.ssrc] = header.timestamp
        at = streams[header.ssrc].get(number, 0)
        assert at in {0, header.timestamp}, "a number stands for one moment"
        assert abs(step) < 90_000 * 10
        streams[header.ssrc][number] = header.timestamp
    for numbers in streams.values():
        listed = sorted(numbers)
        assert all(after - before < 200 for before, after in pairwise(listed))
        moments = [numbers[number] for number in listed]
        steps = [(b - a + (1 << 31)) % (1 << 32) - (1 << 31) for a, b in pairwise(moments)]
        assert all(step >= 0 for step in steps), "time goes on with the numbers"


@settings(max_examples=30)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_whatever_else_is_lost_the_viewer_sees_no_break(lost: list[int]):
    replay = Replay((read("up"), read("down")))
    steps, _ = without(replay.steps(), lost)
    replay.run(steps)
    assert_continuous(replay.sent)

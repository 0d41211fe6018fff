"""No foreign bytes raise an exception or take much memory, whoever reads them.

`make fuzz MINUTES=10` goes on for longer and with a new seed each time.
"""

import tracemalloc
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests.signaling.forwarding.packets import Stage
from tests.signaling.fuzz.__main__ import told
from tests.signaling.fuzz.campaign import (
    Campaign,
    Target,
    TooMuchMemory,
    inflated,
    run_measured,
    slowness,
)
from tests.signaling.fuzz.mutation import Mutator
from tests.signaling.fuzz.targets import PACKETS, TARGETS, packet

pytestmark = pytest.mark.unwatched
SEED = 20261126
EXAMPLES = 600  # of each target
LARGE = 12 * 1024  # bytes; what grows faster than its input shows it here already
MOST_SLOWNESS = 20  # times; an offer of 256 KiB made of its slowest line takes five
KEPT = [(target, path) for target in TARGETS for path in target.found()]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_breaks_a_parser(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    campaign = Campaign(target, SEED).run(EXAMPLES)
    with capsys.disabled():
        print(f"\n{told(campaign)}", end="")  # noqa: T201  seed and examples, for whoever repeats it
    assert campaign.finding is None, campaign.finding
    assert campaign.outcomes > 2


@pytest.mark.parametrize(("target", "path"), KEPT, ids=lambda value: getattr(value, "name", ""))
def test_what_once_broke_a_parser_does_not_any_more(target: Target, path: Path) -> None:
    run_measured(target, path.read_bytes())


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_largest_inputs_take_bounded_memory(target: Target) -> None:
    for data in inflated(target, min(target.most, LARGE)):
        run_measured(target, data)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_largest_inputs_take_not_much_more_time_a_byte_than_real_ones(target: Target) -> None:
    ratio, data = slowness(target, target.most)
    assert ratio < MOST_SLOWNESS, data[:200]


def test_a_parser_that_takes_the_square_of_its_input_is_noticed() -> None:
    def square(data: bytes) -> str:
        return str(sum(1 for _ in range(len(data) ** 2)))

    ratio, data = slowness(Target("square", (bytes(20),), square), 1500)
    assert ratio > MOST_SLOWNESS
    assert len(data) == 1500


def test_a_session_of_hostile_packets_does_not_grow() -> None:
    stage = Stage()
    hostile = _packets(4000)

    def play(count: int) -> int:
        for data in islice(hostile, count):
            stage.send(data, session="down" if data[-1:] < b"\x20" else "up")
            stage.tick()
            stage.actions.clear()
        return tracemalloc.get_traced_memory()[0]

    play(1000)
    tracemalloc.start()
    try:
        settled = play(1000)
        grown = play(2000) - settled
    finally:
        tracemalloc.stop()
    assert grown < 1 << 20


def _packets(count: int):
    mutator = Mutator(Random(SEED), PACKETS, (b"\xbe\xde", b"\x81\xcd"), 1500)  # noqa: S311
    for _ in range(count):
        yield mutator.next()


def test_a_broken_parser_is_noticed_and_its_input_made_small() -> None:
    def brittle(data: bytes) -> str:
        if b"\xbe\xde" in data:
            raise IndexError
        return packet(data)

    finding = Campaign(Target("brittle", PACKETS, brittle), SEED).run(2000).finding
    assert finding is not None
    assert isinstance(finding.error, IndexError)
    assert finding.data == b"\xbe\xde"


def test_a_greedy_parser_is_noticed() -> None:
    def greedy(data: bytes) -> str:
        return str(len(data * 10**5))

    target = Target("greedy", (b"0123456789abcdef",), greedy, most=30)
    finding = Campaign(target, SEED).run(200).finding
    assert finding is not None
    assert isinstance(finding.error, TooMuchMemory)
    assert len(finding.data) == 11  # just more than a megabyte


def test_the_same_seed_gives_the_same_examples() -> None:
    first, again = (list(_packets(200)) for _ in range(2))
    assert first == again

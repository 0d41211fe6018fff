"""Which layer each section of a viewer gets, in virtual time."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.layers import Layer, LayerChooser, Wish

AUDIO = 50_000
LAYERS = (Layer("q", 180, 150_000), Layer("h", 360, 500_000), Layer("f", 720, 1_500_000))
STEP = timedelta(milliseconds=100)
AMPLE = 100_000_000


def wish(
    mid: str = "v",
    *,
    limit: int | None = None,
    priority: int = 0,
    layers: tuple[Layer, ...] = LAYERS,
    current: str | None = None,
) -> Wish:
    return Wish(mid, layers, limit, current, priority)


class Viewer:
    """A chooser, a clock, and what was chosen last."""

    def __init__(self, *wishes: Wish) -> None:
        self.chooser = LayerChooser()
        self.wishes: Sequence[Wish] = wishes or (wish(),)
        self.now = timedelta(seconds=1000)
        self.chosen: dict[str, str | None] = {}
        self.changes = 0

    def run(self, budget: int, seconds: float = 0) -> str:
        """Decide every 100 ms for so long; answers the layers, "-" for paused."""
        for _ in range(round(seconds * 10) + 1):
            before = self.chosen
            self.chosen = self.chooser.choose(budget, AUDIO, self.wishes, self.now)
            self.changes += before != self.chosen
            self.now += STEP
        return "".join(rid or "-" for rid in self.chosen.values())

    def wanted(self) -> int:
        return self.chooser.wanted(AUDIO, self.wishes, self.now)


def budget(video: int, *, reserve: bool = True) -> int:
    """What carries this much video, just so."""
    return AUDIO + (-(-video * 115 // 100) if reserve else video)


@pytest.mark.parametrize(
    ("given_budget", "expected"),
    [
        (AMPLE, "f"),
        (budget(1_500_000), "f"),
        (budget(1_500_000) - 1, "h"),
        (budget(500_000), "h"),
        (budget(500_000) - 1, "q"),
        (budget(150_000, reserve=False), "q"),
        (budget(150_000, reserve=False) - 1, "-"),
        (AUDIO, "-"),
        (0, "-"),
        (-5, "-"),
    ],
)
def test_a_new_viewer_gets_at_once_what_fits(given_budget: int, expected: str) -> None:
    assert Viewer().run(given_budget) == expected


def test_what_flows_already_is_kept_while_it_fits() -> None:
    assert Viewer(wish(current="f")).run(budget(1_500_000, reserve=False)) == "f"


@pytest.mark.parametrize(
    ("limit", "expected"),
    [(0, "-"), (1, "q"), (180, "q"), (181, "h"), (360, "h"), (720, "f"), (9999, "f"), (None, "f")],
)
def test_the_smallest_layer_that_is_as_high_as_the_limit_is_the_best_one(
    limit: int | None, expected: str
) -> None:
    assert Viewer(wish(limit=limit)).run(AMPLE, 5) == expected


def test_without_known_heights_a_limit_only_pauses() -> None:
    unknown = tuple(Layer(layer.rid, 0, layer.bitrate) for layer in LAYERS)
    assert Viewer(wish(limit=100, layers=unknown)).run(AMPLE) == "f"
    assert Viewer(wish(limit=0, layers=unknown)).run(AMPLE) == "-"


def test_a_source_without_layers_shows_nothing_until_it_has_some() -> None:
    viewer = Viewer(wish(layers=()))
    assert viewer.run(AMPLE) == "-"
    assert viewer.wanted() == 0
    viewer.wishes = (wish(),)
    assert viewer.run(AMPLE) == "f"


def test_layers_that_send_nothing_are_taken_for_what_they_probably_cost() -> None:
    silent = (Layer("q", 180, 0), Layer("h", 360, 0), Layer("f", 720, 0))
    assert Viewer(wish(layers=silent)).run(budget(450_000)) == "h"
    assert Viewer(wish(layers=silent)).run(budget(1_350_000)) == "f"


def test_down_is_at_once_and_up_after_a_second_with_reserve() -> None:
    viewer = Viewer()
    assert viewer.run(5_000_000, 30) == "f"
    assert viewer.run(500_000) == "q"
    assert viewer.run(500_000, 30) == "q"
    assert viewer.run(5_000_000) == "q"
    assert viewer.run(5_000_000, 0.8) == "q"
    assert viewer.run(5_000_000, 0.1) == "f"
    assert viewer.changes == 3


def test_a_reserve_that_does_not_last_raises_nobody() -> None:
    viewer = Viewer()
    viewer.run(budget(150_000))
    for _ in range(20):
        assert viewer.run(AMPLE, 0.8) == "q"
        assert viewer.run(budget(150_000)) == "q"


def test_flapping_budgets_do_not_flap_layers() -> None:
    viewer = Viewer()
    viewer.run(budget(150_000), 2)
    for _ in range(100):  # five minutes, each second time just too little
        viewer.run(budget(500_000), 1.4)
        viewer.run(budget(450_000, reserve=False), 1.4)
    assert viewer.changes <= 22  # up at 1, 7, 18, 39, 80, ... seconds


def test_an_upgrade_that_was_wrong_is_not_tried_again_for_twice_as_long_each_time() -> None:
    viewer = Viewer()
    viewer.run(budget(150_000), 2)
    waits = []
    for _ in range(6):
        assert viewer.run(budget(150_000)) == "q"
        wrong_at = viewer.now
        while viewer.run(AMPLE) == "q":
            pass
        waits.append(round((viewer.now - wrong_at).total_seconds()))
    assert waits == [1, 5, 10, 20, 40, 40]


def test_an_upgrade_that_lasted_makes_us_forget_the_wrong_ones() -> None:
    viewer = Viewer()
    viewer.run(budget(150_000), 2)
    for _ in range(3):
        viewer.run(AMPLE, 45)
        assert viewer.run(budget(150_000)) == "q"
        assert viewer.run(AMPLE, 1.5) == "f"
        assert viewer.run(budget(150_000)) == "q"  # wrong: five seconds again
        assert viewer.run(AMPLE, 4) == "q"
        assert viewer.run(AMPLE, 1.5) == "f"


def test_upgrades_one_after_the_other_that_last_shorten_the_next_wait() -> None:
    viewer = Viewer()
    viewer.run(budget(150_000), 2)
    viewer.run(AMPLE, 1)
    viewer.run(budget(150_000))
    viewer.run(budget(500_000), 20)
    assert viewer.run(AMPLE, 1.5) == "f"
    assert viewer.run(budget(150_000)) == "q"
    assert viewer.run(AMPLE, 4) == "q"
    assert viewer.run(AMPLE, 1.5) == "f"


def test_while_held_back_we_neither_probe_nor_start_high() -> None:
    viewer = Viewer()
    viewer.run(budget(150_000), 2)
    viewer.run(AMPLE, 2)
    viewer.run(budget(150_000))
    assert viewer.wanted() == 0
    viewer.wishes = (wish(), wish("w"))
    assert viewer.run(AMPLE, 3) == "qq"
    assert viewer.run(AMPLE, 3) == "ff"


def test_what_was_paused_comes_back_while_a_wrong_upgrade_holds_the_rest_back() -> None:
    viewer = Viewer()
    viewer.run(budget(150_000), 2)
    viewer.run(AMPLE, 2)
    assert viewer.run(AUDIO) == "-"
    assert viewer.wanted() == budget(150_000)
    assert viewer.run(AMPLE, 1.5) == "q"
    assert viewer.wanted() == 0
    assert viewer.run(AMPLE, 5) == "f"


def test_the_step_after_one_that_still_has_to_last_is_looked_for_already() -> None:
    viewer = Viewer()
    viewer.run(budget(150_000), 2)
    assert viewer.run(budget(500_000)) == "q"
    assert viewer.wanted() == budget(1_500_000)


def test_a_layer_that_grows_beyond_the_budget_is_left() -> None:
    viewer = Viewer()
    viewer.run(budget(1_500_000), 15)
    viewer.wishes = (wish(layers=(*LAYERS[:2], Layer("f", 720, 2_500_000))),)
    assert viewer.run(budget(1_500_000)) == "h"


def test_a_layer_that_dies_is_replaced_at_once() -> None:
    viewer = Viewer()
    assert viewer.run(AMPLE) == "f"
    viewer.wishes = (wish(layers=LAYERS[:2]),)
    assert viewer.run(AMPLE) == "h"
    viewer.wishes = (wish(layers=LAYERS[2:]),)
    assert viewer.run(AMPLE) == "f"
    viewer.wishes = (wish(layers=LAYERS[1:]),)
    assert viewer.run(AMPLE) == "f"


def test_a_limit_works_at_once_both_ways_when_there_is_room() -> None:
    viewer = Viewer()
    viewer.run(AMPLE, 2)
    for limit, rid in ((180, "q"), (720, "f"), (0, "-"), (None, "f")):
        viewer.wishes = (wish(limit=limit),)
        assert viewer.run(AMPLE) == rid


def test_everybody_gets_the_lowest_before_anybody_gets_more() -> None:
    viewer = Viewer(wish("a"), wish("b", priority=5), wish("c"))
    assert viewer.run(budget(450_000), 3) == "qqq"
    assert viewer.run(budget(799_999), 3) == "qqq"
    assert viewer.run(budget(800_000), 3) == "qhq"
    assert viewer.run(budget(1_800_000), 3) == "qfq"
    assert viewer.run(budget(2_150_000), 3) == "hfq"
    assert viewer.run(budget(2_500_000), 3) == "hfh"
    assert viewer.run(budget(3_500_000), 3) == "ffh"
    assert viewer.run(budget(4_500_000), 3) == "fff"
    assert viewer.run(budget(799_999, reserve=False)) == "qqq"


def test_the_least_important_is_paused_first_and_resumes_with_reserve() -> None:
    viewer = Viewer(wish("a"), wish("b", priority=5), wish("c"))
    viewer.run(budget(450_000), 3)
    assert viewer.run(budget(449_999, reserve=False)) == "qq-"
    assert viewer.run(budget(299_999, reserve=False)) == "-q-"
    assert viewer.run(budget(149_999, reserve=False)) == "---"
    assert viewer.run(budget(149_999), 20) == "---"
    assert viewer.run(budget(150_000), 2) == "-q-"
    assert viewer.run(budget(450_000), 0.5) == "-q-"
    assert viewer.run(budget(450_000), 2) == "qqq"


def test_what_does_not_fit_leaves_the_room_to_others_until_it_does() -> None:
    screen = wish("s", layers=(Layer("", 1080, 2_000_000),))
    viewer = Viewer(wish("a"), screen)
    assert viewer.run(budget(1_500_000), 2) == "f-"
    assert viewer.run(budget(2_150_000), 2) == "q-"
    assert viewer.chosen == {"a": "q", "s": ""}


def test_who_becomes_important_takes_the_room_of_others() -> None:
    viewer = Viewer(wish("a", priority=1), wish("b"))
    assert viewer.run(budget(1_650_000), 20) == "fq"
    viewer.wishes = (wish("a"), wish("b", priority=1))
    assert viewer.run(budget(1_650_000)) == "qf"


def test_a_new_section_gets_its_lowest_at_the_cost_of_others() -> None:
    viewer = Viewer()
    viewer.run(budget(500_000), 20)
    viewer.wishes = (wish(), wish("w"))
    assert viewer.run(budget(500_000)) == "qq"
    viewer.wishes = (wish(),)
    assert viewer.run(budget(500_000), 2) == "h"  # and that was no wrong upgrade


def test_many_sections_share() -> None:
    viewer = Viewer(*(wish(f"{number}") for number in range(40)))
    assert viewer.run(budget(30 * 150_000, reserve=False)) == "q" * 30 + "-" * 10
    assert viewer.run(budget(40 * 500_000 + 1_000_000), 3) == "f" + "h" * 39


def test_the_budget_of_the_next_upgrade_is_told() -> None:
    viewer = Viewer(wish("a"), wish("b", priority=5))
    viewer.run(budget(300_000), 3)
    assert viewer.wanted() == budget(650_000)
    viewer.run(budget(650_000), 3)
    assert viewer.wanted() == budget(1_000_000)
    viewer.run(AMPLE, 3)
    assert viewer.wanted() == 0
    viewer.run(budget(150_000, reserve=False))
    viewer.run(budget(150_000), 10)
    assert viewer.wanted() == budget(300_000)


def test_before_any_decision_the_next_layer_of_what_flows_is_wanted() -> None:
    assert Viewer(wish(current="h")).wanted() == budget(1_500_000)
    assert Viewer().wanted() == budget(500_000)


bitrates = st.integers(1, 3_000_000)
wishes = st.lists(
    st.builds(
        wish,
        mid=st.sampled_from("abcdefgh"),
        limit=st.sampled_from([None, 0, 180, 360, 720]),
        priority=st.integers(0, 2),
        layers=st.lists(bitrates, min_size=1, max_size=3).map(
            lambda costs: tuple(
                Layer("qhf"[level], 180 << level, cost) for level, cost in enumerate(sorted(costs))
            )
        ),
    ),
    unique_by=lambda one: one.mid,
    max_size=8,
)


def cost(wishes: Sequence[Wish], chosen: dict[str, str | None]) -> int:
    rates = {(w.mid, layer.rid): layer.bitrate for w in wishes for layer in w.layers}
    return sum(rates[mid, rid] for mid, rid in chosen.items() if rid is not None)


@given(st.lists(st.tuples(st.integers(0, 9_000_000), wishes, st.integers(0, 2000)), max_size=12))
def test_the_sum_never_exceeds_the_budget(
    steps: list[tuple[int, list[Wish], int]],
) -> None:
    chooser, now = LayerChooser(), timedelta()
    for available, asked, milliseconds in steps:
        now += timedelta(milliseconds=milliseconds)
        chosen = chooser.choose(available, AUDIO, asked, now)
        assert list(chosen) == [one.mid for one in asked]
        assert cost(asked, chosen) <= max(available - AUDIO, 0)


@given(st.integers(0, 9_000_000), st.integers(0, 9_000_000), wishes)
def test_a_steady_budget_comes_to_rest(first: int, then: int, asked: list[Wish]) -> None:
    viewer = Viewer(*asked)
    viewer.run(first, 1)
    viewer.run(then, 12)
    changes = viewer.changes
    viewer.run(then, 5)
    assert viewer.changes == changes


@given(st.integers(0, 9_000_000), wishes)
def test_the_wanted_budget_brings_an_upgrade(first: int, asked: list[Wish]) -> None:
    viewer = Viewer(*asked)
    viewer.run(first, 15)
    needed, before = viewer.wanted(), dict(viewer.chosen)
    viewer.run(max(needed, first), 2)
    assert (viewer.chosen != before) is (needed > 0)
    viewer.run(AMPLE, 12)
    assert viewer.wanted() == 0

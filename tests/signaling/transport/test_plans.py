"""Plans that grow with each who joins are those that would be made anew."""

import socket
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signaling.forwarding.laid import Members, Shift
from signaling.transport.mmsg import SOCKADDR
from signaling.transport.plans import FEW, Plan, Plans
from signaling.transport.srtp import GCM_TAG, SHA1_TAG
from signaling.transport.workspace import VIEWERS, Party
from tests.signaling.transport.viewers import Crowd, Viewer

ARRAYS = ("contexts", "salts", "cells", "shifts", "names")
KINDS = (GCM_TAG, GCM_TAG, SHA1_TAG)


def members(numbers: list[int]) -> Members:
    shifts = tuple(Shift(1000 + n, n, 2 * n, 3 * n, 4 * n) for n in numbers)
    return Members(1, tuple(f"viewer-{n}" for n in numbers), shifts)


def grown(known: Members, number: int) -> Members:
    """As a cohort lets somebody in."""
    more = members([number])
    return Members(1, known.sessions + more.sessions, known.shifts + more.shifts)


def plans(crowd: Crowd) -> Plans:
    return Plans(crowd, socket.AF_INET, batches=True)  # type: ignore[arg-type]


def content(viewers: Party) -> tuple[object, ...]:
    """All that a party says, whoever made it."""
    told = viewers.messages["name"] - viewers.names.ctypes.data
    assert told.tolist() == [place * SOCKADDR for place in range(len(viewers.sessions))]
    lengths, counts = viewers.messages["name_length"], viewers.messages["count"]
    arrays = (np.asarray(getattr(viewers, name)).tolist() for name in ARRAYS)
    known = viewers.sessions, viewers.addresses, viewers.keys, viewers.tag, viewers.is_sealed
    return (*known, *arrays, lengths.tolist(), counts.tolist())


def same(one: Plan, other: Plan) -> bool:
    """Whether two plans reach the same viewers in the same ways."""
    listed = (sorted(map(content, plan.parties), key=str) for plan in (one, other))
    is_same = one.members is other.members and one.unreachable == other.unreachable
    return is_same and one.singles == other.singles and next(listed) == next(listed)


@pytest.fixture(scope="module")
def crowd() -> Iterator[Crowd]:
    made = Crowd({f"viewer-{n}": Viewer(n, KINDS[n % 3]) for n in range(2 * FEW + 3)})
    yield made
    made.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(("join", "leave", "move", "nobody")), st.integers(0))))
def test_a_plan_that_grew_is_the_one_that_would_be_made_anew(
    crowd: Crowd, steps: list[tuple[str, int]]
) -> None:
    growing, here = plans(crowd), members([])
    viewers = list(crowd.viewers)
    for what, number in steps:
        present = [int(name.removeprefix("viewer-")) for name in here.sessions]
        absent = [n for n in range(len(viewers)) if n not in present]
        match what:
            case "join" if absent:
                here = grown(here, absent[number % len(absent)])
            case "nobody":  # in the cohort, and not reached
                here = grown(here, len(viewers) + number)
            case "leave" if present:
                del present[number % len(present)]
                here = members(present)
            case "move":
                viewer = crowd.viewers[viewers[number % len(viewers)]]
                viewer.agent.selected = ("127.0.0.1", 1024 + number % 60_000)
                crowd.generation += 1
            case _:
                pass
        assert same(growing.of(here), plans(crowd).of(here))


def test_who_joins_a_full_party_begins_another_one() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(VIEWERS + 40)})
    growing, listed = plans(crowd), list(range(VIEWERS - 20))
    here = members(listed)
    before = growing.of(here)
    for n in range(VIEWERS - 20, VIEWERS + 40, 10):
        for late in range(n, n + 10):
            here = grown(here, late)
        assert same(growing.of(here), plans(crowd).of(here))
    after = growing.of(here)
    assert [len(viewers.sessions) for viewers in after.parties] == [VIEWERS, 40]
    assert len(before.parties[0].sessions) == VIEWERS - 20, "a frame may still be on its way"
    crowd.close()


def test_nothing_is_asked_of_those_who_are_in_the_plan() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW + 1)})
    growing, here = plans(crowd), members(list(range(FEW)))
    growing.of(here)
    everybody, crowd.viewers = crowd.viewers, {f"viewer-{FEW}": crowd.viewers[f"viewer-{FEW}"]}
    plan = growing.of(grown(here, FEW))
    assert (plan.unreachable, len(plan.parties[0].sessions)) == (0, FEW + 1)
    crowd.viewers = everybody
    crowd.close()

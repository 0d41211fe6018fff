"""`make test` runs every test exactly once, whatever its marks are."""

import re
from itertools import product
from pathlib import Path

import pytest

MAKEFILE = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
PARTS = ("live", "plain", "others", "pages")
POSSIBLE = [
    marks
    for marks in product((False, True), repeat=3)  # e2e, live, plain
    if not (marks[0] and marks[2])  # tests/conftest.py sees to that
]


def recipe(target: str) -> str:
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert found is not None, target
    return found[1]


def runs(part: str, marks: tuple[bool, ...]) -> bool:
    chosen = re.search(r'-m "([^"]+)"', recipe(part))
    assert chosen is not None, part
    named = dict(zip(("e2e", "live", "plain"), marks, strict=True))
    return bool(eval(chosen[1], {}, named))  # noqa: S307  our own Makefile


@pytest.mark.parametrize("marks", POSSIBLE)
def test_every_test_belongs_to_one_part(marks: tuple[bool, ...]):
    assert [runs(part, marks) for part in PARTS].count(True) == 1


def test_every_part_is_run():
    words = re.findall(r"\w+", recipe("test") + recipe("beside"))
    assert [words.count(part) for part in PARTS] == [1] * len(PARTS)


def test_a_function_that_starts_nothing_is_plain(request: pytest.FixtureRequest):
    assert request.node.get_closest_marker("plain")


async def test_one_that_awaits_is_not(request: pytest.FixtureRequest):
    assert not request.node.get_closest_marker("plain")


@pytest.mark.services
def test_one_that_starts_something_is_not(request: pytest.FixtureRequest):
    assert not request.node.get_closest_marker("plain")

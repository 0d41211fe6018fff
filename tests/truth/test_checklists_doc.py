"""docs/reference/checklists.md has every line of the lists, and names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "checklists.md"
LINES = [*(f"W{n}" for n in range(1, 26)), *(f"E{n}" for n in range(1, 9))]
PITFALLS = [str(n) for n in range(1, 26)]


def rows() -> dict[str, tuple[str, ...]]:
    """Number of a line -> the tests that it names."""
    found = re.findall(r"^\| ([WE]?\d+) \|.*\| ([^|]*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {number: tuple(re.findall(r"`(\w+)`", cell)) for number, cell in found}


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all tests."""
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_line_and_pitfall_has_its_row():
    assert list(rows()) == [*LINES, *PITFALLS]


@pytest.mark.parametrize("number", [*LINES, *PITFALLS])
def test_a_row_names_tests_that_exist(number: str, tests: set[str]):
    named = rows()[number]
    assert named
    assert set(named) <= tests


@pytest.mark.parametrize("line", LINES)
def test_every_line_has_a_test_that_is_named_after_it(line: str):
    mark = f"_{line[0].lower()}{int(line[1:]):02}_"
    assert any(mark in name for name in rows()[line]), mark

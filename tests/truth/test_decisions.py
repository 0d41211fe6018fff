"""Every decision in docs/adr is one page of one shape, and what it names exists."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "adr"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]
PATH = re.compile(r"`((?:tests|web|scripts|signaling|interviews|scheduler)/[\w./*-]+)`")
CONTRACT = re.compile(r"contracts? \*([^*]+)\*")
LONGEST = 60  # lines: one page

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def sections(page: Path) -> dict[str, str]:
    """The text under each heading."""
    parts = page.read_text(encoding="utf-8").split("\n## ")[1:]
    return {head: body.strip() for head, _, body in (part.partition("\n") for part in parts)}


def test_no_two_decisions_share_a_number():
    numbers = [int(page.stem[:4]) for page in PAGES]
    assert numbers == sorted(set(numbers))


@every_page
def test_a_decision_has_the_sections_of_one_page(page: Path):
    text = page.read_text(encoding="utf-8")
    assert list(sections(page))[: len(SECTIONS)] == SECTIONS
    assert text.startswith(f"# {int(page.stem[:4])}. ")
    assert "**Status:** " in text
    assert len(text.splitlines()) <= LONGEST


@every_page
def test_the_context_has_at_most_four_sentences_and_the_decision_is_one(page: Path):
    found = sections(page)
    assert len(re.findall(r"[.!?](?:\s|$)", found["Context"])) <= 4
    decision = " ".join(line.removeprefix("> ") for line in found["Decision"].splitlines())
    assert len(re.findall(r"[.!?](?:\s|$)", decision.replace('"', ""))) == 1


@every_page
def test_what_enforces_a_decision_exists(page: Path):
    for name in PATH.findall(page.read_text(encoding="utf-8")):
        assert list(ROOT.glob(name.rstrip("/"))), name
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {one["name"] for one in project["tool"]["importlinter"]["contracts"]}
    named = sections(page)["Enforced by"].replace("\n", " ")
    assert set(CONTRACT.findall(named)) <= contracts

"""What is kept in the repository: no addresses in lock files, no dead links, no machine paths."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import check_locks

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)
PLACES = re.compile(r"(?<![\w.])/(?:home|Users|root|work|mnt)/\w+")
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")],
)


def anchors(page: Path) -> set[str]:
    """The anchors that headings get, as GitHub and MyST make them."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "_build" not in page.parts], ids=lambda page: page.name
)
def test_every_link_to_a_file_of_ours_leads_somewhere(page: Path):
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), target


def test_no_lock_file_names_an_address(capsys: pytest.CaptureFixture[str]):
    assert check_locks.main() == 0, capsys.readouterr().out


def test_no_file_names_a_place_on_somebodys_machine():
    listed = subprocess.run(  # noqa: S603  constant arguments
        [shutil.which("git") or "git", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture, or a file that is being moved
        assert PLACES.findall(text) == [], name

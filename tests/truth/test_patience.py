"""What tests of poor links run in a page is as patient as our own pages are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("USUAL", "PATIENT", "OFTEN", "LOOK_EVERY")


def test_the_page_of_the_lossy_stories_waits_as_long_as_our_pages() -> None:
    ours = (ROOT / "web/frontend/room/patience.ts").read_text("utf-8")
    theirs = (ROOT / "tests/net/lossy.js").read_text("utf-8")
    values = [re.search(rf"const {name} = ([\d._]+);", ours) for name in NAMES]
    listed = ", ".join(NAMES)
    told = re.search(rf"const \[{listed}\] = \[(.*)\];", theirs)
    assert told is not None
    expected = [float(value[1].replace("_", "")) for value in values if value is not None]
    assert [float(value) for value in told[1].split(",")] == expected

"""docs/reference/whip-and-whep.md names every route and refusal of WHIP and WHEP."""

import re
from datetime import UTC, datetime
from pathlib import Path

from signaling import refusals
from signaling.endpoints import whep, whip
from signaling.refusals import Refusal
from signaling.rooms.refusals import InterviewOver, NotAdmitted, ObserverOnly, ScreenTaken
from signaling.workers.control import MediaControl
from signaling.workers.plan import WorkerPlan
from tests.signaling.endpoints.house import House

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "whip-and-whep.md"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def cells(pattern: str) -> list[tuple[str, str]]:
    return re.findall(pattern, PAGE.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_names_exactly_the_routes_that_exist():
    house = House(MediaControl(WorkerPlan(host="127.0.0.1")))
    routes = [
        (route.method, route.path)
        for endpoint in (whip, whep)
        for route in endpoint.routes(house, clock=lambda: NOW)
        if route.method != "*"  # what no resource takes
    ]
    assert sorted(cells(r"^\| `([A-Z]+)` \| `([^`]+)` \|")) == sorted(routes)


def test_the_page_names_exactly_the_refusals_that_exist():
    known = {
        (kind.code, str(kind.status))
        for kind in vars(refusals).values()
        if isinstance(kind, type) and issubclass(kind, Refusal) and kind is not Refusal
    }
    assert set(cells(r"^\| `([a-z-]+)` \| (\d+) \|")) == known


def test_the_page_names_what_a_room_adds():
    text = PAGE.read_text(encoding="utf-8")
    for kind in (InterviewOver, NotAdmitted, ObserverOnly, ScreenTaken):
        assert f"`{kind.code}` ({kind.status}" in text

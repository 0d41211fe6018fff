"""What supervisors and Prometheus are told."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from interviews.bookings.models import BookingState
from interviews.database import Database
from interviews.outbox import Message, OutboxKind, tell
from interviews.people.service import number_of
from signaling.engine import Engine
from tests.signaling.engine.paper_media import PaperMedia
from tests.support.site import Site
from tests.support.world import a_person
from web.keys import DATABASE, ENGINE
from web.metrics import COUNTED, MOMENTARY, exposition

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"
NAME = re.compile(r"^# TYPE (daigang_\w+)", re.MULTILINE)


class NeverUp(PaperMedia):
    """Workers that are still starting."""

    async def ready(self) -> None:
        await self._stopped.wait()


@pytest.fixture
def without_database(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    away = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'folder'}")
    monkeypatch.setitem(site.app._state, DATABASE, away)
    return away


@pytest.fixture
def without_worker(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(NeverUp(), b"a key of the tests, nothing else", site.clock.now)
    monkeypatch.setitem(site.app._state, ENGINE, engine)


async def test_a_process_that_answers_is_alive(site: Site):
    answer = await site.browser().get("/healthz")
    assert (answer.status, answer.text) == (200, "ok\n")


async def test_a_service_with_all_its_parts_is_ready(site: Site):
    answer = await site.browser().get("/readyz")
    assert (answer.status, answer.text) == (200, "ready\n")


@pytest.mark.usefixtures("without_worker")
async def test_a_service_without_a_worker_says_so(site: Site):
    answer = await site.browser().get("/readyz")
    assert (answer.status, answer.text) == (503, "not ready: media worker\n")


@pytest.mark.usefixtures("without_worker", "without_database")
async def test_a_service_without_anything_names_both(site: Site):
    answer = await site.browser().get("/readyz")
    assert (answer.status, answer.text) == (503, "not ready: database, media worker\n")
    assert (await site.browser().get("/healthz")).status == 200


async def test_metrics_count_the_mail_that_waits(site: Site):
    due = site.clock.now()
    async with site.database.writing() as session:
        person = number_of(await a_person(session))
        payload = {"letter": "sign-in", "link": "http://daigang.example/x"}
        letters = [Message(dedupe_key=str(n), kind=OutboxKind.LETTER, recipient_id=person,
                           payload=payload) for n in range(2)]  # fmt: skip
        await tell(session, letters, now=due)
    site.clock.advance(timedelta(seconds=30))
    text = (await site.browser().get("/metrics")).text
    assert "daigang_mail_waiting 2.0" in text
    assert "daigang_mail_oldest_seconds 30.0" in text
    assert "daigang_mail_failed 0.0" in text
    assert "daigang_database_up 1.0" in text


async def test_metrics_carry_the_engines_counters_and_the_process(site: Site):
    answer = await site.browser().get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "process_cpu_seconds_total" in answer.text
    assert "daigang_rooms 0.0" in answer.text
    assert "daigang_connections_total 0.0" in answer.text
    for state in BookingState:
        assert f'daigang_bookings{{state="{state}"}} 0.0' in answer.text


@pytest.mark.usefixtures("without_database")
async def test_without_a_database_the_other_numbers_are_still_told(site: Site):
    text = (await site.browser().get("/metrics")).text
    assert "daigang_database_up 0.0" in text
    assert "daigang_rooms 0.0" in text
    assert "daigang_mail_waiting" not in text


async def test_every_counter_of_the_engine_has_a_meaning(site: Site):
    assert set(site.engine.counters()) == {*MOMENTARY, *COUNTED}


async def test_every_metric_is_documented(site: Site):
    page = DOCUMENT.read_text("utf-8")
    told = set(re.findall(r"^\| `(daigang_\w+)", page, re.MULTILINE))
    assert told == set(NAME.findall((await site.browser().get("/metrics")).text))


def test_an_engine_may_learn_to_count_more():
    assert b"daigang_layers_switched_total 3.0" in exposition({"layers_switched": 3}, None)

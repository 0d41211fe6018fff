"""A process is killed at each named point; the next one loses nothing and repeats at most once."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from interviews.database import Database
from scheduler.checkpoints import Point
from tests.scheduler.delivery.servers import moody_server
from tests.scheduler.drain.crashing import crash
from tests.scheduler.drain.office import Office, an_office
from tests.support.clock import FakeClock
from tests.support.forked import forked

pytestmark = pytest.mark.services

EARLY = (Point.CLAIMED, Point.BUILT, Point.BEFORE_DATA)
LATE = (Point.AFTER_250, Point.BEFORE_MARK)
PATIENCE = 60  # seconds; only a hanging process ever takes them


@dataclass(frozen=True, slots=True)
class Scene:
    """An office whose drain runs in other processes."""

    office: Office
    url: str
    note: Path

    async def drain(self, *, hours: float, point: Point | None = None) -> int:
        """Drain in a process of its own, killed at the point; its exit status."""
        order = {
            "database": self.url,
            "port": self.office.server.port,
            "hours": hours,
            "point": point,
            "note": str(self.note),
        }
        async with asyncio.timeout(PATIENCE):
            ended = await forked(crash, json.dumps(order))
        print(ended.out, ended.err)  # noqa: T201  pytest shows it beside a failure
        return ended.status

    async def die_at(self, point: Point) -> str:
        """Drain until the point, and answer whose mail was there."""
        assert await self.drain(hours=0, point=point) == -signal.SIGKILL, "point not reached"
        rows = {str(row.id): row for row in await self.office.rows()}
        recipient = rows[await asyncio.to_thread(self.note.read_text)].recipient_id
        return {self.office.graduate: "graduate", self.office.recruiter: "recruiter"}[recipient]

    def sent(self, part: str) -> list[EmailMessage]:
        """What arrived for the graduate or for the recruiter."""
        is_graduate = part == "graduate"
        return [
            mail
            for mail in self.office.mails()
            if ("aili@example.com" in str(mail["To"])) == is_graduate
        ]

    def methods(self, part: str) -> list[str]:
        return [
            str(each.get_param("method"))
            for mail in self.sent(part)
            for each in mail.walk()
            if each.get_content_type() == "text/calendar"
        ]


async def a_scene(url: str, note: Path) -> AsyncIterator[Scene]:
    database = Database.open(url)
    try:
        async with moody_server() as server:
            yield Scene(await an_office(database, FakeClock(), server), url, note)
    finally:
        await database.close()


@pytest.fixture
async def scene(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async for scene in a_scene(sqlite_url, tmp_path / "note"):
        yield scene


@pytest.fixture
async def postgres_scene(postgres_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async for scene in a_scene(postgres_url, tmp_path / "note"):
        yield scene


async def check_that_nothing_is_lost(scene: Scene, point: Point) -> None:
    await scene.office.book()
    victim = await scene.die_at(point)
    assert await scene.drain(hours=1) == 0
    for part in ("graduate", "recruiter"):
        assert set(scene.methods(part)) == {"REQUEST"}
        [(_, copies)] = Counter(mail["Message-ID"] for mail in scene.sent(part)).items()
        assert copies <= 2
    assert len(scene.sent(victim)) == (1 if point in EARLY else 2)
    assert all(row.sent_at and not row.skipped for row in await scene.office.rows())


async def check_that_a_cancellation_holds(scene: Scene, point: Point) -> None:
    booking = await scene.office.book()
    victim = await scene.die_at(point)
    await scene.office.cancel(booking)
    assert await scene.drain(hours=1) == 0
    assert scene.methods(victim) == ([] if point in EARLY else ["REQUEST", "CANCEL"])
    for part in ("graduate", "recruiter"):  # one mail may have left before the kill, none after
        assert scene.methods(part) in ([], ["CANCEL"], ["REQUEST", "CANCEL"])
    assert all(row.sent_at for row in await scene.office.rows())


@pytest.mark.parametrize("point", list(Point))
async def test_a_process_killed_at_any_point_loses_no_invite(scene: Scene, point: Point) -> None:
    await check_that_nothing_is_lost(scene, point)


@pytest.mark.parametrize("point", list(Point))
async def test_a_booking_cancelled_after_the_kill_is_not_invited_to(
    scene: Scene, point: Point
) -> None:
    await check_that_a_cancellation_holds(scene, point)


@pytest.mark.postgres
@pytest.mark.parametrize("point", [Point.CLAIMED, Point.BUILT, Point.AFTER_250])
async def test_on_postgresql_a_killed_process_loses_no_invite(
    postgres_scene: Scene, point: Point
) -> None:
    await check_that_nothing_is_lost(postgres_scene, point)


@pytest.mark.postgres
@pytest.mark.parametrize("point", [Point.CLAIMED, Point.BEFORE_DATA, Point.BEFORE_MARK])
async def test_on_postgresql_a_cancellation_after_the_kill_holds(
    postgres_scene: Scene, point: Point
) -> None:
    await check_that_a_cancellation_holds(postgres_scene, point)


async def test_a_process_killed_before_the_lease_ends_is_not_doubled(scene: Scene) -> None:
    await scene.office.book()
    victim = await scene.die_at(Point.BEFORE_DATA)
    assert await scene.drain(hours=0) == 0
    assert scene.sent(victim) == [], "the row is under lease"
    assert await scene.drain(hours=1) == 0
    assert len(scene.sent(victim)) == 1


def test_every_point_belongs_to_a_side() -> None:
    assert (*EARLY, *LATE) == tuple(Point)

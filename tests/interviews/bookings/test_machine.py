"""Whatever people do in whatever order, the invariants of claims hold after every step."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from interviews.bookings.commands import Agreement
from interviews.bookings.models import Booking, BookingState
from interviews.bookings.refusals import NotLive
from interviews.database import Database
from interviews.people.models import PersonId
from interviews.refusals import Refusal
from interviews.slots.models import SlotId
from tests.services.postgres import TEMPLATE, PostgresServer
from tests.support.clock import FakeClock
from tests.support.invariants import broken_rules
from tests.support.verbs import TEN, World
from tests.support.world import a_graduate, a_job, a_place, a_recruiter, a_slot, id_of

pytestmark = pytest.mark.unwatched
GRADUATES, SLOTS = 4, 9
graduate_numbers = st.integers(0, GRADUATES - 1)
slot_numbers = st.integers(0, SLOTS - 1)


class Bookings(RuleBasedStateMachine):
    """Two jobs of one firm, two interviewers, overlapping slots, every other one for two people."""

    template: ClassVar[Path]
    server: ClassVar[PostgresServer | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.live: dict[int, Agreement] = {}
        self.name = ""
        self.folder = Path(tempfile.mkdtemp())
        if self.server is None:
            shutil.copyfile(self.template, self.folder / "db.sqlite3")
            url = f"sqlite+aiosqlite:///{self.folder / 'db.sqlite3'}"
        else:
            self.name = self.server.create(template=TEMPLATE)
            url = self.server.url(self.name)
        self.database = Database.open(url, pool_size=1)
        self.slots: list[SlotId] = []
        self.people: list[PersonId] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def attempt(self, work: Coroutine[Any, Any, Agreement]) -> Agreement | None:
        """What came of it; a refusal is an answer like any other."""
        try:
            return self.run(work)
        except Refusal:
            return None

    @initialize()
    def furnish(self) -> None:
        self.run(self._furnish())

    async def _furnish(self) -> None:
        async with self.database.writing() as session:
            place = await a_place(session)
            second = id_of(await a_recruiter(session, place.firm_id))
            other_job = await a_job(session, place.firm_id)
            first = place.recruiter_id
            quarter = timedelta(minutes=15)
            for number in range(SLOTS):
                slot = await a_slot(
                    session,
                    place.job_id if number % 3 else other_job.id,
                    [(first,), (second,), (first, second)][number % 3],
                    starts_at=TEN + number * quarter,
                    capacity=1 + number % 2,
                    buffer_after=timedelta(minutes=5 * (number % 2)),
                )
                self.slots.append(SlotId(slot.id or 0))
            self.people = [id_of(await a_graduate(session)) for _ in range(GRADUATES)]
        self.world = World(self.database, FakeClock(), place)

    @rule(who=graduate_numbers, which=slot_numbers)
    def hold(self, who: int, which: int) -> None:
        self.attempt(self.world.hold(self.slots[which], self.people[who]))

    @rule(who=graduate_numbers, which=slot_numbers)
    def book(self, who: int, which: int) -> None:
        agreement = self.attempt(self.world.book(self.slots[which], self.people[who]))
        if agreement is not None:
            self.live[agreement.booking_id] = agreement

    @rule(which=slot_numbers)
    def everybody_books(self, which: int) -> None:
        for who in range(GRADUATES):
            self.book(who, which)

    @rule(who=graduate_numbers, which=slot_numbers)
    def release(self, who: int, which: int) -> None:
        self.run(self.world.release(self.slots[which], self.people[who]))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), which=slot_numbers)
    def move(self, data: st.DataObject, which: int) -> None:
        old = self.live[data.draw(st.sampled_from(sorted(self.live)))]
        before = self.run(self.world.row(old.booking_id))
        moved = self.attempt(self.world.move(old.booking_id, self.slots[which], old.graduate_id))
        after: Booking = self.run(self.world.row(old.booking_id))
        if moved is None:
            assert after == before
        else:
            assert (after.uid, after.id) == (before.uid, before.id)
            assert (after.sequence, after.moves) == (before.sequence + 1, before.moves + 1)
            self.live[old.booking_id] = moved

    @precondition(lambda self: self.live)
    @rule(data=st.data(), by_firm=st.booleans())
    def cancel(self, data: st.DataObject, by_firm: bool) -> None:  # noqa: FBT001  drawn
        old = self.live.pop(data.draw(st.sampled_from(sorted(self.live))))
        by = self.world.place.recruiter_id if by_firm else old.graduate_id
        try:
            cancelled = self.run(self.world.cancel(old.booking_id, by, "计划有变"))
        except NotLive:
            assert self.world.clock.now() >= old.ends_at
        else:
            assert cancelled.sequence == old.sequence + 1

    @precondition(lambda self: self.live)
    @rule(data=st.data(), outcome=st.sampled_from([BookingState.DONE, BookingState.NO_SHOW]))
    def finish(self, data: st.DataObject, outcome: BookingState) -> None:
        number = data.draw(st.sampled_from(sorted(self.live)))
        panel = self.world.place.recruiter_id
        if self.attempt(self.world.finish(number, panel, outcome)) is not None:
            del self.live[number]

    @rule(seconds=st.sampled_from([30, 90, 600, 3600, 40_000]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(timedelta(seconds=seconds))

    @rule()
    def sweep(self) -> None:
        self.run(self.world.expire())

    @invariant()
    def every_rule_holds(self) -> None:
        if self.slots:
            assert self.run(broken_rules(self.database)) == {}

    def teardown(self) -> None:
        self.run(self.database.close())
        self.loop.close()
        shutil.rmtree(self.folder)
        if self.server is not None:
            self.server.drop(self.name)


def test_no_order_of_steps_breaks_an_invariant_on_sqlite(sqlite_template: Path):
    machine = type("OnSqlite", (Bookings,), {"template": sqlite_template})
    run_state_machine_as_test(machine, settings=settings(max_examples=40, stateful_step_count=30))


@pytest.mark.postgres
def test_no_order_of_steps_breaks_an_invariant_on_postgresql(postgres_server: PostgresServer):
    machine = type("OnPostgres", (Bookings,), {"server": postgres_server})
    run_state_machine_as_test(machine, settings=settings(max_examples=8, stateful_step_count=25))

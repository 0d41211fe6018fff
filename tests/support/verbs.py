"""The verbs of bookings as a graduate or a recruiter would say them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from interviews.bookings.commands import Agreement, Book, Cancel, Finish, Hold, Move
from interviews.bookings.models import Booking, BookingId, BookingState
from interviews.bookings.service import book, cancel, expire, finish, hold, move, release
from interviews.database import Database
from interviews.jobs.models import JobId
from interviews.people.models import PersonId
from interviews.slots.models import SlotId
from tests.support.clock import START, FakeClock
from tests.support.world import (
    Place,
    a_firm,
    a_graduate,
    a_job,
    a_recruiter,
    a_slot,
    id_of,
)

TEN = START + timedelta(days=1, hours=1)  # Tuesday 10:00 in Beijing


@dataclass(slots=True)
class World:
    """Verbs as a graduate or a recruiter would say them, each in a unit of its own."""

    database: Database
    clock: FakeClock
    place: Place

    async def slot(
        self,
        starts_at: datetime = TEN,
        *,
        job_id: JobId | None = None,
        panel: tuple[PersonId, ...] = (),
        capacity: int = 1,
        length: timedelta = timedelta(minutes=30),
        buffer_before: timedelta = timedelta(0),
        buffer_after: timedelta = timedelta(0),
    ) -> SlotId:
        async with self.database.writing() as session:
            slot = await a_slot(
                session,
                job_id or self.place.job_id,
                panel or (self.place.recruiter_id,),
                starts_at=starts_at,
                length=length,
                capacity=capacity,
                buffer_before=buffer_before,
                buffer_after=buffer_after,
            )
            return SlotId(slot.id or 0)

    async def graduate(self, **details: str) -> PersonId:
        async with self.database.writing() as session:
            return id_of(await a_graduate(session, **details))

    async def recruiter(self) -> PersonId:
        async with self.database.writing() as session:
            return id_of(await a_recruiter(session, self.place.firm_id))

    async def other_place(self) -> Place:
        """Another firm with its own recruiter and job in the same campaign."""
        async with self.database.writing() as session:
            firm = await a_firm(session)
            recruiter = await a_recruiter(session, firm.id)
            job = await a_job(session, firm.id)
            return Place(self.place.campaign_id, firm.id, id_of(recruiter), job.id)

    async def hold(self, slot_id: SlotId, graduate_id: PersonId) -> Agreement:
        command = Hold(slot_id=slot_id, graduate_id=graduate_id)
        return await self.database.retrying(
            lambda session: hold(session, command, now=self.clock.now())
        )

    async def book(self, slot_id: SlotId, graduate_id: PersonId) -> Agreement:
        command = Book(slot_id=slot_id, graduate_id=graduate_id, text_version="2026-11-22")
        return await self.database.retrying(
            lambda session: book(session, command, now=self.clock.now())
        )

    async def move(
        self, booking_id: BookingId, slot_id: SlotId, graduate_id: PersonId
    ) -> Agreement:
        command = Move(booking_id=booking_id, slot_id=slot_id, graduate_id=graduate_id)
        return await self.database.retrying(
            lambda session: move(session, command, now=self.clock.now())
        )

    async def cancel(self, booking_id: BookingId, by: PersonId, reason: str = "") -> Agreement:
        command = Cancel(booking_id=booking_id, by=by, reason=reason)
        return await self.database.retrying(
            lambda session: cancel(session, command, now=self.clock.now())
        )

    async def finish(
        self, booking_id: BookingId, by: PersonId, outcome: BookingState = BookingState.DONE
    ) -> Agreement:
        command = Finish(booking_id=booking_id, by=by, outcome=outcome)
        return await self.database.retrying(
            lambda session: finish(session, command, now=self.clock.now())
        )

    async def release(self, slot_id: SlotId, graduate_id: PersonId) -> bool:
        return await self.database.retrying(
            lambda session: release(session, graduate_id, slot_id, now=self.clock.now())
        )

    async def expire(self) -> int:
        return await self.database.retrying(lambda session: expire(session, now=self.clock.now()))

    async def row(self, booking_id: BookingId) -> Booking:
        async with self.database.reading() as session:
            found = await session.get(Booking, booking_id)
            assert found is not None
            return found

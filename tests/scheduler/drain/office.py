"""A firm, a graduate, a few slots and a real SMTP server: what the drain's tests act upon."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from interviews.bookings.commands import Book, Cancel, Move
from interviews.bookings.models import Attendee, BookingId
from interviews.bookings.service.book import book
from interviews.bookings.service.cancel import cancel
from interviews.bookings.service.move import move
from interviews.database import Database
from interviews.outbox import Message, Outbox, OutboxKind, tell
from interviews.people.models import PersonId
from interviews.slots.models import SlotId
from scheduler.checkpoints import Checkpoint
from scheduler.delivery.carriers import Carrier
from scheduler.delivery.smtp import Security, SmtpCarrier, SmtpServer
from scheduler.drain import Drain
from tests.scheduler.delivery.servers import Moody
from tests.scheduler.support import IDENTITY, PartTexts, PlainLinks
from tests.support.clock import START, FakeClock
from tests.support.world import a_graduate, a_place, a_slot, id_of


@dataclass(slots=True)
class Office:
    """Verbs for the tests: book, move, cancel, drain, and look at what became of it."""

    database: Database
    clock: FakeClock
    server: Moody
    graduate: PersonId
    recruiter: PersonId
    slots: tuple[SlotId, ...]

    def drain(
        self, carrier: Carrier | None = None, *, checkpoint: Checkpoint | None = None
    ) -> Drain:
        return Drain(
            self.database,
            carrier or self.smtp(),
            PlainLinks(),
            PartTexts(),
            self.clock,
            mail=IDENTITY,
            checkpoint=checkpoint,
        )

    def smtp(self) -> SmtpCarrier:
        return SmtpCarrier(SmtpServer("127.0.0.1", self.server.port, Security.NONE))

    async def book(self) -> BookingId:
        async with self.database.writing() as session:
            command = Book(slot_id=self.slots[0], graduate_id=self.graduate, text_version="1")
            return (await book(session, command, now=self.clock.now())).booking_id

    async def move(self, booking: BookingId) -> None:
        async with self.database.writing() as session:
            command = Move(booking_id=booking, slot_id=self.slots[1], graduate_id=self.graduate)
            await move(session, command, now=self.clock.now())

    async def cancel(self, booking: BookingId) -> None:
        async with self.database.writing() as session:
            command = Cancel(booking_id=booking, by=self.graduate)
            await cancel(session, command, now=self.clock.now())

    async def letters(self, *payloads: Mapping[str, Any], to: PersonId | None = None) -> None:
        messages = [
            Message(
                dedupe_key=f"letter:{number}",
                kind=OutboxKind.LETTER,
                recipient_id=to or self.graduate,
                payload=dict(payload),
            )
            for number, payload in enumerate(payloads)
        ]
        async with self.database.writing() as session:
            await tell(session, messages, now=self.clock.now())

    async def rows(self) -> list[Outbox]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(Outbox).order_by(col(Outbox.id))))

    async def last_sent(self, person: PersonId) -> int | None:
        async with self.database.reading() as session:
            return await session.scalar(
                select(col(Attendee.last_sent_sequence)).where(col(Attendee.person_id) == person)
            )

    def mails(self) -> list[EmailMessage]:
        parsed = [message_from_bytes(each, policy=default) for each in self.server.taken]
        return [each for each in parsed if isinstance(each, EmailMessage)]

    def methods(self) -> list[str]:
        """The calendar method of each mail that arrived."""
        parts = [part for mail in self.mails() for part in mail.walk()]
        return [
            str(part.get_param("method"))
            for part in parts
            if part.get_content_type() == "text/calendar"
        ]


async def an_office(
    database: Database, clock: FakeClock, server: Moody, *, mailbox: str = "aili@example.com"
) -> Office:
    """One place with a graduate and two slots two and three days ahead."""
    async with database.writing() as session:
        place = await a_place(session)
        graduate = await a_graduate(session, name="艾力·买买提", email=mailbox)
        slots = [
            await a_slot(
                session, place.job_id, (place.recruiter_id,), starts_at=START + timedelta(days=days)
            )
            for days in (2, 3)
        ]
        return Office(
            database=database,
            clock=clock,
            server=server,
            graduate=id_of(graduate),
            recruiter=place.recruiter_id,
            slots=tuple(SlotId(slot.id or 0) for slot in slots),
        )

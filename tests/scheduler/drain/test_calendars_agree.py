"""Whatever happens in between: in the end every calendar shows what the database says.

Each person's calendar program is played by the rules of RFC 5546 §2.1.5 and §3.2; servers break,
bookings come and go, and the drain runs at odd moments.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import uuid4

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream
from sqlalchemy import select
from sqlmodel import col

from interviews.bookings.models import Booking, BookingId
from interviews.database import Database
from interviews.refusals import Refusal
from interviews.slots.models import Slot
from tests.scheduler.delivery.servers import LOST, LOST_BUT_KEPT, moody_server
from tests.scheduler.drain.office import Office, an_office
from tests.scheduler.invites.examples import calendar_octets
from tests.support.clock import FakeClock

ANSWERS = ["451 later", LOST, LOST_BUT_KEPT, "250 kept"]
TROUBLE = [("RCPT", "451 later"), *(("DATA", answer) for answer in ANSWERS)]
STEPS = st.sampled_from(["book", "move", "move", "cancel", "drain", "drain", "wait", *TROUBLE])
STORIES = st.lists(STEPS, min_size=3, max_size=16).map(lambda steps: ["book", *steps])


@dataclass(slots=True)
class CalendarProgram:
    """One person's calendar, filled by mail alone: uid -> (sequence, stamp, start or None)."""

    events: dict[str, tuple[int, datetime, datetime | None]] = field(default_factory=dict)

    def receive(self, mail: EmailMessage) -> None:
        calendar = IcsCalendarStream.calendar_from_ics(calendar_octets(mail).decode())
        [event] = calendar.events
        assert event.uid is not None
        assert isinstance(event.dtstart, datetime)
        news = (event.sequence or 0, event.dtstamp)
        known = self.events.get(event.uid)
        if known is not None and news < known[:2]:
            return
        if calendar.method == "REQUEST":
            self.events[event.uid] = (*news, event.dtstart)
        elif known is not None:
            self.events[event.uid] = (*news, None)

    def shown(self) -> dict[str, datetime]:
        return {uid: start for uid, (_, _, start) in self.events.items() if start is not None}


@dataclass(slots=True)
class Story:
    """Steps told by Hypothesis, one booking alive at most."""

    office: Office
    booking: BookingId | None = None

    async def step(self, step: str | tuple[str, str]) -> None:
        if isinstance(step, tuple):
            self.office.server.will_say(*step)
            return
        self.office.clock.advance(timedelta(seconds=1))
        try:
            await self._act(step)
        except Refusal:
            return  # a rule of the domain said no: the story goes on

    async def _act(self, step: str) -> None:
        if step == "book" and self.booking is None:
            self.booking = await self.office.book()
        elif step == "move" and self.booking is not None:
            await self.office.move(self.booking)
        elif step == "cancel" and self.booking is not None:
            await self.office.cancel(self.booking)
            self.booking = None
        elif step == "drain":
            await self.office.drain().drain_batch()
        elif step == "wait":
            self.office.clock.advance(timedelta(minutes=3))

    async def ending(self) -> None:
        """The server is well again, and the drain has all the time it needs."""
        self.office.server.replies.clear()
        for _ in range(4):
            self.office.clock.advance(timedelta(hours=2))
            await self.office.drain().drain_batch()

    async def truth(self) -> dict[str, datetime]:
        """The live booking's uid and start."""
        async with self.office.database.reading() as session:
            rows = await session.execute(
                select(Booking, Slot)
                .join(Slot, col(Slot.id) == col(Booking.slot_id))
                .where(col(Booking.id) == self.booking)
            )
            return {booking.uid: slot.starts_at for booking, slot in rows}


@pytest.mark.unwatched
@settings(max_examples=15)
@given(steps=STORIES)
@example(steps=["book", ("DATA", LOST_BUT_KEPT), ("DATA", LOST_BUT_KEPT), "drain", "cancel"])
@example(steps=["book", "drain", ("DATA", LOST_BUT_KEPT), "move", "drain", "cancel", "drain"])
@example(steps=["book", "drain", "cancel", "book", "drain", "move", ("DATA", LOST), "drain"])
async def test_in_the_end_every_calendar_shows_the_live_booking_and_nothing_else(
    sqlite_url: str, steps: list[str | tuple[str, str]]
) -> None:
    database = Database.open(sqlite_url)
    try:
        async with moody_server() as server:
            mailbox = f"graduate-{uuid4().hex}@example.com"  # examples share one database
            office = await an_office(database, FakeClock(), server, mailbox=mailbox)
            story = Story(office)
            for step in steps:
                await story.step(step)
            await story.ending()
            calendars: dict[str, CalendarProgram] = {}
            for octets in server.taken:
                mail = message_from_bytes(octets, policy=default)
                assert isinstance(mail, EmailMessage)
                calendars.setdefault(str(mail["To"]), CalendarProgram()).receive(mail)
            truth = await story.truth()
            assert [calendar.shown() for calendar in calendars.values() if calendar.shown()] == [
                truth for _ in range(2 if truth else 0)
            ]
            rows = await story.office.rows()
            assert all(row.sent_at for row in rows)
    finally:
        await database.close()

"""From a booking's verbs to what arrives, on SQLite and on PostgreSQL."""

from datetime import timedelta
from email.message import EmailMessage

from ical.calendar_stream import IcsCalendarStream
from ical.event import Event
from structlog.testing import capture_logs

from interviews.bookings.models import BookingId
from scheduler.delivery.carriers import Carrier, HandingOver, Outcome
from tests.scheduler.drain.office import Office
from tests.scheduler.invites.examples import calendar_octets


def event_of(message: EmailMessage) -> Event:
    [event] = IcsCalendarStream.calendar_from_ics(calendar_octets(message).decode()).events
    return event


def to(office: Office, mailbox: str) -> list[EmailMessage]:
    return [mail for mail in office.mails() if mailbox in str(mail["To"])]


async def test_a_booking_invites_everybody_once(office: Office) -> None:
    await office.book()
    drain = office.drain()
    assert await drain.drain_batch() == 2
    assert await drain.drain_batch() == 0
    assert office.methods() == ["REQUEST", "REQUEST"]
    assert len(to(office, "aili@example.com")) == 1
    assert {event_of(mail).uid for mail in office.mails()} == {event_of(office.mails()[0]).uid}
    assert all(row.sent_at and not row.skipped for row in await office.rows())
    assert await office.last_sent(office.graduate) == await office.last_sent(office.recruiter) == 0


async def test_a_move_updates_the_same_event_in_the_same_thread(office: Office) -> None:
    booking = await office.book()
    drain = office.drain()
    await drain.drain_batch()
    office.clock.advance(timedelta(minutes=5))
    await office.move(booking)
    await drain.drain_batch()
    first, update = to(office, "aili@example.com")
    assert (event_of(first).sequence, event_of(update).sequence) == (0, 1)
    assert event_of(first).uid == event_of(update).uid
    assert event_of(update).dtstamp > event_of(first).dtstamp
    assert update["References"] == first["Message-ID"]
    assert "改期" in update["Subject"]
    assert await office.last_sent(office.graduate) == 1


async def test_a_cancellation_reaches_whom_an_invite_had_reached(office: Office) -> None:
    booking = await office.book()
    drain = office.drain()
    await drain.drain_batch()
    office.clock.advance(timedelta(minutes=5))
    await office.cancel(booking)
    await drain.drain_batch()
    assert office.methods() == ["REQUEST", "REQUEST", "CANCEL", "CANCEL"]
    request, cancel = to(office, "aili@example.com")
    assert event_of(cancel).status == "CANCELLED"
    assert event_of(cancel).sequence == 1
    assert event_of(cancel).dtstart == event_of(request).dtstart
    assert [str(each.uri) for each in event_of(cancel).attendees] == ["mailto:aili@example.com"]


async def test_what_was_booked_and_cancelled_before_anything_left_is_never_mentioned(
    office: Office,
) -> None:
    await office.cancel(await office.book())
    assert await office.drain().drain_batch() == 4
    assert office.mails() == []
    assert all(row.skipped for row in await office.rows())


async def test_an_invite_that_was_overtaken_by_a_move_is_left_out(office: Office) -> None:
    booking = await office.book()
    await office.move(booking)
    await office.drain().drain_batch()
    [mail] = to(office, "aili@example.com")
    assert event_of(mail).sequence == 1
    assert mail["References"] is None
    assert "已约好" in mail["Subject"], "to this reader it is the first they hear of it"


async def test_an_invite_to_an_interview_that_is_over_stays_home(office: Office) -> None:
    await office.book()
    office.clock.advance(timedelta(days=4))
    await office.drain().drain_batch()
    assert office.mails() == []


class Meddling:
    """A carrier under whose hands the world changes before the mail is handed over."""

    def __init__(self, office: Office, inner: Carrier, booking: BookingId) -> None:
        self.office, self.inner, self.booking = office, inner, booking
        self.done = False

    async def carry(self, message: EmailMessage, *, handing_over: HandingOver) -> Outcome:
        if not self.done:
            self.done = True
            await self.office.cancel(self.booking)
        return await self.inner.carry(message, handing_over=handing_over)


async def test_a_booking_that_is_cancelled_while_its_mail_is_on_the_way_sends_nothing(
    office: Office,
) -> None:
    booking = await office.book()
    drain = office.drain(Meddling(office, office.smtp(), booking))
    await drain.drain_batch()
    await drain.drain_batch()
    reached = office.methods()
    assert reached.count("REQUEST") == reached.count("CANCEL") <= 1
    assert to(office, "aili@example.com") == [] or len(to(office, "aili@example.com")) == 2


async def test_a_log_line_names_rows_and_never_people(office: Office) -> None:
    office.server.will_say("RCPT", "550 <aili@example.com> unknown", "451 later")
    with capture_logs() as lines:
        await office.book()
        await office.drain().drain_batch()
        await office.letters({"letter": "sign-in", "link": "https://x/secret"})
        await office.drain().drain_batch()
    assert {line["event"] for line in lines} >= {"mail.refused", "mail.put_off", "mail.sent"}
    said = repr(lines)
    for secret in ("@", "艾力", "Person", "secret", "550"):
        assert secret not in said

"""The .ics of a page: for those who take part, while the booking stands."""

from ical.calendar_stream import IcsCalendarStream

from interviews.bookings.models import BookingId
from interviews.database import Database
from interviews.people.models import PersonId
from scheduler.building import Builder
from scheduler.download import calendar_download
from tests.scheduler.delivery.servers import moody_server
from tests.scheduler.drain.office import Office, an_office
from tests.scheduler.support import IDENTITY, PartTexts, PlainLinks
from tests.support.clock import FakeClock

BUILDER = Builder(PlainLinks(), PartTexts(), IDENTITY)


async def download(office: Office, booking: BookingId, person: PersonId) -> bytes | None:
    async with office.database.reading() as session:
        return await calendar_download(
            session, booking, person, builder=BUILDER, now=office.clock.now()
        )


async def test_only_who_takes_part_in_a_standing_booking_gets_the_file(
    database: Database, clock: FakeClock
) -> None:
    async with moody_server() as server:
        office = await an_office(database, clock, server)
        booking = await office.book()
        octets = await download(office, booking, office.graduate)
        assert octets is not None
        [event] = IcsCalendarStream.calendar_from_ics(octets.decode()).events
        assert event.location == f"https://daigang.example/i/room-{booking}-{office.graduate}"
        assert await download(office, booking, PersonId(office.graduate + 99)) is None
        assert await download(office, BookingId(booking + 99), office.graduate) is None
        await office.cancel(booking)
        assert await download(office, booking, office.graduate) is None

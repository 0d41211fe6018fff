from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from interviews.bookings.models import Attendee, Booking, BookingState
from interviews.campaigns.service import current_campaign
from interviews.database import Database
from interviews.employers import uscc
from interviews.employers.rules import firm_may_recruit
from interviews.employers.service import firms
from interviews.identity.models import Account, Role
from interviews.jobs.models import Job, JobState
from interviews.jobs.service.read import Wish, in_review, search
from interviews.occupancy.models import Occupancy
from interviews.outbox import Outbox
from interviews.people.models import Person
from interviews.slots.models import Slot, SlotInterviewer
from web.demo.load import DatabaseNotEmpty, load_demo
from web.demo.meetings import FREE_EVERY, free_times
from web.demo.people import DEMO_EMAILS
from web.demo.sample import sample, shift_to

NOW = datetime(2026, 12, 9, 6, 30, 20, tzinfo=UTC)
PASSWORDS = {Role.GRADUATE: "pine-and-paper", Role.RECRUITER: "warm-accent"}


async def plain(password: str) -> str:
    return f"hash of {password}"


async def loaded(database: Database, now: datetime = NOW) -> dict[Role, str | None]:
    accounts = await load_demo(database, now=now, passwords=PASSWORDS, hash_password=plain)
    return {account.role: account.password for account in accounts}


@pytest.mark.parametrize(
    ("today", "anchor"),
    [
        (date(2026, 11, 22), date(2026, 11, 22)),
        (date(2026, 11, 23), date(2026, 11, 29)),
        (date(2026, 11, 29), date(2026, 11, 29)),
        (date(2026, 11, 16), date(2026, 11, 22)),
        (date(2026, 11, 15), date(2026, 11, 15)),
        (date(2028, 3, 1), date(2028, 3, 5)),
    ],
)
def test_the_anchor_is_the_first_sunday_from_today(today: date, anchor: date):
    assert shift_to(today).day(sample("campaign")["anchor_date"]) == anchor


def test_months_of_graduation_move_by_whole_years():
    assert shift_to(date(2026, 12, 9)).month("2027-06") == "2027-06"
    assert shift_to(date(2028, 11, 22)).month("2027-06") == "2029-06"


@pytest.mark.parametrize(
    ("earliest", "first"),
    [
        ("2026-12-09T06:30+08:00", "2026-12-09T09:00+08:00"),
        ("2026-12-09T13:07+08:00", "2026-12-09T13:07+08:00"),
        ("2026-12-09T16:20+08:00", "2026-12-09T16:20+08:00"),
        ("2026-12-09T16:21+08:00", "2026-12-10T09:00+08:00"),
        ("2026-12-09T23:40+08:00", "2026-12-10T09:00+08:00"),
        ("2026-12-09T20:40-08:00", "2026-12-10T12:40+08:00"),
    ],
)
def test_free_times_lie_in_working_hours(earliest: str, first: str):
    times = free_times(datetime.fromisoformat(earliest), ZoneInfo("Asia/Shanghai"))
    assert times[0] == datetime.fromisoformat(first)
    assert [one - times[0] for one in times] == [number * FREE_EVERY for number in range(3)]


async def test_every_role_has_one_sign_in_and_known_passwords_only_where_asked(database: Database):
    known = await loaded(database)

    assert known == {
        Role.GRADUATE: "pine-and-paper",
        Role.RECRUITER: "warm-accent",
        Role.ORGANISER: None,
        Role.ADMINISTRATOR: None,
    }
    async with database.reading() as session:
        rows = await session.execute(
            select(Person.email, Account.role, Account.password_hash).join(
                Account, col(Account.person_id) == col(Person.id)
            )
        )
        accounts = {email: (role, secret) for email, role, secret in rows}
    with_password = {email for email, (_, secret) in accounts.items() if secret}
    assert with_password == {DEMO_EMAILS[Role.GRADUATE], DEMO_EMAILS[Role.RECRUITER]}
    assert {accounts[email][0] for email in DEMO_EMAILS.values()} == set(Role)


async def test_the_campaign_is_open_and_its_jobs_are_public(database: Database):
    await loaded(database)
    async with database.reading() as session:
        current = await current_campaign(session)
        found = await search(session, Wish(), page=1, now=NOW)
        waiting = await in_review(session)

    assert current is not None
    position = current.position(NOW)
    assert position is not None
    assert (position.stand, position.days) == ("open", 50)
    assert found.total == 29
    assert {one.firm.slug for one in waiting} == {"boyun", "chuanye"}


async def test_every_firm_has_a_right_code_and_two_may_not_recruit(database: Database):
    await loaded(database)
    async with database.reading() as session:
        everyone = await firms(session)

    assert all(uscc.parse(firm.uscc).doubts == () for firm in everyone)
    closed = {firm.slug for firm in everyone if not firm_may_recruit(firm, NOW.date())}
    assert closed == {"boyun", "yonglan"}


async def test_the_demo_interview_starts_in_ten_minutes_with_both_demo_accounts(
    database: Database,
):
    await loaded(database)
    async with database.reading() as session:
        first = await session.scalar(select(Slot).order_by(col(Slot.starts_at)).limit(1))
        assert first is not None
        booking = await session.scalar(select(Booking).where(col(Booking.slot_id) == first.id))
        assert booking is not None
        emails = await session.scalars(
            select(Person.email)
            .join(Attendee, col(Attendee.person_id) == col(Person.id))
            .where(col(Attendee.booking_id) == booking.id)
        )
        attend = set(emails)
        panel = await session.scalar(
            select(Person.email)
            .join(SlotInterviewer, col(SlotInterviewer.person_id) == col(Person.id))
            .where(col(SlotInterviewer.slot_id) == first.id)
        )
    assert booking.state == BookingState.CONFIRMED
    assert timedelta(minutes=10) <= first.starts_at - NOW < timedelta(minutes=11)
    assert panel == DEMO_EMAILS[Role.RECRUITER]
    assert attend == {DEMO_EMAILS[Role.GRADUATE], DEMO_EMAILS[Role.RECRUITER]}


async def test_every_live_booking_claims_the_time_of_both_sides(database: Database):
    await loaded(database)
    async with database.reading() as session:
        live = await session.scalar(
            select(func.count())
            .select_from(Booking)
            .where(col(Booking.state) == BookingState.CONFIRMED)
        )
        claims = await session.scalar(select(func.count()).select_from(Occupancy))
    assert (live, claims) == (9, 18)


async def test_the_demo_mails_nobody(database: Database):
    await loaded(database)
    async with database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Outbox)) == 0


async def test_ids_go_on_after_the_demo(database: Database):
    await loaded(database)
    async with database.writing() as session:
        known = await session.scalar(select(func.max(Person.id)))
        person = Person(email="new@example.com", name="新来", created_at=NOW)
        session.add(person)
        await session.flush()
        assert person.id == (known or 0) + 1


async def test_the_demo_is_loaded_once(database: Database):
    await loaded(database)
    with pytest.raises(DatabaseNotEmpty):
        await loaded(database)


async def test_a_returned_job_waits_for_the_demo_recruiter(database: Database):
    await loaded(database)
    async with database.reading() as session:
        returned = await session.scalar(select(Job).where(col(Job.state) == JobState.RETURNED))
    assert returned is not None
    assert returned.title_en == "Field Service Engineer"

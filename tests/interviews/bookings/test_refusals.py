"""Who may not book, and which rule says so (Q8)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from interviews.bookings import refusals
from interviews.bookings.rules import free_seat
from interviews.employers.models import Firm
from interviews.employers.refusals import FirmMayNotRecruit
from interviews.graduates.models import Graduate
from interviews.identity.models import Account, Role
from interviews.identity.refusals import EmailNotVerified
from interviews.jobs.models import Job, JobId, JobState
from interviews.people.models import PersonId
from interviews.refusals import Refusal
from interviews.slots.models import Slot, SlotState
from tests.support.clock import START
from tests.support.verbs import TEN, World
from tests.support.world import a_job, a_person, id_of


async def refused(world: World, slot_id: int, graduate: PersonId) -> Refusal:
    """The refusal of a booking, which must be that of a hold too."""
    with pytest.raises(Refusal) as held:
        await world.hold(slot_id, graduate)
    with pytest.raises(Refusal) as booked:
        await world.book(slot_id, graduate)
    assert type(held.value) is type(booked.value)
    return booked.value


async def change(world: World, model: type, key: int, **values: object) -> None:
    async with world.database.writing() as session:
        row = await session.get(model, key)
        for name, value in values.items():
            setattr(row, name, value)


async def test_a_slot_closes_ten_minutes_before_it_starts(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    world.clock.advance(TEN - START - timedelta(minutes=10) + timedelta(seconds=1))
    refusal = await refused(world, slot, graduate)
    assert isinstance(refusal, refusals.NoticeTooShort)
    assert str(refusal) == "Times close 10 minutes before they start. Choose a later time."
    world.clock.advance(-timedelta(seconds=1))
    await world.book(slot, graduate)


async def test_a_slot_that_has_begun_was_withdrawn_or_never_was_is_closed(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    assert isinstance(await refused(world, 4711, graduate), refusals.SlotClosed)
    await change(world, Slot, slot, state=SlotState.WITHDRAWN)
    assert isinstance(await refused(world, slot, graduate), refusals.SlotClosed)
    await change(world, Slot, slot, state=SlotState.OPEN)
    world.clock.advance(TEN - START)
    assert type(await refused(world, slot, graduate)) is refusals.SlotClosed


async def test_the_day_of_a_phase_ends_at_midnight_of_the_campaigns_zone(world: World):
    await change(world, Job, world.place.job_id, valid_through=datetime(2027, 1, 1, tzinfo=UTC))
    last = await world.slot(datetime(2026, 11, 30, 15, 59, tzinfo=UTC))  # 23:59 in Beijing
    after = await world.slot(datetime(2026, 11, 30, 16, 30, tzinfo=UTC))
    graduate = await world.graduate()
    assert isinstance(await refused(world, after, graduate), refusals.PhaseClosed)
    await world.book(last, graduate)


async def test_a_day_after_the_last_phase_is_refused_even_when_no_phase_is_left(world: World):
    await change(world, Job, world.place.job_id, valid_through=datetime(2027, 2, 1, tzinfo=UTC))
    slot = await world.slot(datetime(2026, 12, 20, 2, 0, tzinfo=UTC))
    world.clock.advance(timedelta(days=20))
    graduate = await world.graduate()
    assert isinstance(await refused(world, slot, graduate), refusals.PhaseClosed)


@pytest.mark.parametrize(
    "state", [JobState.DRAFT, JobState.IN_REVIEW, JobState.RETURNED, JobState.WITHDRAWN]
)
async def test_a_job_that_is_not_approved_takes_nobody(world: World, state: JobState):
    slot, graduate = await world.slot(), await world.graduate()
    await change(world, Job, world.place.job_id, state=state)
    refusal = await refused(world, slot, graduate)
    assert isinstance(refusal, refusals.JobNotOpen)
    assert refusal.status == 410


async def test_an_expired_job_takes_nobody(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    await change(world, Job, world.place.job_id, valid_through=START)
    assert isinstance(await refused(world, slot, graduate), refusals.JobNotOpen)


async def test_a_firm_whose_check_is_overdue_keeps_its_bookings_but_takes_no_new_ones(
    world: World,
):
    first, second = await world.slot(), await world.slot(TEN + timedelta(hours=1))
    graduate = await world.graduate()
    old = await world.book(first, graduate)
    await change(world, Firm, world.place.firm_id, recheck_due_on=date(2026, 11, 22))
    assert isinstance(await refused(world, second, await world.graduate()), FirmMayNotRecruit)
    await world.move(old.booking_id, second, graduate)


async def test_a_lower_level_is_refused_by_rank(world: World):
    slot = await world.slot()
    refusal = await refused(world, slot, await world.graduate(level="zhuanke"))
    assert isinstance(refusal, refusals.ConditionsNotMet)
    assert refusal.code == "level-too-low"
    await world.book(slot, await world.graduate(level="boshi"))


async def test_a_major_outside_of_the_list_is_refused(world: World):
    slot = await world.slot()
    refusal = await refused(world, slot, await world.graduate(major_category="05"))
    assert refusal.code == "major-does-not-fit"


async def test_a_job_without_a_list_takes_every_major(world: World):
    async with world.database.writing() as session:
        job = await a_job(session, world.place.firm_id, major_categories=())
    slot = await world.slot(job_id=JobId(job.id or 0))
    await world.book(slot, await world.graduate(major_category="05"))


@pytest.mark.parametrize(
    ("field", "code"), [("level", "level-unknown"), ("major_category", "major-unknown")]
)
async def test_an_empty_profile_field_is_named(world: World, field: str, code: str):
    slot, graduate = await world.slot(), await world.graduate()
    await change(world, Graduate, graduate, **{field: ""})
    refusal = await refused(world, slot, graduate)
    assert isinstance(refusal, refusals.ProfileIncomplete)
    assert refusal.code == code


async def test_somebody_without_a_profile_fills_it_in_first(world: World):
    async with world.database.writing() as session:
        person = id_of(await a_person(session))
    refusal = await refused(world, await world.slot(), person)
    assert type(refusal) is refusals.ProfileIncomplete


async def test_nobody_interviews_themselves(world: World):
    graduate = await world.graduate()
    slot = await world.slot(panel=(graduate,))
    assert isinstance(await refused(world, slot, graduate), refusals.OwnPanel)


def test_the_lowest_free_seat_is_given():
    assert free_seat({0, 2}, 3) == 1
    assert free_seat({0, 1, 2}, 3) is None


async def test_a_graduate_whose_mailbox_is_not_proved_books_nothing(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    async with world.database.writing() as session:
        session.add(Account(person_id=graduate, role=Role.GRADUATE, created_at=START))
    assert isinstance(await refused(world, slot, graduate), EmailNotVerified)
    await change(world, Account, graduate, email_verified_at=START)
    await world.book(slot, graduate)

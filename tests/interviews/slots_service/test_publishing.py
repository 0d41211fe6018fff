"""A recruiter offers a window, sees what was left out, and takes slots back."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pydantic import ValidationError

from interviews.bookings.refusals import HasBookings
from interviews.bookings.service import (
    free_slots,
    offered_slots,
    preview_slots,
    publish_slots,
    withdraw_slot,
)
from interviews.jobs.models import Job, JobId, JobState
from interviews.jobs.refusals import JobNotFound
from interviews.people.models import PersonId
from interviews.slots.models import Slot, SlotId
from interviews.slots.ranges import TimeRange
from interviews.slots.refusals import (
    JobNotApproved,
    NoTimeFree,
    PanelNotOfFirm,
    SlotNotFound,
    WindowInThePast,
    WindowTooShort,
)
from interviews.slots.service import SKIP_TEXTS, Published, PublishSlots, Skip
from tests.support.verbs import TEN, World
from tests.support.world import a_person, id_of

TWENTY, FIVE = timedelta(minutes=20), timedelta(minutes=5)
MORNING = {"on": date(2026, 11, 24), "start": time(9), "end": time(11, 30), "length": TWENTY}


def command(world: World, **details: object) -> PublishSlots:
    values = {
        "by": world.place.recruiter_id,
        "job_id": world.place.job_id,
        "panel": (world.place.recruiter_id,),
        **MORNING,
        **details,
    }
    return PublishSlots.model_validate(values)


async def publish(world: World, **details: object) -> Published:
    async with world.database.writing() as session:
        return await publish_slots(session, command(world, **details), now=world.clock.now())


async def starts(world: World) -> list[str]:
    async with world.database.reading() as session:
        slots = await free_slots(session, world.place.job_id, None, now=world.clock.now())
    return [slot.local_start[11:16] for slot in slots]


async def test_a_window_becomes_slots_with_their_gaps(world: World):
    published = await publish(world, gap=FIVE, buffer_after=FIVE)
    assert len(published.slots) == 6
    assert await starts(world) == ["09:00", "09:25", "09:50", "10:15", "10:40", "11:05"]
    async with world.database.reading() as session:
        slot = await session.get(Slot, published.slots[0])
    assert slot is not None
    assert slot.starts_at == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert (slot.local_start, slot.zone) == ("2026-11-24T09:00:00", "Asia/Shanghai")
    assert (slot.buffer_after, slot.published_by) == (FIVE, world.place.recruiter_id)


async def test_every_published_slot_can_be_booked(world: World):
    published = await publish(world, buffer_before=FIVE, buffer_after=FIVE)
    for slot in published.slots:
        await world.book(slot, await world.graduate())
    assert await starts(world) == []


async def test_a_preview_writes_nothing(world: World):
    async with world.database.reading() as session:
        preview = await preview_slots(session, command(world), now=world.clock.now())
    assert (len(preview.times), preview.slots) == (7, ())
    assert await starts(world) == []


async def test_what_the_panel_has_promised_is_left_out_and_said(world: World):
    other = await world.other_place()
    busy = await world.slot(TEN, job_id=other.job_id)  # 10:00 to 10:30 for another job
    await world.book(busy, await world.graduate())
    published = await publish(world)
    assert await starts(world) == ["09:00", "09:20", "09:40", "10:30", "10:50", "11:10"]
    assert [(skip.time, skip.reason) for skip in published.skipped] == [
        (TimeRange(TEN, TEN + timedelta(minutes=30)), Skip.PANEL_BUSY)
    ]


async def test_a_hold_that_ran_out_is_no_promise(world: World):
    other = await world.other_place()
    await world.hold(await world.slot(TEN, job_id=other.job_id), await world.graduate())
    world.clock.advance(timedelta(seconds=90))
    assert (await publish(world)).skipped == ()


async def test_times_that_the_same_panel_already_offers_are_left_out(world: World):
    await publish(world, end=time(10))
    again = await publish(world)
    assert len(again.slots) == 4
    assert {skip.reason for skip in again.skipped} == {Skip.ALREADY_OFFERED}
    assert set(SKIP_TEXTS) == set(Skip)


async def test_times_after_the_jobs_expiry_or_outside_of_the_phases_are_left_out(world: World):
    night = await publish(world, on=date(2026, 11, 30), start=time(23), end=time(1))
    assert [skip.reason for skip in night.skipped] == [
        Skip.AFTER_EXPIRY,  # the job expires at 23:59:59
        *(Skip.OUTSIDE_PHASE,) * 3,
    ]
    assert len(night.slots) == 2


async def test_a_panel_that_is_busy_all_the_time_is_a_refusal(world: World):
    other = await world.other_place()
    slot = await world.slot(TEN - timedelta(hours=1), job_id=other.job_id, length=TWENTY * 12)
    await world.book(slot, await world.graduate())
    with pytest.raises(NoTimeFree):
        await publish(world)


async def test_the_past_is_not_offered(world: World):
    with pytest.raises(WindowInThePast):
        await publish(world, on=date(2026, 11, 22))


async def test_only_a_recruiter_of_the_firm_offers_times(world: World):
    other = await world.other_place()
    for stranger in (other.recruiter_id, await world.graduate(), PersonId(4711)):
        with pytest.raises(JobNotFound):
            await publish(world, by=stranger)
    colleague = await world.recruiter()
    assert (await publish(world, by=colleague)).slots


@pytest.mark.parametrize("state", [JobState.DRAFT, JobState.IN_REVIEW, JobState.WITHDRAWN])
async def test_only_an_approved_job_has_times(world: World, state: JobState):
    async with world.database.writing() as session:
        job = await session.get(Job, world.place.job_id)
        assert job is not None
        job.state = state
    with pytest.raises(JobNotApproved):
        await publish(world)


async def test_the_panel_is_made_of_colleagues_and_invited_people(world: World):
    other = await world.other_place()
    strangers = (other.recruiter_id, await world.graduate(), PersonId(4711))
    for stranger in strangers:
        with pytest.raises(PanelNotOfFirm):
            await publish(world, panel=(world.place.recruiter_id, stranger))
    async with world.database.writing() as session:
        guest = id_of(await a_person(session, email="guest@example.com"))
    published = await publish(world, panel=(world.place.recruiter_id, guest))
    async with world.database.reading() as session:
        slots = await free_slots(session, world.place.job_id, None, now=world.clock.now())
    assert len(published.slots) == 7
    assert {slot.panel for slot in slots} == {(world.place.recruiter_id, guest)}


async def test_a_panel_of_the_same_person_twice_is_a_panel_of_one(world: World):
    published = await publish(world, panel=(world.place.recruiter_id,) * 2)
    assert len(published.slots) == 7


@pytest.mark.parametrize(
    "details",
    [{"zone": "Mars/Olympus"}, {"zone": "../etc"}, {"capacity": 0}, {"panel": ()}, {"more": 1}],
)
def test_a_malformed_command_is_not_a_command(details: dict[str, object]):
    values = {"by": 1, "job_id": 1, "panel": (1,), **MORNING, **details}
    with pytest.raises(ValidationError):
        PublishSlots.model_validate(values)


async def test_a_clock_change_that_leaves_nothing_of_the_window_is_refused(world: World):
    """Between 02:00 and 03:00 on 28 March 2027 Berlin has no time."""
    with pytest.raises(WindowTooShort):
        await publish(world, on=date(2027, 3, 28), start=time(2), end=time(3), zone="Europe/Berlin")


async def withdraw(world: World, slot_id: SlotId, by: PersonId) -> None:
    async with world.database.writing() as session:
        await withdraw_slot(session, slot_id, by)


async def test_a_slot_without_bookings_is_withdrawn_by_its_firm(world: World):
    slot, other = await world.slot(), await world.other_place()
    with pytest.raises(SlotNotFound):
        await withdraw(world, slot, other.recruiter_id)
    with pytest.raises(SlotNotFound):
        await withdraw(world, SlotId(4711), world.place.recruiter_id)
    await withdraw(world, slot, world.place.recruiter_id)
    assert await starts(world) == []


async def test_a_booked_or_held_slot_is_not_withdrawn(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    await world.hold(slot, graduate)
    with pytest.raises(HasBookings):
        await withdraw(world, slot, world.place.recruiter_id)
    booking = await world.book(slot, graduate)
    with pytest.raises(HasBookings):
        await withdraw(world, slot, world.place.recruiter_id)
    await world.cancel(booking.booking_id, graduate)
    await withdraw(world, slot, world.place.recruiter_id)


async def test_a_firm_sees_its_slots_with_whoever_has_booked(world: World):
    group, later = await world.slot(capacity=2), await world.slot(TEN + timedelta(hours=1))
    other = await world.other_place()
    foreign = await world.slot(TEN, job_id=other.job_id, panel=(other.recruiter_id,))
    graduate = await world.graduate(name="山大王")
    await world.book(group, graduate)
    async with world.database.reading() as session:
        slots = await offered_slots(session, world.place.firm_id)
        first = await offered_slots(
            session,
            world.place.firm_id,
            between=TimeRange(TEN, TEN + timedelta(minutes=1)),
            job_id=JobId(world.place.job_id),
        )
    assert [slot.slot_id for slot in slots] == [group, later]
    assert foreign not in {slot.slot_id for slot in slots}
    assert [interview.graduate.name for interview in slots[0].interviews] == ["山大王"]
    assert (slots[0].seats_left, slots[1].seats_left) == (1, 1)
    assert slots[0].panel == {world.place.recruiter_id: "季云梭"}
    assert first == slots[:1]

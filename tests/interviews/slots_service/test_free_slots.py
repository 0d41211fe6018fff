"""Which slots are free, for anybody and for one graduate; in a constant number of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event

from interviews.bookings.models import BookingId
from interviews.bookings.service import free_slots, free_slots_of, nearest_free
from interviews.database import Database
from interviews.employers.models import Firm
from interviews.jobs.models import Job, JobState
from interviews.people.models import PersonId
from interviews.slots.models import FreeSlot, Slot, SlotId, SlotState
from interviews.slots.ranges import TimeRange
from tests.support.clock import START
from tests.support.verbs import TEN, World
from tests.support.world import a_job

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


async def free(
    world: World,
    graduate_id: PersonId | None = None,
    *,
    between: TimeRange | None = None,
    moving: BookingId | None = None,
) -> list[FreeSlot]:
    async with world.database.reading() as session:
        return await free_slots(
            session,
            world.place.job_id,
            graduate_id,
            now=world.clock.now(),
            between=between,
            moving=moving,
        )


async def ids(world: World, graduate_id: PersonId | None = None) -> list[SlotId]:
    return [slot.slot_id for slot in await free(world, graduate_id)]


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that the readers run meanwhile."""
    heard: list[str] = []

    def hear(_c: object, _k: object, statement: str, *_rest: object) -> None:
        heard.append(statement)

    engine = database.reader.sync_engine
    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


async def test_open_slots_come_in_order_with_their_panel_and_seats(world: World):
    colleague = await world.recruiter()
    later = await world.slot(TEN + HOUR, capacity=5)
    first = await world.slot(panel=(world.place.recruiter_id, colleague))
    slots = await free(world)
    assert [slot.slot_id for slot in slots] == [first, later]
    assert slots[0].panel == (world.place.recruiter_id, colleague)
    assert (slots[0].seats_left, slots[1].seats_left) == (1, 5)
    assert (slots[0].local_start, slots[0].zone) == ("2026-11-24T10:00:00", "Asia/Shanghai")


async def test_three_statements_answer_for_any_number_of_slots_and_jobs(world: World):
    for number in range(30):
        await world.slot(TEN + number * HOUR)
    graduate = await world.graduate()
    await world.book(await world.slot(TEN - HOUR), graduate)
    with counted(world.database) as heard:
        await free(world, graduate)
    assert len([text for text in heard if text.lstrip().startswith("SELECT")]) == 3
    async with world.database.reading() as session:
        slots = await free_slots_of(
            session, [world.place.job_id, 4711], None, now=world.clock.now()
        )
    assert len(slots) == 30


async def test_a_booked_slot_and_the_slots_that_overlap_it_are_gone(world: World):
    first, second = await world.slot(), await world.slot(TEN + QUARTER)
    third = await world.slot(TEN + timedelta(minutes=30))
    await world.book(first, await world.graduate())
    assert await ids(world) == [third]
    assert second not in await ids(world)


async def test_buffers_on_both_sides_count(world: World):
    await world.book(await world.slot(buffer_after=timedelta(minutes=5)), await world.graduate())
    await world.slot(TEN + timedelta(minutes=30))
    await world.slot(TEN + timedelta(minutes=40), buffer_before=timedelta(minutes=6))
    free_one = await world.slot(TEN + timedelta(minutes=40), buffer_before=QUARTER / 3)
    assert await ids(world) == [free_one]


async def test_a_held_slot_is_gone_for_others_but_free_for_its_holder(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    beside = await world.slot(TEN + QUARTER)
    held = await world.hold(slot, graduate)
    assert await ids(world) == []
    assert await ids(world, await world.graduate()) == []
    mine = await free(world, graduate)
    assert [found.slot_id for found in mine] == [slot, beside]
    assert [found.held_until for found in mine] == [held.expires_at, None]
    world.clock.advance(timedelta(seconds=90))
    assert await ids(world) == [slot, beside]
    assert (await free(world, graduate))[0].held_until is None


async def test_seats_of_a_group_slot_go_down_and_holds_count(world: World):
    group, graduate = await world.slot(capacity=3), await world.graduate()
    await world.book(group, await world.graduate())
    await world.hold(group, graduate)
    assert [slot.seats_left for slot in await free(world)] == [1]
    assert [slot.seats_left for slot in await free(world, graduate)] == [2]


async def test_a_slot_near_another_interview_of_the_graduate_names_it(world: World):
    elsewhere, graduate = await world.other_place(), await world.graduate()
    near, far = await world.slot(), await world.slot(TEN + HOUR)
    foreign = await world.slot(
        TEN + timedelta(minutes=35), job_id=elsewhere.job_id, panel=(elsewhere.recruiter_id,)
    )
    booking = await world.book(foreign, graduate)
    found = {slot.slot_id: slot.clash for slot in await free(world, graduate)}
    assert found == {near: booking.booking_id, far: booking.booking_id}
    assert {slot.clash for slot in await free(world)} == {None}


async def test_a_booking_that_is_about_to_move_stands_in_nobodys_way(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    beside = await world.slot(TEN + QUARTER)
    booking = await world.book(slot, graduate)
    found = await free(world, graduate, moving=booking.booking_id)
    assert [(one.slot_id, one.clash) for one in found] == [(beside, None)]


async def test_slots_within_the_notice_or_in_the_past_are_not_offered(world: World):
    slot = await world.slot()
    world.clock.advance(TEN - START - timedelta(minutes=10))
    assert await ids(world) == [slot]
    world.clock.advance(timedelta(seconds=1))
    assert await ids(world) == []


async def test_withdrawn_slots_closed_jobs_unchecked_firms_and_days_off_offer_nothing(
    world: World,
):
    slot = await world.slot()
    await world.slot(TEN + timedelta(days=10))  # after the last day of the phase
    assert await ids(world) == [slot]

    async def changed(model: type, key: int, name: str, value: object) -> list[SlotId]:
        async with world.database.writing() as session:
            row = await session.get(model, key)
            before = getattr(row, name)
            setattr(row, name, value)
        seen = await ids(world)
        async with world.database.writing() as session:
            setattr(await session.get(model, key), name, before)
        return seen

    assert await changed(Slot, slot, "state", SlotState.WITHDRAWN) == []
    assert await changed(Job, world.place.job_id, "state", JobState.IN_REVIEW) == []
    assert await changed(Job, world.place.job_id, "valid_through", START) == []
    assert await changed(Firm, world.place.firm_id, "verified_at", None) == []
    assert await ids(world) == [slot]


async def test_only_the_asked_time_and_job_are_answered(world: World):
    first = await world.slot()
    await world.slot(TEN + HOUR)
    async with world.database.writing() as session:
        other = await a_job(session, world.place.firm_id)
    await world.slot(TEN + 2 * HOUR, job_id=other.id)
    between = TimeRange(TEN - HOUR, TEN + HOUR)
    assert [slot.slot_id for slot in await free(world, between=between)] == [first]


async def test_the_nearest_free_slots_lie_on_both_sides(world: World):
    wanted = await world.slot()
    for hours in (-2, 1, 2, 5):
        await world.slot(TEN + hours * HOUR)
    async with world.database.reading() as session:
        slot = await session.get(Slot, wanted)
        assert slot is not None
        near = await nearest_free(session, slot, now=world.clock.now())
    assert [found.starts_at - TEN for found in near] == [HOUR, -2 * HOUR, 2 * HOUR]

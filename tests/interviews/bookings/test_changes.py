"""Moving, cancelling and finishing: who may, until when, and who is told."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from interviews.bookings.models import Attendee, BookingState
from interviews.bookings.refusals import (
    AlreadyBooked,
    NotLive,
    NotYours,
    OtherJob,
    ReasonMissing,
    SameSlot,
    SlotTaken,
    TooEarlyToFinish,
    TooLateToMove,
    TooManyMoves,
)
from interviews.outbox import Outbox
from interviews.people.models import PersonId
from tests.support.clock import START
from tests.support.invariants import broken_rules
from tests.support.verbs import TEN, World

HOUR = timedelta(hours=1)


async def letters(world: World) -> list[tuple[str, int, int, int]]:
    """(method, recipient, sequence, slot) of everything that was told, in order."""
    async with world.database.reading() as session:
        rows = (await session.execute(select(Outbox).order_by(col(Outbox.id)))).scalars()
        return [
            (
                row.payload["method"],
                row.recipient_id,
                row.payload["sequence"],
                row.payload["slot"],
            )
            for row in rows
        ]


async def attendees(world: World) -> dict[PersonId, str]:
    async with world.database.reading() as session:
        rows = (await session.execute(select(Attendee))).scalars()
        return {row.person_id: row.partstat for row in rows}


async def test_a_moved_booking_keeps_its_uid_and_counts_its_sequence_up(world: World):
    first, second, graduate = (
        await world.slot(),
        await world.slot(TEN + HOUR),
        await world.graduate(),
    )
    old = await world.book(first, graduate)
    moved = await world.move(old.booking_id, second, graduate)
    assert (moved.uid, moved.sequence, moved.starts_at) == (old.uid, 1, TEN + HOUR)
    assert await broken_rules(world.database) == {}
    panel = world.place.recruiter_id
    assert (await letters(world))[2:] == [
        ("REQUEST", panel, 1, second),
        ("REQUEST", graduate, 1, second),
    ]
    assert (await world.book(first, await world.graduate())).starts_at == TEN


async def test_a_booking_moves_into_a_slot_that_overlaps_its_own_old_time(world: World):
    first, second = await world.slot(), await world.slot(TEN + timedelta(minutes=10))
    graduate = await world.graduate()
    old = await world.book(first, graduate)
    await world.move(old.booking_id, second, graduate)
    assert await broken_rules(world.database) == {}


async def test_interviewers_who_are_not_on_the_new_panel_are_told_that_it_is_off(world: World):
    one, two = world.place.recruiter_id, await world.recruiter()
    three, graduate = await world.recruiter(), await world.graduate()
    first = await world.slot(panel=(one, two))
    second = await world.slot(TEN + HOUR, panel=(two, three))
    old = await world.book(first, graduate)
    async with world.database.writing() as session:
        row = await session.get(Attendee, (old.booking_id, two))
        assert row is not None
        row.partstat = "ACCEPTED"
    await world.move(old.booking_id, second, graduate)
    assert set((await letters(world))[3:]) == {
        ("CANCEL", one, 1, first),
        ("REQUEST", graduate, 1, second),
        ("REQUEST", two, 1, second),
        ("REQUEST", three, 1, second),
    }
    asked = dict.fromkeys((graduate, two, three), "NEEDS-ACTION")
    assert await attendees(world) == asked
    assert await broken_rules(world.database) == {}


async def test_a_failed_move_leaves_the_old_booking_and_its_claims_as_they_were(world: World):
    first, second = await world.slot(), await world.slot(TEN + HOUR)
    graduate, other = await world.graduate(), await world.graduate()
    old = await world.book(first, graduate)
    await world.book(second, other)
    before, told = await world.row(old.booking_id), await letters(world)
    with pytest.raises(SlotTaken):
        await world.move(old.booking_id, second, graduate)
    assert await world.row(old.booking_id) == before
    assert await letters(world) == told
    assert await broken_rules(world.database) == {}
    with pytest.raises(SlotTaken):
        await world.book(first, await world.graduate())


async def test_a_move_sweeps_a_hold_that_ran_out(world: World):
    first, second, graduate = (
        await world.slot(),
        await world.slot(TEN + HOUR),
        await world.graduate(),
    )
    old = await world.book(first, graduate)
    held = await world.hold(second, await world.graduate())
    with pytest.raises(SlotTaken):
        await world.move(old.booking_id, second, graduate)
    world.clock.advance(timedelta(seconds=91))
    await world.move(old.booking_id, second, graduate)
    assert (await world.row(held.booking_id)).state == BookingState.EXPIRED
    assert await broken_rules(world.database) == {}


async def test_a_move_ends_a_hold_on_an_overlapping_slot_of_another_job(world: World):
    elsewhere = await world.other_place()
    panel = (world.place.recruiter_id,)
    first, second = await world.slot(), await world.slot(TEN + HOUR)
    beside = await world.slot(
        TEN + HOUR + timedelta(minutes=10), job_id=elsewhere.job_id, panel=panel
    )
    graduate = await world.graduate()
    old = await world.book(first, graduate)
    await world.hold(beside, await world.graduate())
    world.clock.advance(timedelta(seconds=91))
    await world.move(old.booking_id, second, graduate)
    assert await broken_rules(world.database) == {}


async def test_a_booking_moves_twice_and_no_more(world: World):
    slots = [await world.slot(TEN + number * HOUR) for number in range(4)]
    graduate = await world.graduate()
    old = await world.book(slots[0], graduate)
    await world.move(old.booking_id, slots[1], graduate)
    await world.move(old.booking_id, slots[2], graduate)
    with pytest.raises(TooManyMoves) as caught:
        await world.move(old.booking_id, slots[3], graduate)
    assert caught.value.parameters == {"moves": 2}


async def test_a_booking_moves_until_twelve_hours_before_it_starts(world: World):
    first, second, graduate = (
        await world.slot(),
        await world.slot(TEN + HOUR),
        await world.graduate(),
    )
    old = await world.book(first, graduate)
    world.clock.advance(TEN - START - timedelta(hours=12) + timedelta(seconds=1))
    with pytest.raises(TooLateToMove):
        await world.move(old.booking_id, second, graduate)
    world.clock.advance(-timedelta(seconds=1))
    await world.move(old.booking_id, second, graduate)


async def test_a_booking_moves_within_its_job_and_to_another_time(world: World):
    elsewhere, graduate = await world.other_place(), await world.graduate()
    first = await world.slot()
    foreign = await world.slot(TEN + HOUR, job_id=elsewhere.job_id, panel=(elsewhere.recruiter_id,))
    old = await world.book(first, graduate)
    with pytest.raises(OtherJob):
        await world.move(old.booking_id, foreign, graduate)
    with pytest.raises(SameSlot):
        await world.move(old.booking_id, first, graduate)


async def test_only_its_own_graduate_moves_a_live_booking(world: World):
    first, second, graduate = (
        await world.slot(),
        await world.slot(TEN + HOUR),
        await world.graduate(),
    )
    old = await world.book(first, graduate)
    with pytest.raises(NotYours):
        await world.move(old.booking_id, second, await world.graduate())
    await world.cancel(old.booking_id, graduate)
    with pytest.raises(NotLive):
        await world.move(old.booking_id, second, graduate)


async def test_a_graduate_cancels_without_a_reason_and_everybody_is_told(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    old = await world.book(slot, graduate)
    cancelled = await world.cancel(old.booking_id, graduate)
    assert (cancelled.state, cancelled.sequence) == (BookingState.CANCELLED, 1)
    assert set((await letters(world))[2:]) == {
        ("CANCEL", graduate, 1, slot),
        ("CANCEL", world.place.recruiter_id, 1, slot),
    }
    assert await broken_rules(world.database) == {}
    again = await world.book(slot, graduate)
    assert again.uid != old.uid


async def test_the_firm_cancels_with_a_reason_that_is_kept(world: World):
    panel, slot, graduate = world.place.recruiter_id, await world.slot(), await world.graduate()
    colleague = await world.recruiter()
    old = await world.book(slot, graduate)
    for somebody in (panel, colleague):
        with pytest.raises(ReasonMissing):
            await world.cancel(old.booking_id, somebody, "   ")
    await world.cancel(old.booking_id, colleague, " 面试官生病 ")
    row = await world.row(old.booking_id)
    assert (row.cancelled_by, row.cancel_reason) == (colleague, "面试官生病")


async def test_strangers_cannot_tell_whether_a_booking_exists(world: World):
    old = await world.book(await world.slot(), await world.graduate())
    stranger, elsewhere = await world.graduate(), await world.other_place()
    for somebody in (stranger, elsewhere.recruiter_id):
        for number in (old.booking_id, 4711):
            with pytest.raises(NotYours):
                await world.cancel(number, somebody, "没空")
            with pytest.raises(NotYours):
                await world.finish(number, somebody)


async def test_a_cancelled_or_past_booking_is_not_cancelled_again(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    old = await world.book(slot, graduate)
    await world.cancel(old.booking_id, graduate)
    with pytest.raises(NotLive):
        await world.cancel(old.booking_id, graduate)
    new = await world.book(slot, graduate)
    world.clock.advance(TEN - START + timedelta(minutes=30))
    with pytest.raises(NotLive):
        await world.cancel(new.booking_id, graduate)


async def test_cancelling_a_hold_tells_nobody(world: World):
    slot, graduate = await world.slot(), await world.graduate()
    held = await world.hold(slot, graduate)
    assert (await world.cancel(held.booking_id, graduate)).sequence == 0
    assert await letters(world) == []
    assert await broken_rules(world.database) == {}


async def test_the_panel_ends_an_interview_and_the_rest_of_its_time_is_free(world: World):
    slot, graduate = await world.slot(length=HOUR), await world.graduate()
    old = await world.book(slot, graduate)
    with pytest.raises(TooEarlyToFinish):
        await world.finish(old.booking_id, world.place.recruiter_id)
    world.clock.advance(TEN - START - timedelta(minutes=60))
    done = await world.finish(old.booking_id, world.place.recruiter_id)
    assert (done.state, done.sequence) == (BookingState.DONE, 0)
    assert await broken_rules(world.database) == {}
    late = await world.slot(TEN + timedelta(minutes=30))
    await world.book(late, await world.graduate())


async def test_nobody_is_absent_before_ten_minutes_are_over(world: World):
    old = await world.book(await world.slot(), graduate := await world.graduate())
    panel = world.place.recruiter_id
    world.clock.advance(TEN - START + timedelta(minutes=9))
    with pytest.raises(TooEarlyToFinish):
        await world.finish(old.booking_id, panel, BookingState.NO_SHOW)
    with pytest.raises(NotYours):
        await world.finish(old.booking_id, graduate)
    with pytest.raises(NotLive):
        await world.finish(old.booking_id, panel, BookingState.EXPIRED)
    world.clock.advance(timedelta(minutes=1))
    await world.finish(old.booking_id, panel, BookingState.NO_SHOW)
    with pytest.raises(NotLive):
        await world.finish(old.booking_id, panel)


async def test_after_an_interview_another_one_for_the_same_job_can_be_booked(world: World):
    first, second, graduate = (
        await world.slot(),
        await world.slot(TEN + 3 * HOUR),
        await world.graduate(),
    )
    old = await world.book(first, graduate)
    with pytest.raises(AlreadyBooked):
        await world.book(second, graduate)
    world.clock.advance(TEN - START)
    await world.finish(old.booking_id, world.place.recruiter_id)
    await world.book(second, graduate)

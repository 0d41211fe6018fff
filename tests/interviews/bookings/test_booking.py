from datetime import timedelta

import pytest
from sqlmodel import col, select

from interviews.bookings.models import Attendee, BookingState
from interviews.bookings.refusals import (
    AlreadyBooked,
    GraduateBusy,
    HoldExpired,
    SlotTaken,
)
from interviews.consents.models import Consent
from interviews.outbox import Outbox
from tests.support.invariants import broken_rules
from tests.support.verbs import TEN, World

HALF_HOUR = timedelta(minutes=30)


async def outbox(world: World, method: str) -> list[tuple[int, int, int]]:
    """(recipient, sequence, slot) of the messages of one method."""
    async with world.database.reading() as session:
        rows = (await session.execute(select(Outbox).order_by(col(Outbox.id)))).scalars()
        return [
            (row.recipient_id, row.payload["sequence"], row.payload["slot"])
            for row in rows
            if row.payload["method"] == method
        ]


async def test_a_booking_claims_both_sides_and_tells_them(world: World):
    slot_id, graduate_id = await world.slot(), await world.graduate()
    agreement = await world.book(slot_id, graduate_id)
    assert agreement.state is BookingState.CONFIRMED
    assert await broken_rules(world.database) == {}
    told = [(graduate_id, 0, slot_id), (world.place.recruiter_id, 0, slot_id)]
    assert await outbox(world, "REQUEST") == told
    async with world.database.reading() as session:
        consent = (await session.execute(select(Consent))).scalar_one()
        people = list((await session.execute(select(Attendee))).scalars())
    assert consent.recipient == f"firm:{world.place.firm_id}"
    assert (consent.purpose, consent.text_version) == ("share-profile", "2026-11-22")
    assert {(person.person_id, person.part) for person in people} == {
        (graduate_id, "graduate"),
        (world.place.recruiter_id, "interviewer"),
    }


async def test_the_second_graduate_is_refused_and_gets_the_nearest_free_slots(world: World):
    taken = await world.slot()
    later = [await world.slot(TEN + number * HALF_HOUR) for number in range(1, 5)]
    await world.book(taken, await world.graduate())
    with pytest.raises(SlotTaken) as caught:
        await world.book(taken, await world.graduate())
    assert [slot.slot_id for slot in caught.value.nearest] == later[:3]
    assert caught.value.status == 409


async def test_an_overlapping_slot_of_another_job_is_refused(world: World):
    slot_id = await world.slot()
    await world.book(slot_id, await world.graduate())
    overlapping = await world.slot(TEN + timedelta(minutes=15))
    with pytest.raises(SlotTaken):
        await world.book(overlapping, await world.graduate())


async def test_buffers_of_the_panel_are_claimed_too(world: World):
    first = await world.slot(buffer_after=timedelta(minutes=10))
    second = await world.slot(TEN + HALF_HOUR, buffer_before=timedelta(minutes=5))
    third = await world.slot(TEN + timedelta(minutes=45), buffer_before=timedelta(minutes=5))
    await world.book(first, await world.graduate())
    with pytest.raises(SlotTaken):
        await world.book(second, await world.graduate())
    await world.book(third, await world.graduate())


async def test_a_graduate_is_told_which_other_interview_is_less_than_ten_minutes_away(
    world: World,
):
    graduate_id, elsewhere = await world.graduate(), await world.other_place()
    first = await world.book(await world.slot(), graduate_id)
    panel = (elsewhere.recruiter_id,)
    near = await world.slot(TEN + timedelta(minutes=39), job_id=elsewhere.job_id, panel=panel)
    with pytest.raises(GraduateBusy) as caught:
        await world.book(near, graduate_id)
    assert caught.value.parameters["booking_id"] == first.booking_id
    assert caught.value.parameters["job_title"] == "机械结构工程师"
    far = await world.slot(TEN + timedelta(minutes=40), job_id=elsewhere.job_id, panel=panel)
    assert (await world.book(far, graduate_id)).state is BookingState.CONFIRMED


async def test_a_graduate_has_one_booking_for_a_job(world: World):
    graduate_id = await world.graduate()
    await world.book(await world.slot(), graduate_id)
    other = await world.slot(TEN + timedelta(hours=3))
    with pytest.raises(AlreadyBooked):
        await world.book(other, graduate_id)
    with pytest.raises(AlreadyBooked):
        await world.hold(other, graduate_id)


async def test_a_hold_is_confirmed_in_place(world: World):
    slot_id, graduate_id = await world.slot(), await world.graduate()
    held = await world.hold(slot_id, graduate_id)
    assert held.expires_at == world.clock.now() + timedelta(seconds=90)
    with pytest.raises(SlotTaken):
        await world.hold(slot_id, await world.graduate())
    confirmed = await world.book(slot_id, graduate_id)
    assert (confirmed.booking_id, confirmed.uid) == (held.booking_id, held.uid)
    assert await broken_rules(world.database) == {}


async def test_holding_the_same_slot_again_does_not_prolong_the_hold(world: World):
    slot_id, graduate_id = await world.slot(), await world.graduate()
    held = await world.hold(slot_id, graduate_id)
    world.clock.advance(timedelta(seconds=60))
    assert (await world.hold(slot_id, graduate_id)) == held


async def test_a_new_hold_replaces_the_old_one(world: World):
    first, second = await world.slot(), await world.slot(TEN + timedelta(minutes=10))
    graduate_id = await world.graduate()
    held = await world.hold(first, graduate_id)
    await world.hold(second, graduate_id)
    assert (await world.row(held.booking_id)).state == BookingState.EXPIRED
    assert await broken_rules(world.database) == {}


async def test_a_hold_that_ran_out_is_swept_by_who_wants_its_time(world: World):
    first, second = await world.slot(), await world.slot(TEN + timedelta(minutes=15))
    slow = await world.graduate()
    held = await world.hold(first, slow)
    world.clock.advance(timedelta(seconds=90))
    await world.book(second, await world.graduate())
    assert (await world.row(held.booking_id)).state == BookingState.EXPIRED
    with pytest.raises(HoldExpired):
        await world.book(first, slow)
    assert await broken_rules(world.database) == {}


async def test_a_hold_that_ran_out_is_confirmed_while_nobody_else_wants_its_time(world: World):
    slot_id, graduate_id = await world.slot(), await world.graduate()
    held = await world.hold(slot_id, graduate_id)
    world.clock.advance(timedelta(minutes=5))
    assert (await world.book(slot_id, graduate_id)).booking_id == held.booking_id


async def test_a_hold_that_was_swept_is_booked_anew_while_the_time_is_free(world: World):
    slot_id, graduate_id = await world.slot(), await world.graduate()
    held = await world.hold(slot_id, graduate_id)
    world.clock.advance(timedelta(seconds=90))
    assert await world.expire() == 1
    assert await world.expire() == 0
    assert (await world.book(slot_id, graduate_id)).booking_id != held.booking_id


async def test_a_released_hold_is_free_at_once(world: World):
    slot_id, graduate_id = await world.slot(), await world.graduate()
    await world.hold(slot_id, graduate_id)
    assert await world.release(slot_id, graduate_id) is True
    assert await world.release(slot_id, graduate_id) is False
    await world.book(slot_id, await world.graduate())


async def test_a_group_slot_has_as_many_seats_as_it_says_and_frees_its_panel_last(world: World):
    group = await world.slot(capacity=2)
    beside = await world.slot(TEN + timedelta(minutes=15))
    first = await world.book(group, one := await world.graduate())
    second = await world.book(group, two := await world.graduate())
    with pytest.raises(SlotTaken):
        await world.book(group, await world.graduate())
    await world.cancel(first.booking_id, one)
    with pytest.raises(SlotTaken):
        await world.book(beside, await world.graduate())
    await world.cancel(second.booking_id, two)
    await world.book(beside, await world.graduate())
    assert await broken_rules(world.database) == {}

"""What people see of their interviews."""

from datetime import timedelta

import pytest

from interviews.bookings.models import BookingId, BookingState
from interviews.bookings.refusals import NotYours
from interviews.bookings.service import (
    booking_for,
    bookings_of_slots,
    firm_bookings,
    my_interviews,
)
from interviews.slots.ranges import TimeRange
from tests.support.verbs import TEN, World

HOUR = timedelta(hours=1)


async def test_a_graduate_sees_their_interviews_in_order_but_no_holds(world: World):
    other, graduate = await world.other_place(), await world.graduate()
    later = await world.book(await world.slot(TEN + 3 * HOUR), graduate)
    sooner = await world.book(
        await world.slot(job_id=other.job_id, panel=(other.recruiter_id,)), graduate
    )
    await world.cancel(sooner.booking_id, graduate, "生病")
    third = await world.other_place()
    await world.hold(
        await world.slot(TEN + HOUR, job_id=third.job_id, panel=(third.recruiter_id,)), graduate
    )
    async with world.database.reading() as session:
        mine = await my_interviews(session, graduate)
        of_panel = await my_interviews(session, world.place.recruiter_id)
        of_nobody = await my_interviews(session, third.recruiter_id)
    assert [one.booking_id for one in mine] == [sooner.booking_id, later.booking_id]
    assert [one.is_live for one in mine] == [False, True]
    assert (mine[0].cancel_reason, mine[0].cancelled_by) == ("生病", graduate)
    assert (mine[1].title_en, mine[1].firm_zh) == ("Mechanical Design Engineer", "云梭智能")
    assert mine[1].graduate.person_id == graduate
    assert [party.name for party in mine[1].panel] == ["季云梭"]
    assert [one.booking_id for one in of_panel] == [later.booking_id]
    assert of_nobody == []


async def test_a_firm_sees_its_own_bookings_by_time_state_and_job(world: World):
    other = await world.other_place()
    first = await world.book(await world.slot(), one := await world.graduate())
    second = await world.book(await world.slot(TEN + HOUR), await world.graduate())
    await world.book(
        await world.slot(job_id=other.job_id, panel=(other.recruiter_id,)),
        await world.graduate(),
    )
    await world.cancel(first.booking_id, one)
    firm = world.place.firm_id
    async with world.database.reading() as session:
        everything = await firm_bookings(session, firm)
        live = await firm_bookings(session, firm, states=[BookingState.CONFIRMED])
        early = await firm_bookings(session, firm, between=TimeRange(TEN, TEN + HOUR))
        of_other_job = await firm_bookings(session, firm, job_id=other.job_id)
        of_slots = await bookings_of_slots(session, [first.slot_id, second.slot_id])
    assert [one.booking_id for one in everything] == [first.booking_id, second.booking_id]
    assert [one.booking_id for one in live] == [second.booking_id]
    assert [one.booking_id for one in early] == [first.booking_id]
    assert of_other_job == []
    assert of_slots[first.slot_id] == []
    assert [one.booking_id for one in of_slots[second.slot_id]] == [second.booking_id]


async def test_one_interview_is_shown_to_its_people_and_the_firms_recruiters(world: World):
    graduate, colleague = await world.graduate(), await world.recruiter()
    booking = await world.book(await world.slot(), graduate)
    other = await world.other_place()
    async with world.database.reading() as session:
        for person in (graduate, colleague, world.place.recruiter_id):
            seen = await booking_for(session, booking.booking_id, person)
            assert seen.uid == booking.uid
        for stranger in (other.recruiter_id, await world.graduate()):
            with pytest.raises(NotYours):
                await booking_for(session, booking.booking_id, stranger)
        with pytest.raises(NotYours):
            await booking_for(session, BookingId(4711), graduate)

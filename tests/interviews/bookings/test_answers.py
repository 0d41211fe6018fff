"""Answering an invite, and the history that one person was told."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from interviews.bookings.commands import Answer
from interviews.bookings.refusals import NotLive, NotYours
from interviews.bookings.service import answer, booking_for, history
from interviews.bookings.service.history import Carried, Turn
from interviews.outbox import Outbox
from interviews.people.models import PersonId
from tests.support.clock import START
from tests.support.verbs import TEN, World

DAY = timedelta(days=1)


async def say(world: World, booking_id: int, by: PersonId, partstat: str = "ACCEPTED") -> None:
    command = Answer(booking_id=booking_id, by=by, partstat=partstat)
    await world.database.retrying(lambda session: answer(session, command, now=world.clock.now()))


async def test_an_answer_is_kept_and_may_be_changed(world: World):
    graduate = await world.graduate()
    agreement = await world.book(await world.slot(), graduate)

    await say(world, agreement.booking_id, graduate, "TENTATIVE")
    await say(world, agreement.booking_id, graduate)

    async with world.database.reading() as session:
        found = await booking_for(session, agreement.booking_id, graduate)
    assert found.graduate.partstat == "ACCEPTED"
    assert [party.partstat for party in found.panel] == ["NEEDS-ACTION"]


async def test_nobody_answers_for_others_or_for_what_is_over(world: World):
    graduate = await world.graduate()
    agreement = await world.book(await world.slot(), graduate)
    colleague = await world.recruiter()  # of the firm, but not in this interview

    for stranger in (await world.graduate(), colleague):
        with pytest.raises(NotYours):
            await say(world, agreement.booking_id, stranger)
    world.clock.advance(2 * DAY)
    with pytest.raises(NotLive):
        await say(world, agreement.booking_id, graduate)


async def test_history_tells_every_turn_and_what_became_of_its_mail(world: World):
    graduate = await world.graduate()
    agreement = await world.book(await world.slot(), graduate)
    async with world.database.writing() as session:
        await session.execute(update(Outbox).values(sent_at=START))
    await world.move(agreement.booking_id, await world.slot(TEN + DAY), graduate)
    await world.cancel(agreement.booking_id, graduate)
    async with world.database.writing() as session:
        await session.execute(
            update(Outbox)
            .where(col(Outbox.dedupe_key).contains(":CANCEL:"))
            .values(failed_at=START)
        )

    async with world.database.reading() as session:
        told = await history(session, agreement.booking_id, graduate)

    assert [(one.turn, one.starts_at, one.carried) for one in told] == [
        (Turn.BOOKED, TEN, Carried.SENT),
        (Turn.MOVED, TEN + DAY, Carried.WAITING),
        (Turn.CANCELLED, TEN + DAY, Carried.FAILED),
    ]

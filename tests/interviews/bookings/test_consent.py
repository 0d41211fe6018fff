from sqlmodel import select

from interviews.consents.models import Consent
from tests.support.verbs import TEN, World
from tests.support.world import a_job


async def live_consents(world: World) -> int:
    async with world.database.reading() as session:
        rows = (await session.execute(select(Consent))).scalars()
        return sum(row.withdrawn_at is None for row in rows)


async def test_a_graduate_who_cancels_takes_the_profile_back(world: World):
    graduate_id = await world.graduate()
    agreement = await world.book(await world.slot(), graduate_id)
    assert await live_consents(world) == 1
    await world.cancel(agreement.booking_id, graduate_id)
    assert await live_consents(world) == 0


async def test_it_stays_shared_while_the_firm_has_another_booking(world: World):
    async with world.database.writing() as session:
        other_job = (await a_job(session, world.place.firm_id)).id
    graduate_id = await world.graduate()
    first = await world.book(await world.slot(), graduate_id)
    await world.book(await world.slot(TEN.replace(hour=15), job_id=other_job), graduate_id)
    await world.cancel(first.booking_id, graduate_id)
    assert await live_consents(world) == 2


async def test_a_firm_that_cancels_withdraws_nothing_for_the_graduate(world: World):
    agreement = await world.book(await world.slot(), await world.graduate())
    await world.cancel(agreement.booking_id, world.place.recruiter_id, reason="报告会改期")
    assert await live_consents(world) == 1

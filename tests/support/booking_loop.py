"""A process that books, moves and cancels without end, until somebody kills it.

It prints one line for every verb that came to an answer.
"""

import asyncio
import random
from datetime import timedelta

from sqlmodel import col, select

from interviews.bookings.models import Booking, BookingState
from interviews.database import Database
from interviews.graduates.models import Graduate
from interviews.refusals import Refusal
from interviews.slots.models import Slot
from tests.support.clock import START, FakeClock
from tests.support.verbs import World
from tests.support.world import Place

TASKS = 3


async def main(url: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  a repeatable storm, no secret
    database = Database.open(url, pool_size=TASKS)
    async with database.reading() as session:
        slots = list((await session.execute(select(Slot.id))).scalars())
        people = list((await session.execute(select(Graduate.person_id))).scalars())
    place = Place(1, 1, 1, 1)  # unused by the verbs below
    async with asyncio.TaskGroup() as tasks:
        for _ in range(TASKS):
            world = World(database, FakeClock(), place)
            tasks.create_task(act_for_ever(world, chance, slots, people))


async def act_for_ever(
    world: World, chance: random.Random, slots: list[int], people: list[int]
) -> None:
    while True:
        world.clock = FakeClock(START + timedelta(seconds=chance.randrange(400)))
        slot, person = chance.choice(slots), chance.choice(people)
        try:
            match chance.randrange(6):
                case 0 | 1:
                    await world.book(slot, person)
                case 2:
                    await world.hold(slot, person)
                case 3:
                    await world.cancel(await a_booking(world, person), person)
                case 4:
                    await world.move(await a_booking(world, person), slot, person)
                case _:
                    await world.expire()
        except Refusal:
            pass
        print("done", flush=True)  # noqa: T201  the parent counts


async def a_booking(world: World, person: int) -> int:
    """A confirmed booking of this graduate; 0 when there is none."""
    query = select(Booking.id).where(
        Booking.graduate_id == person, Booking.state == BookingState.CONFIRMED
    )
    async with world.database.reading() as session:
        return (await session.execute(query.order_by(col(Booking.id)))).scalars().first() or 0


def run(url: str, seed: int) -> None:
    """All of it."""
    asyncio.run(main(url, seed))

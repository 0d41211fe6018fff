"""Where rooms live: the memory of one process and the rows of many keep the same promises."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from interviews.database import Database
from signaling.refusals import NoWorker
from signaling.workers.placement import InMemoryPlacements, Placement, Placements
from tests.conftest import BACKENDS
from web.placements import RowPlacements


@pytest.fixture(params=["memory", *BACKENDS])
async def placements(request: pytest.FixtureRequest) -> AsyncIterator[Placements]:
    if request.param == "memory":
        yield InMemoryPlacements()
        return
    database = Database.open(request.getfixturevalue(f"{request.param}_url"))
    yield RowPlacements(database)
    await database.close()
    await asyncio.sleep(0)


async def test_a_room_stays_where_it_is_while_its_worker_is_up(placements: Placements):
    first = await placements.place("room", up=["a", "b"])
    assert first is not None
    assert (first.room, first.worker) == ("room", "a")
    assert await placements.place("room", up=["b", "a", "c"]) == first


async def test_a_new_room_goes_to_the_worker_that_is_named_first(placements: Placements):
    placed = [await placements.place(f"room-{n}", up=[w, "d"]) for n, w in enumerate("abc")]
    assert [place.worker for place in placed if place] == ["a", "b", "c"]


async def test_a_room_whose_worker_died_moves_with_a_higher_epoch(placements: Placements):
    first = await placements.place("room", up=["a"])
    second = await placements.place("room", up=["b"])
    assert first is not None
    assert second is not None
    assert (second.worker, second.epoch > first.epoch) == ("b", True)


async def test_a_released_room_comes_back_with_a_higher_epoch(placements: Placements):
    first = await placements.place("room", up=["a"])
    await placements.release("room")
    await placements.release("room")
    await placements.release("never placed")
    second = await placements.place("room", up=["a"])
    assert first is not None
    assert second is not None
    assert second.epoch > first.epoch


async def test_without_workers_a_room_lives_nowhere(placements: Placements):
    assert await placements.place("room", up=[]) is None


async def test_requests_at_the_same_time_get_the_same_placement(placements: Placements):
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(placements.place("room", up=[w])) for w in "aaaa"]
    assert len({task.result() for task in tasks}) == 1


async def test_nobody_else_has_taken_what_was_placed_here(placements: Placements):
    first = await placements.place("room", up=["a"])
    assert first is not None
    assert await placements.taken({"room": first.epoch, "never placed": 1}) == set()
    assert await placements.taken({}) == set()


async def test_a_process_takes_over_what_another_one_left(database: Database):
    before, after = RowPlacements(database), RowPlacements(database)
    first = await before.place("room", up=["0.1"])
    second = await after.place("room", up=["0.1"])
    assert first is not None
    assert second == Placement("room", "0.1", first.epoch + 1)
    assert await before.taken({"room": first.epoch, "other": 1}) == {"room"}
    assert await after.taken({"room": second.epoch}) == set()
    await before.release("room")  # not its own any more: nothing happens
    assert await after.place("room", up=["0.1"]) == second


async def test_processes_that_race_for_a_room_get_epochs_of_their_own(database: Database):
    processes = [RowPlacements(database) for _ in range(4)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one.place("room", up=["0.1"])) for one in processes]
    placed = [task.result() for task in tasks]
    assert sorted(place.epoch for place in placed if place) == [1, 2, 3, 4]
    newest = max(place.epoch for place in placed if place)
    lost = [
        await one.taken({"room": place.epoch})
        for one, place in zip(processes, placed, strict=True)
        if place
    ]
    assert lost.count({"room"}) == 3
    assert [
        place.epoch for place, gone in zip(placed, lost, strict=True) if place and not gone
    ] == [newest]


async def test_while_the_database_is_away_nobody_is_placed_and_nobody_is_lost():
    placements = RowPlacements(Database.open("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    with pytest.raises(NoWorker):
        await placements.place("room", up=["a"])
    await placements.release("room")
    assert await placements.taken({"room": 1}) == set()

"""How many media sessions may live at once."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.engine.caps import Caps, Entrant, Occupancy
from signaling.refusals import AddressFull, PersonFull, Refusal, RoomMediaFull
from tests.signaling.engine.pages import House, Page
from tests.signaling.engine.test_media_door import grants_of, performed, post
from tests.signaling.workers.control import until

SMALL = Caps(
    room_sessions=3,
    room_publications=2,
    person_sessions=2,
    person_publications=1,
    address_sessions=4,
)


def entrant(
    person: str = "li", *, room: str = "r", address: str = "192.0.2.1", up: bool = False
) -> Entrant:
    return Entrant(room, person, address, up)


def filled(*entrants: Entrant) -> Occupancy:
    occupancy = Occupancy(SMALL)
    for one in entrants:
        occupancy.enter(one, seats=1)
    return occupancy


@pytest.mark.parametrize(
    ("before", "one_more", "refusal"),
    [
        ([entrant(), entrant()], entrant(), PersonFull),
        ([entrant(up=True)], entrant(up=True), PersonFull),
        ([entrant("a"), entrant("b"), entrant("c")], entrant("d"), RoomMediaFull),
        ([entrant("a", up=True), entrant("b", up=True)], entrant("c", up=True), RoomMediaFull),
        ([entrant(room=str(n)) for n in range(4)], entrant(room="x"), AddressFull),
    ],
)
def test_one_more_than_there_may_be_is_refused(
    before: list[Entrant], one_more: Entrant, refusal: type[Refusal]
) -> None:
    occupancy = filled(*before)
    for _ in range(3):
        with pytest.raises(refusal) as caught:
            occupancy.enter(one_more, seats=1)
    assert (caught.value.status, caught.value.wait is None) == (503, False)
    occupancy.leave(before[0])
    occupancy.enter(one_more, seats=1)


def test_a_room_with_more_seats_holds_more() -> None:
    occupancy = filled(entrant("a"), entrant("b"), entrant("c"))
    occupancy.enter(entrant("d"), seats=2)


def test_others_are_not_concerned() -> None:
    occupancy = filled(entrant(up=True), entrant())
    occupancy.enter(entrant(room="other", up=True), seats=1)
    occupancy.enter(entrant("chen", address="192.0.2.2", up=True), seats=1)


people = st.builds(
    entrant,
    st.sampled_from("abc"),
    room=st.sampled_from("rst"),
    address=st.sampled_from(["192.0.2.1", "192.0.2.2"]),
    up=st.booleans(),
)


@given(st.lists(st.tuples(people, st.booleans()), max_size=60))
def test_the_count_is_that_of_the_living(steps: list[tuple[Entrant, bool]]) -> None:
    occupancy, living = Occupancy(SMALL), []
    for one, comes in steps:
        if comes:
            try:
                occupancy.enter(one, seats=1)
            except Refusal:
                continue
            living.append(one)
        elif one in living:
            occupancy.leave(one)
            living.remove(one)
        assert occupancy._count["address", one.address] == sum(
            other.address == one.address for other in living
        )
    for one in living:
        occupancy.leave(one)
    assert not [key for key, count in occupancy._count.items() if count]


@pytest.fixture
def crowded(house: House) -> Iterator[House]:
    """A house whose engine lets nobody have more than one session at a time."""
    occupancy = house.engine._sessions.occupancy
    occupancy._caps = Caps(person_sessions=1, address_sessions=2)
    yield house
    house.engine._sessions.occupancy._caps = Caps()


async def refusal(page: Page, house: House, what: str) -> tuple[int, str, str]:
    response = await post(house, grants_of(page)[what], "av")
    body = await response.json()
    return response.status, body["code"], response.headers["Retry-After"]


async def test_a_full_house_says_when_to_come_again(crowded: House) -> None:
    li, chen = await crowded.two_in_the_room()
    opened = await post(crowded, grants_of(li)["subscribe"], "av")
    assert opened.status == 201
    await li.hear("grants")
    assert await refusal(li, crowded, "publish") == (503, "person-media-full", "5")
    assert (await post(crowded, grants_of(chen)["subscribe"], "av")).status == 201
    await chen.hear("grants")
    crowded.engine._sessions.occupancy._caps = Caps(address_sessions=2)
    assert await refusal(chen, crowded, "publish") == (503, "address-full", "10")
    crowded.engine._sessions.occupancy._caps = Caps(room_sessions=0)
    assert await refusal(chen, crowded, "publish") == (503, "room-media-full", "5")


async def test_a_refused_session_leaves_its_grant_unused(crowded: House) -> None:
    li, _chen = await crowded.two_in_the_room()
    endpoint = grants_of(li)["subscribe"]
    opened = await post(crowded, endpoint, "av")
    await li.hear("grants")
    publish = grants_of(li)["publish"]
    assert (await post(crowded, publish, "av")).status == 503
    gone = await crowded.client.delete(
        opened.headers["Location"], headers={"Authorization": f"Bearer {endpoint['token']}"}
    )
    assert gone.status == 200
    assert (await post(crowded, publish, "av")).status == 201
    await performed(crowded)


async def test_replacing_a_session_for_ever_fills_nothing(house: House) -> None:
    li, _chen = await house.two_in_the_room()
    for _ in range(20):
        assert (await post(house, grants_of(li)["publish"], "av")).status == 201
        await li.hear("grants")
    await performed(house)
    assert len(house.media.sessions) == 1
    assert sum(house.engine._sessions.occupancy._count.values()) == 5


async def test_an_offer_that_no_worker_takes_gives_its_place_back(house: House) -> None:
    li, _chen = await house.two_in_the_room()
    house.media.is_full = True
    for _ in range(20):
        assert (await post(house, grants_of(li)["publish"], "av")).status == 503
    house.media.is_full = False
    assert (await post(house, grants_of(li)["publish"], "av")).status == 201


async def test_one_grant_sent_twice_at_once_opens_one_session(house: House) -> None:
    li, _chen = await house.two_in_the_room()
    house.media.opens.clear()
    async with asyncio.TaskGroup() as tasks:
        grant = grants_of(li)["publish"]
        posts = [tasks.create_task(post(house, grant, "av")) for _ in range(2)]
        await until(lambda: any(one.done() for one in posts))
        house.media.opens.set()
    assert sorted(one.result().status for one in posts) == [201, 403]
    assert house.media.opening == 0


async def test_sessions_that_are_being_opened_count(house: House) -> None:
    await house.two_in_the_room()
    house.media.opens.clear()
    grants = [{"url": "/whip/r1", "token": house.media_token("li", "publish")} for _ in range(10)]
    async with asyncio.TaskGroup() as tasks:
        posts = [tasks.create_task(post(house, grant, "av")) for grant in grants]
        await until(lambda: sum(one.done() for one in posts) == 6)
        assert house.media.opening == 4
        house.media.opens.set()
    assert sorted(one.result().status for one in posts) == [201] * 4 + [503] * 6
    await performed(house)
    assert len(house.media.sessions) == 1, "each replaced the one before"

"""Where bookings and rooms meet: who may come in, and what the end of a room does to a booking."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from interviews.bookings.models import BookingId, BookingState
from tests.support.verbs import TEN
from tests.web.bookings.people import GRANT, Cast, seated
from web.keys import DRAIN
from web.rooms import follow_rooms


async def at_the_door(cast: Cast) -> BookingId:
    """An interview that begins in five minutes."""
    agreement = await cast.world.book(await cast.world.slot(), cast.graduate_id)
    cast.site.clock.advance(TEN - cast.site.clock.now() - timedelta(minutes=5))
    return agreement.booking_id


@asynccontextmanager
async def following(cast: Cast) -> AsyncIterator[None]:
    """Rooms report to bookings meanwhile."""
    site = cast.site
    async with asyncio.TaskGroup() as group:
        follower = group.create_task(
            follow_rooms(site.engine, site.database, site.clock, site.app[DRAIN])
        )
        yield
        follower.cancel()


async def settled(cast: Cast, booking: BookingId) -> str:
    """The booking's state as soon as it is not confirmed any more."""
    async with asyncio.timeout(60):
        row = await cast.world.row(booking)
        while row.state == BookingState.CONFIRMED:
            await asyncio.sleep(0)  # a statement on SQLite itself never waits
            row = await cast.world.row(booking)
    return str(row.state)


async def test_both_sides_of_an_interview_get_a_grant_for_their_part(cast: Cast):
    path = f"/interviews/{await at_the_door(cast)}/room"
    parts = {
        found[3]
        for browser in (cast.graduate, cast.recruiter)
        if (found := GRANT.search((await browser.get(path)).text))
    }
    assert parts == {"candidate", "panel"}


async def test_a_stranger_finds_no_room(cast: Cast):
    booking = await at_the_door(cast)
    _, other = await cast.another()
    assert (await other.get(f"/interviews/{booking}/room")).status == 404


@pytest.mark.parametrize(
    ("outcome", "later", "state"),
    [("done", 0, BookingState.DONE), ("no-show", 16, BookingState.NO_SHOW)],
)
async def test_what_the_panel_says_at_the_end_becomes_the_bookings_state(
    cast: Cast, outcome: str, later: int, state: BookingState
):
    booking = await at_the_door(cast)
    cast.site.clock.advance(timedelta(minutes=later))
    path = f"/interviews/{booking}/room"
    async with following(cast), seated(cast.recruiter, path) as panel:
        await panel.send_json({"type": "end", "outcome": outcome})
        assert await settled(cast, booking) == state


async def test_a_room_that_the_product_ends_leaves_the_booking_alone(cast: Cast):
    booking = await at_the_door(cast)
    uid = (await cast.world.row(booking)).uid
    async with following(cast), seated(cast.recruiter, f"/interviews/{booking}/room") as panel:
        cast.site.engine.end_room(uid, "cancelled")
        while (await panel.receive_json())["type"] != "ended":
            pass
        assert (await cast.world.row(booking)).state == BookingState.CONFIRMED


async def test_rooms_of_this_hour_are_open_as_soon_as_the_service_runs(cast: Cast):
    booking = await at_the_door(cast)
    uid = (await cast.world.row(booking)).uid
    assert not cast.site.engine.is_open(uid)
    async with following(cast), asyncio.timeout(60):
        while not cast.site.engine.is_open(uid):  # noqa: ASYNC110  nothing is told to outsiders
            await asyncio.sleep(0)

"""One firm with an approved job, one graduate, one recruiter, all on the real site."""

import pytest

from interviews.identity.models import Role
from interviews.people.models import Person
from tests.support.site import Site
from tests.support.verbs import World
from tests.support.world import a_graduate, a_place, id_of
from tests.web.bookings.people import Cast, with_account


@pytest.fixture
async def cast(site: Site) -> Cast:
    async with site.database.writing() as session:
        place = await a_place(session)
        (await session.get_one(Person, place.recruiter_id)).locale = "en"
        graduate_id = id_of(await a_graduate(session, locale="en"))
    await with_account(site.database, graduate_id, Role.GRADUATE)
    await with_account(site.database, place.recruiter_id, Role.RECRUITER)
    return Cast(
        site,
        World(site.database, site.clock, place),
        graduate_id,
        await site.signed_in(graduate_id),
        await site.signed_in(place.recruiter_id),
    )

"""Every route, tried by everybody: the declared `who` holds, and so does ownership."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from interviews.bookings.models import Booking
from interviews.database import Database
from interviews.employers.models import Firm
from interviews.graduates.models import Graduate
from interviews.identity.models import Account, Role
from interviews.jobs.models import Job
from interviews.people.models import Person, PersonId
from interviews.slots.models import Slot
from tests.support.accounts import registrar
from tests.support.clock import START
from tests.support.site import Browser, Page, Site, running_site
from tests.support.verbs import World
from tests.support.world import a_place
from web.routes import PAGES
from web.sitemap import Route, may

ROLES = {
    "anonymous": None,
    "graduate": Role.GRADUATE,
    "another graduate": Role.GRADUATE,
    "recruiter": Role.RECRUITER,
    "recruiter of another firm": Role.RECRUITER,
    "organiser": Role.ORGANISER,
    "administrator": Role.ADMINISTRATOR,
}
OWNED = {  # beginning of an address -> who owns what the ids in it name
    "/hr/jobs/{job_id": {"recruiter"},
    "/hr/slots/{": {"recruiter"},
    "/hr/bookings/{": {"recruiter"},
    "/me/interviews/{": {"graduate"},
    "/interviews/{": {"graduate", "recruiter"},
    "/bookings/{": {"graduate", "recruiter"},
}
STRANGERS = {"another graduate", "recruiter of another firm"}
OWNER = ("person_id", "graduate_id")
KEPT = (Firm, Job, Slot, Booking, Graduate, Account)


@dataclass(frozen=True, slots=True)
class House:
    """A site in which one graduate has booked an interview with one firm."""

    site: Site
    people: dict[str, PersonId]
    ids: dict[str, str]

    def path(self, route: Route) -> str:
        """The route's address, about the things of the graduate and of the recruiter's firm."""
        ids = dict(self.ids)
        if route.path == "/i/{token}":
            ids["token"] = ids["token to confirm"]
        return re.sub(
            r"\{(\w+)(?::(?:[^{}]|\{[^{}]*\})*)?\}", lambda hole: ids[hole[1]], route.path
        )

    async def visitor(self, name: str) -> Browser:
        """A browser of this person, signed in anew."""
        if name == "anonymous":
            return self.site.browser()
        return await self.site.signed_in(self.people[name])


async def populated(site: Site) -> House:
    register = registrar(site.database)
    async with site.database.writing() as session:
        place = await a_place(session)
    world = World(site.database, site.clock, place)
    other = await world.other_place()
    people = {
        "graduate": await world.graduate(),
        "another graduate": await world.graduate(),
        "recruiter": place.recruiter_id,
        "recruiter of another firm": other.recruiter_id,
        "organiser": await register("org@example.com", Role.ORGANISER),
        "administrator": await register("admin@example.com", Role.ADMINISTRATOR),
    }
    async with site.database.writing() as session:
        for name, person in people.items():
            if await session.get(Account, person) is None:
                session.add(
                    Account(
                        person_id=person,
                        role=ROLES[name],
                        email_verified_at=START,
                        created_at=START,
                    )
                )
            (await session.get(Person, person)).locale = "en"
        slug = (await session.get(Firm, place.firm_id)).slug
    slot, free = await world.slot(), await world.slot(START + timedelta(days=2))
    agreement = await world.book(slot, people["graduate"])
    booking = str(agreement.booking_id)
    room, confirm = (
        site.links.for_booking(purpose, agreement.booking_id, people["graduate"])
        for purpose in ("room", "confirm")
    )
    ids = {
        "job_id": str(place.job_id),
        "firm_id": str(place.firm_id),
        "slug": slug,
        "slot_id": str(free),
        "booking_id": booking,
        "id": booking,
        "person_id": str(await register("somebody@example.com", Role.RECRUITER)),
        "session_id": "999",
        "token": room.rpartition("/")[2],
        "token to confirm": confirm.rpartition("/")[2],
        "name": "no-such-letter",
    }
    return House(site, people, ids)


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with running_site(sqlite_url, tmp_path) as site:
        yield await populated(site)


async def tried(house: House, route: Route, name: str) -> Page:
    """What this visitor gets; a form is sent empty, but with its proof."""
    visitor = await house.visitor(name)
    path = house.path(route)
    try:
        if route.method == "GET":
            return await visitor.get(path)
        return await visitor.send(path, on="/terms")
    finally:
        await visitor.http.close()


def owners(route: Route) -> set[str] | None:
    """Who owns what the address names; None for what belongs to nobody in particular."""
    return next((who for start, who in OWNED.items() if route.path.startswith(start)), None)


def label(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("name", list(ROLES))
async def test_everybody_gets_where_the_sitemap_says_and_nowhere_else(house: House, name: str):
    for route in PAGES:
        answer = await tried(house, route, name)
        assert answer.status < 500, label(route)
        to_sign_in = answer.status == 303 and answer.target.startswith("/sign-in?next=")
        if may(route.who, ROLES[name]):
            assert not to_sign_in, label(route)
            if name in STRANGERS and owners(route) is not None:
                assert answer.status in {403, 404}, label(route)
            elif owners(route) is None or name in (owners(route) or set()):
                assert "Your account may not do that" not in answer.text, label(route)
        elif name == "anonymous" and route.method == "GET":
            assert to_sign_in, label(route)
        else:
            assert answer.status == 403, label(route)
            assert "Your account may not do that" in answer.text, label(route)


@pytest.mark.parametrize("name", ["anonymous", *sorted(STRANGERS)])
async def test_who_owns_nothing_changes_nothing_of_others(house: House, name: str):
    own = house.people.get(name)
    before = await contents(house.site.database, but=own)
    for route in PAGES:
        if route.method != "GET":
            await tried(house, route, name)
    assert await contents(house.site.database, but=own) == before


async def contents(database: Database, *, but: PersonId | None) -> dict[str, list[object]]:
    """Every row but those of this person."""
    async with database.reading() as session:
        return {
            table.__name__: [
                row.model_dump()
                for row in (await session.execute(select(table))).scalars()
                if but is None or but not in {row.model_dump().get(key) for key in OWNER}
            ]
            for table in KEPT
        }


async def test_no_address_takes_a_method_that_the_sitemap_does_not_name(house: House):
    by_path: dict[str, set[str]] = {}
    for route in PAGES:
        by_path.setdefault(route.path, set()).add(route.method)
    visitor = await house.visitor("administrator")
    for path, methods in by_path.items():
        address = house.path(Route("GET", path, PAGES[0].handler, "anyone"))
        for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - methods:
            answer = await visitor.ask(method, address)
            assert answer.status in {403, 404, 405}, f"{method} {path}"


def test_only_get_and_post_are_used_and_every_route_is_named_once():
    assert {route.method for route in PAGES} <= {"GET", "POST"}
    labels = [label(route) for route in PAGES]
    assert len(labels) == len(set(labels))

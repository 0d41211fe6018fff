"""Graduates and recruiters with accounts, profiles and browsers, around one approved job."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientWebSocketResponse

from interviews.database import Database
from interviews.identity.models import Account, Role
from interviews.people.models import PersonId
from tests.support.clock import START
from tests.support.site import Browser, Page, Site
from tests.support.verbs import World
from tests.support.world import a_graduate, id_of

GRANT = re.compile(r'data-room="([^"]+)" data-grant="([^"]+)" data-role="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Cast:
    """The site, the verbs behind it, and who is on it."""

    site: Site
    world: World
    graduate_id: PersonId
    graduate: Browser
    recruiter: Browser

    async def another(
        self,
        *,
        locale: str = "en",
        zone: str = "Asia/Shanghai",
        level: str = "benke",
        major: str = "08",
        verified: bool = True,
    ) -> tuple[PersonId, Browser]:
        """One more graduate with a browser."""
        async with self.site.database.writing() as session:
            person = await a_graduate(
                session, locale=locale, zone=zone, level=level, major_category=major
            )
            person_id = id_of(person)
        await with_account(self.site.database, person_id, Role.GRADUATE, verified=verified)
        return person_id, await self.site.signed_in(person_id)


async def with_account(
    database: Database, person_id: PersonId, role: Role, *, verified: bool = True
) -> None:
    async with database.writing() as session:
        session.add(
            Account(
                person_id=person_id,
                role=role,
                email_verified_at=START if verified else None,
                created_at=START,
            )
        )


async def press(browser: Browser, path: str, *, on: str, **fields: str) -> Page:
    """Send a form of the page `on`, without a script."""
    return await browser.send(path, on=on, **fields)


@asynccontextmanager
async def seated(browser: Browser, path: str) -> AsyncIterator[ClientWebSocketResponse]:
    """A socket in the room of a page, after its welcome."""
    found = GRANT.search((await browser.get(path)).text)
    assert found is not None
    hello = {"type": "hello", "version": 1, "token": found[2], "device": "d" * 32}
    hello |= {"admission": None, "life": None, "last_seen": None}
    address, protocols = f"/socket/{found[1]}", ("daigang.room.1",)
    async with browser.http.ws_connect(address, protocols=protocols) as socket:
        await socket.send_json(hello)
        while (await socket.receive_json())["type"] != "welcome":
            pass
        yield socket

"""A room of the demo in which somebody is on the air, for the pages of administrators."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime

from aiohttp import ClientSession
from playwright.async_api import Browser

from interviews.identity.models import Role
from tests.e2e import pages
from tests.e2e.guests import loopback_only, seated
from tests.support.service import Service
from web.commands.data import KNOWN
from web.demo.people import DEMO_EMAILS

NEXT = """
select booking.id, uid from booking join slot on slot.id = booking.slot_id
where booking.state = 'confirmed' order by slot.starts_at limit 1
"""


@asynccontextmanager
async def on_air(
    browser: Browser, service: Service, now: datetime
) -> AsyncIterator[tuple[str, str]]:
    """The sessions of one who sends, and then holds the picture, and of one who watches."""
    with closing(sqlite3.connect(service.data / "daigang.sqlite3")) as database:
        booking, room = database.execute(NEXT).fetchone()
    await _opened(browser, service, f"/interviews/{booking}/room")
    with loopback_only():
        async with ClientSession() as http, asyncio.TaskGroup() as tasks:
            sender, viewer = [await seated(service, http, room, name, now) for name in ("a", "b")]
            for guest in (sender, viewer):
                tasks.create_task(guest.listen())
            up = await sender.publish((await sender.hear("grants"))["publish"], has_camera=True)
            down = await viewer.watch((await viewer.hear("grants"))["subscribe"])
            await viewer.hear("map")
            sender.picture.moves.clear()  # a finding to read: the publisher sends nothing
            yield up, down
            for guest in (sender, viewer):
                await guest.up.close()
                await guest.down.close()
                await guest.socket.close()


async def _opened(browser: Browser, service: Service, path: str) -> None:
    """Somebody visits the room's page, which opens the room."""
    context = await browser.new_context()
    page = await context.new_page()
    await pages.sign_in(page, service.url, DEMO_EMAILS[Role.RECRUITER], KNOWN)
    await page.goto(f"{service.url}{path}")
    await context.close()

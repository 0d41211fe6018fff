"""The whole site over a real database and a real socket, and browsers that visit it.

Only media is on paper and mail stays in the outbox.
"""

import html
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from yarl import URL

from interviews.database import Database
from interviews.identity.service.sessions import open_session
from interviews.people.models import PersonId
from scheduler.building import MailIdentity
from scheduler.drain import Drain
from signaling.engine import Engine
from tests.signaling.engine.paper_media import PaperMedia
from tests.support.accounts import cheap_passwords
from tests.support.clock import FakeClock
from web import keys
from web.app import Parts, build_app
from web.compose import build_carrier
from web.links import SignedLinks
from web.logs import AccessLog
from web.secrets import Secrets
from web.settings import Settings
from web.sitemap import Route, page_routes
from web.templating import build_environment
from web.translations import Gettext
from web.trust import GUARDS, PASSWORDS
from web.unit import unit_of_work

SECRETS = Secrets(b"the master key of the tests".ljust(32))
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Page:
    """What came back."""

    status: int
    text: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    url: URL

    @property
    def target(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("Location", "")

    @property
    def csrf(self) -> str:
        """The proof in the page's first form."""
        found = CSRF.search(self.text)
        assert found is not None, self.text
        return html.unescape(found[1])

    @property
    def words(self) -> str:
        """The text as a reader sees it, roughly."""
        return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", self.text).split()))


class Browser:
    """Keeps its cookies; follows no redirect by itself."""

    def __init__(self, base: URL, headers: Mapping[str, str]) -> None:
        self.base = base
        self.http = ClientSession(
            base, cookie_jar=CookieJar(unsafe=True), headers=dict(headers), auto_decompress=True
        )

    async def ask(self, method: str, path: str, **more: Any) -> Page:
        async with self.http.request(method, path, allow_redirects=False, **more) as answer:
            cookies = tuple(answer.headers.getall("Set-Cookie", ()))
            return Page(answer.status, await answer.text(), answer.headers, cookies, answer.url)

    async def get(self, path: str, **more: Any) -> Page:
        return await self.ask("GET", path, **more)

    async def send(self, path: str, *, on: str = "/sign-in/link", **fields: str) -> Page:
        """Fill a form that stands on the page `on` and press its button."""
        page = await self.get(on)
        return await self.post(path, csrf=page.csrf, **fields)

    async def post(self, path: str, **fields: str) -> Page:
        return await self.ask("POST", path, data=fields)

    def cookie(self, name: str) -> str:
        """The value of one of our cookies, empty when the browser has none."""
        found = self.http.cookie_jar.filter_cookies(self.base).get(f"daigang-{name}")
        return found.value if found is not None else ""

    def take_cookie(self, name: str, value: str) -> None:
        self.http.cookie_jar.update_cookies({f"daigang-{name}": value}, self.base)


@dataclass
class Site:
    """A running site."""

    app: web.Application
    base: URL
    database: Database
    clock: FakeClock
    engine: Engine
    links: SignedLinks
    browsers: list[Browser] = field(default_factory=list)

    def browser(self, **headers: str) -> Browser:
        """Somebody new, who reads English."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        visitor = Browser(self.base, {"Accept-Language": "en", **named})
        self.browsers.append(visitor)
        return visitor

    async def signed_in(self, person: PersonId | int | None) -> Browser:
        """A browser with a session of this person."""
        assert person is not None
        visitor = self.browser()
        async with self.database.writing() as session:
            token = await open_session(
                session, PersonId(person), agent="Firefox on Linux", now=self.clock.now()
            )
        visitor.take_cookie("session", token)
        return visitor


templates = cache(build_environment)  # compiled once for all sites


@asynccontextmanager
async def running_site(
    url: str, folder: Path, *, more: Sequence[Route] = (), **settings: Any
) -> AsyncIterator[Site]:
    """The site over the database at `url`, with `more` pages; `settings` as in web/settings.py."""
    plan = Settings(data=folder, port=0, **settings)
    clock, database = FakeClock(), Database.open(url)
    base = str(plan.public_url or "http://daigang.example")
    links = SignedLinks(base, [SECRETS.key("links")])
    engine = Engine(PaperMedia(), SECRETS.key("grants"), clock.now)
    mail = MailIdentity("daigang@example.com", "Daigang")
    drain = Drain(database, build_carrier(plan), links, Gettext(), clock, mail=mail)
    app = build_app(Parts(plan, database, clock, links, SECRETS, engine, drain))
    app[PASSWORDS] = cheap_passwords()
    app[keys.TEMPLATES] = templates()
    app.add_routes(page_routes(more, GUARDS, (unit_of_work,)))
    await engine.start()
    server = TestServer(app)
    await server.start_server(access_log=logging.getLogger("access"), access_log_class=AccessLog)
    async with server:
        site = Site(app, server.make_url("/"), database, clock, engine, links)
        yield site
        for visitor in site.browsers:
            await visitor.http.close()
    await engine.aclose(timedelta(seconds=5))
    await database.close()

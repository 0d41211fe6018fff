"""Every page that a GET reaches, with real ids and tokens of a running demo in its address."""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass

from playwright.async_api import Browser, Page, StorageState

from interviews.identity.models import Role
from scheduler.delivery.kept import KeptMail
from tests.e2e import pages
from tests.e2e.letters import letter, link_with, signed_link
from tests.support.service import Service
from web.carriers import KEPT
from web.commands.data import KNOWN
from web.demo.people import DEMO_EMAILS
from web.links import PURPOSES
from web.routes import PAGES
from web.sitemap import ANYONE, SIGNED_IN, Route

RECORD = "/admin/media/{session_id}/record.json"
DOWNLOADS = frozenset({"/interviews/{id}/calendar.ics", "/dev/mail/{name}/invite.ics", RECORD})
FRAMED = frozenset({"/dev/mail/{name}/html"})  # a mail as mailed, boxed into /dev/mail/{name}
JOB = 1  # of the demo recruiter's firm, with free times
OTHER_JOB = 11  # of another firm, with free times on another day
NEWCOMER = "newcomer@example.com"
SLUG = "select slug from firm join job on job.firm_id = firm.id where job.id = ?"
FIRM = "select firm_id from job where id = ?"


@dataclass(frozen=True, slots=True)
class Address:
    """One page: where it is, who opens it (None: nobody signed in), and its status."""

    path: str
    reader: Role | None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Sitemap:
    """Every page, and the cookies of every reader."""

    addresses: tuple[Address, ...]
    cookies: dict[Role | None, StorageState | None]


async def sitemap(browser: Browser, service: Service, media: tuple[str, str]) -> Sitemap:
    """The whole sitemap as addresses of this service, where these media sessions are on the air.

    Raises:
        KeyError: a route has a name that nothing here fills.
    """
    cookies: dict[Role | None, StorageState | None] = {None: None}
    for role in Role:
        cookies[role] = await _signed_in(browser, service, role)
    names = await _names(browser, service, cookies[Role.GRADUATE]) | {"session_id": media[0]}
    other = Address(f"/admin/media/{media[1]}", Role.ADMINISTRATOR)
    return Sitemap((*_routes(names), other, *_wrong(names)), cookies)


def _routes(names: dict[str, str]) -> list[Address]:
    gone = DOWNLOADS | FRAMED
    wanted = [route for route in PAGES if route.method == "GET" and _plain(route) not in gone]
    return [Address(_filled(route, names), who) for route in wanted for who in _readers(route)]


def _wrong(names: dict[str, str]) -> tuple[Address, ...]:
    return (
        Address("/nowhere", None, 404),
        Address("/admin/mail", Role.GRADUATE, 403),
        Address(f"/reset/{names['/reset']}x", None, 410),
        Address("/jobs?q=nothing-fits-this", None),
        *(Address(f"/i/{names[purpose]}", None) for purpose in PURPOSES),
    )


def _plain(route: Route) -> str:
    """The route's path with bare names: `/jobs/{job_id}`."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", route.path)


def _readers(route: Route) -> tuple[Role | None, ...]:
    """One reader of every kind for whom the page looks different."""
    if route.who == ANYONE:
        return (None, Role.GRADUATE) if route.path.startswith("/jobs") else (None,)
    if route.who == SIGNED_IN:
        return (Role.GRADUATE, Role.RECRUITER)
    return (next(role for role in Role if role in route.who),)


def _filled(route: Route, names: dict[str, str]) -> str:
    path = _plain(route)
    head = path.split("/{token}")[0]
    token = names["room" if path.endswith("/room") else head] if "{token}" in path else ""
    return path.format_map(names | {"token": token})


async def _signed_in(browser: Browser, service: Service, role: Role) -> StorageState:
    context = await browser.new_context()
    page = await context.new_page()
    await pages.sign_in(page, service.url, DEMO_EMAILS[role], KNOWN)
    state = await context.storage_state()
    await context.close()
    return state


async def _names(
    browser: Browser, service: Service, cookies: StorageState | None
) -> dict[str, str]:
    """What fills the names of paths: numbers, one held time, one-time and signed tokens."""
    page = await browser.new_page()
    tokens = await _mailed(page, service)
    await page.close()
    context = await browser.new_context(storage_state=cookies)
    page = await context.new_page()
    booking, held = await _booked(page, service)
    await context.close()
    invite = await letter(service, DEMO_EMAILS[Role.GRADUATE], "/i/")
    mail = (await KeptMail(service.data / KEPT).newest(1))[0]
    with closing(sqlite3.connect(service.data / "daigang.sqlite3")) as database:
        slug, firm = (database.execute(text, (JOB,)).fetchone()[0] for text in (SLUG, FIRM))
    signed = {purpose: signed_link(invite, purpose) for purpose in PURPOSES}
    return (
        tokens
        | signed
        | {"/i": signed["confirm"]}
        | {"id": booking, "slot_id": held, "slug": slug, "firm_id": str(firm)}
        | {"job_id": str(JOB), "name": mail.name}
    )


async def _mailed(page: Page, service: Service) -> dict[str, str]:
    """A fresh token of every mailed one-time link."""
    await page.goto(f"{service.url}/sign-up")
    await page.fill("input[name=name]", "新来的人")
    await page.fill("input[name=email]", NEWCOMER)
    await page.fill("input[name=password]", pages.PASSWORD)
    await page.check("input[name=terms]")
    await page.click("main form[action='/sign-up'] button[type=submit]")
    tokens = {"/verify": link_with(await letter(service, NEWCOMER, "/verify/"), "/verify/")}
    for form, path in (("/forgotten", "/reset"), ("/sign-in/link", "/sign-in/link")):
        await page.goto(f"{service.url}{form}")
        await page.fill("input[name=email]", DEMO_EMAILS[Role.ORGANISER])
        await page.click(f"main form[action='{form}'] button[type=submit]")
        text = await letter(service, DEMO_EMAILS[Role.ORGANISER], f"{path}/")
        tokens[path] = link_with(text, f"{path}/")
    return tokens


async def _booked(page: Page, service: Service) -> tuple[str, str]:
    """An interview that can still be moved, and a time of another job that is held now."""
    await page.goto(f"{service.url}/jobs/{JOB}/slots")
    day = await page.locator("a[href*='day=']").last.get_attribute("href")
    await page.goto(f"{service.url}{day}")
    await _hold(page)
    async with page.expect_navigation():
        await page.click("main form[action$='/booking'] button:not([formaction])")
    booking = page.url.rsplit("/", 1)[-1]
    await page.goto(f"{service.url}/jobs/{OTHER_JOB}/slots")
    await _hold(page)
    return booking, page.url.split("/")[-2]


async def _hold(page: Page) -> None:
    async with page.expect_navigation():
        await page.locator("button[formaction$='/hold']").last.click()

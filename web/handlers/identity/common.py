"""What the pages of identity share."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NoReturn

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from interviews.identity.service.sign_in import Browser
from interviews.people.rules import DEFAULT_ZONE, zones
from interviews.refusals import Malformed, Refusal
from web.handlers.language import safe_next
from web.keys import DATABASE, DRAIN
from web.middleware.session import keep_session, signed_in
from web.pages import explain, see_other

BEAT = timedelta(milliseconds=250)  # longer than finding, hashing and writing together
LANGUAGES = (("zh_CN", "中文"), ("en", "English"))
FREQUENT_ZONES = (DEFAULT_ZONE, "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore",
                  "Asia/Tokyo", "Europe/London", "Europe/Berlin", "America/New_York",
                  "America/Los_Angeles", "Australia/Sydney")  # fmt: skip


def browser_of(request: web.Request) -> Browser:
    """Where the request comes from, and the session that must not outlive a sign-in."""
    before = signed_in(request)
    return Browser(
        agent=request.headers.get("User-Agent", ""),
        session_id=before.session_id if before is not None else None,
    )


def enter(request: web.Request, token: str, path: str, notice: str = "") -> NoReturn:
    """Send the browser on with its new session."""
    try:
        see_other(request, path, notice)
    except web.HTTPSeeOther as answer:
        keep_session(request, answer, token)
        raise


def next_of(request: web.Request) -> str:
    """Where the visitor wanted to go before signing in; only ever a page of ours."""
    return safe_next(request.query.get("next", "/"))


def zone_options(chosen: str) -> list[tuple[str, str]]:
    """Every zone as (name, text), the likely ones first."""
    first = [chosen, *(zone for zone in FREQUENT_ZONES if zone != chosen)]
    rest = (zone for zone in zones() if zone not in first)
    return [(zone, zone.replace("_", " ")) for zone in (*first, *rest)]


def refused_fields(request: web.Request, **checks: Callable[[], object]) -> dict[str, str]:
    """For each field whose check refuses: what is wrong and what to do, in the reader's words."""
    found = {}
    for field, check in checks.items():
        try:
            check()
        except Refusal as refusal:
            problem = explain(request, refusal)
            found[field] = f"{problem.message} {problem.next_step}".strip()
    return found


def require(fields: dict[str, str]) -> None:
    """Nothing, if no field was refused.

    Raises:
        Malformed: with the fields.
    """
    if fields:
        raise Malformed(fields)


@asynccontextmanager
async def on_the_beat(beat: timedelta = BEAT) -> AsyncIterator[None]:
    """Let the answer leave on a beat, so that its time does not tell whether an account exists."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        yield
    finally:
        spent = loop.time() - started
        beats = math.ceil(spent / beat.total_seconds())
        await asyncio.sleep(beats * beat.total_seconds() - spent)


async def write_on_the_beat(
    request: web.Request, work: Callable[[AsyncSession], Awaitable[object]]
) -> None:
    """Do work that strangers must not time: a unit of its own, so that its commit is hidden too."""
    async with on_the_beat():
        await request.app[DATABASE].retrying(work)
        request.app[DRAIN].wake()

"""Finds out who asks, from the session cookie, before anything else happens."""

from datetime import datetime

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import bindparam, select

from interviews.database import table_of
from interviews.employers.models import FirmId, Recruiter
from interviews.identity.models import Role
from interviews.identity.rules import SESSION_IDLE, is_stale
from interviews.identity.service.sessions import SignedIn, recognise_at_once, see_again
from web import cookies
from web.keys import CLOCK, DATABASE
from web.middleware.csrf import SESSION_BINDING
from web.times import DEFAULT_ZONE, known_zone
from web.translations import LOCALES, best_locale
from web.viewer import VIEWER, Viewer

SIGNED_IN: web.RequestKey[SignedIn] = web.RequestKey("signed_in")
ZONE = "zone"  # written by the page's script; the only cookie that a script may touch
RECRUITER = table_of(Recruiter)
FIRM_OF = select(RECRUITER.c.firm_id).where(RECRUITER.c.person_id == bindparam("person_id"))
LONGEST_TOKEN = 64  # ours have 43 characters; anything longer is not hashed


@web.middleware
async def session(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Fill `viewer(request)`; a session that is used goes on, one that is over is forgotten.

    `known_host` has made it somebody unknown before.
    """
    token = cookies.read(request, cookies.SESSION)
    if not token:
        return await handler(request)
    now = request.app[CLOCK].now()
    seen = await _recognised(request, token, now=now)
    if seen is None:
        return await _answered(request, handler, forget=True)
    if is_stale(seen.last_seen_at, now=now):
        # A unit of its own: the request's own unit may be read-only, or may fail.
        async with request.app[DATABASE].writing() as writing:
            await see_again(writing, seen, now=now)
        return await _answered(request, handler, forget=False)
    return await handler(request)


def anonymous(request: web.Request) -> Viewer:
    """Somebody unknown: language from the cookie or the browser, zone from the page's script."""
    chosen = cookies.read(request, cookies.LOCALE)
    return Viewer(
        locale=chosen if chosen in LOCALES else _browser_locale(request),
        zone=known_zone(request.cookies.get(ZONE)) or DEFAULT_ZONE,
    )


def signed_in(request: web.Request) -> SignedIn | None:
    """The session behind this request, None for somebody unknown."""
    return request.get(SIGNED_IN)


def keep_session(request: web.Request, answer: web.StreamResponse, token: str) -> None:
    """Let the browser keep the session's token."""
    cookies.put(request, answer, cookies.SESSION, token, life=SESSION_IDLE)
    cookies.drop(request, answer, cookies.VISITOR)


def _browser_locale(request: web.Request) -> str:
    return best_locale(request.headers.get("Accept-Language", ""))


async def _recognised(request: web.Request, token: str, *, now: datetime) -> SignedIn | None:
    if len(token) > LONGEST_TOKEN:
        return None
    seen = await recognise_at_once(request.app[DATABASE], token, now=now)
    if seen is None:
        return None
    request[SIGNED_IN] = seen
    request[SESSION_BINDING] = f"session:{seen.session_id}"
    request[VIEWER] = Viewer(
        locale=seen.locale,
        zone=seen.zone,
        person_id=seen.person_id,
        role=seen.role,
        name=_name_for(seen),
        email=seen.email,
        firm_id=await _firm_of(request, seen),
        email_verified=seen.email_verified_at is not None,
    )
    return seen


def _name_for(seen: SignedIn) -> str:
    """The person's name in the letters of the pages that they read."""
    return seen.name if seen.locale.startswith("zh") else seen.name_latin or seen.name


async def _firm_of(request: web.Request, seen: SignedIn) -> FirmId | None:
    if seen.role is not Role.RECRUITER:
        return None
    rows = await request.app[DATABASE].glance(FIRM_OF, {"person_id": seen.person_id})
    return FirmId(rows[0].firm_id) if rows else None


async def _answered(request: web.Request, handler: Handler, *, forget: bool) -> web.StreamResponse:
    try:
        answer = await handler(request)
    except web.HTTPException as redirect:
        _mark(request, redirect, forget=forget)
        raise
    _mark(request, answer, forget=forget)
    return answer


def _mark(request: web.Request, answer: web.StreamResponse, *, forget: bool) -> None:
    """Forget or prolong the cookie, unless the handler has just set it itself."""
    if answer.prepared or cookies.name_of(request, cookies.SESSION) in answer.cookies:
        return
    if forget:
        cookies.drop(request, answer, cookies.SESSION)
    else:
        token = cookies.read(request, cookies.SESSION)
        cookies.put(request, answer, cookies.SESSION, token, life=SESSION_IDLE)

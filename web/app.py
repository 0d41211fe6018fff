"""The composition root: every real thing is built here and handed down."""

from dataclasses import dataclass

from aiohttp import web

from interviews.database import Database
from interviews.ports import Clock, Links
from scheduler.drain import Drain
from signaling.engine import Engine
from web import keys
from web.handlers import health
from web.middleware.headers import plain_headers
from web.proxies import client_address, household
from web.routes import PAGES
from web.secrets import Secrets
from web.settings import Settings
from web.sitemap import ANYONE, Route, page_routes
from web.templating import STATIC, build_environment
from web.translations import Gettext
from web.trust import GUARDS, provide_trust
from web.unit import unit_of_work

BODY_LIMIT = 1 << 20  # bytes; the largest form is a job with two long texts


@dataclass(frozen=True, slots=True)
class Parts:
    """The real things that a running service is made of."""

    settings: Settings
    database: Database
    clock: Clock
    links: Links
    secrets: Secrets
    engine: Engine
    drain: Drain


def household_of(request: web.Request) -> str:
    """Who is throttled together."""
    return household(client_address(request))


async def not_found(request: web.Request) -> web.StreamResponse:
    """Any other path, or a known one with a verb that it does not take."""
    ours = request.match_info.route.resource
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource is not ours:
            allowed |= (await resource.resolve(request))[1]
    if allowed:
        raise web.HTTPMethodNotAllowed(request.method, allowed)
    raise web.HTTPNotFound


def build_app(parts: Parts) -> web.Application:
    """The aiohttp application: three groups of routes, each with its own middleware."""
    app = web.Application(client_max_size=BODY_LIMIT)
    app[keys.SETTINGS] = parts.settings
    app[keys.DATABASE] = parts.database
    app[keys.CLOCK] = parts.clock
    app[keys.LINKS] = parts.links
    app[keys.SECRETS] = parts.secrets
    app[keys.TRANSLATOR] = Gettext()
    app[keys.TEMPLATES] = build_environment()
    app[keys.ENGINE] = parts.engine
    app[keys.DRAIN] = parts.drain
    provide_trust(app)
    app.on_response_prepare.append(plain_headers)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_static("/static", STATIC, append_version=False)
    app.add_routes(parts.engine.routes(household_of))
    rest = Route("*", "/{rest:.*}", not_found, ANYONE)
    app.add_routes(page_routes((*PAGES, rest), GUARDS, (unit_of_work,)))
    return app

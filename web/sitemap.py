"""What a line of the sitemap is: a verb, a path, a handler, and who may come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from interviews.identity.models import Role
from interviews.refusals import NotAllowed
from web.viewer import viewer

ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed-in"
GRADUATE: Final = frozenset({Role.GRADUATE})
RECRUITER: Final = frozenset({Role.RECRUITER})
ORGANISER: Final = frozenset({Role.ORGANISER, Role.ADMINISTRATOR})
ADMINISTRATOR: Final = frozenset({Role.ADMINISTRATOR})
Who = Literal["anyone", "signed-in"] | frozenset[Role]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the sitemap; ownership is checked by the handler's verb."""

    method: str
    path: str
    handler: Handler
    who: Who


def may(who: Who, role: Role | None) -> bool:
    """Whether an account of that role (None: nobody signed in) may use a route."""
    if who == ANYONE:
        return True
    if who == SIGNED_IN:
        return role is not None
    return role in who


def guarded(who: Who) -> Middleware:
    """Refuse, or send to the sign-in page and back, before the handler runs."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        watcher = viewer(request)
        if may(who, watcher.role):
            return await handler(request)
        if not watcher.signed_in and request.method in {"GET", "HEAD"}:
            target = request.rel_url.with_path("/sign-in").with_query(next=request.path_qs)
            raise web.HTTPSeeOther(target)
        raise NotAllowed

    return guard


def wrapped(handler: Handler, chain: Iterable[Middleware]) -> Handler:
    """The handler inside its group's middleware, the first outermost."""
    for middleware in reversed(list(chain)):
        handler = partial(middleware, handler=handler)
    return handler


def page_routes(
    routes: Sequence[Route], outer: Sequence[Middleware], inner: Sequence[Middleware]
) -> list[web.RouteDef]:
    """Routes of the pages group for aiohttp: `outer`, the guard, `inner`, the handler."""
    return [
        web.route(
            route.method, route.path, wrapped(route.handler, [*outer, guarded(route.who), *inner])
        )
        for route in routes
    ]

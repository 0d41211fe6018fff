"""Requests that no resource of ours takes: the same CORS and problems as for all others."""

from aiohttp import hdrs, web

from signaling.endpoints.answers import Handler, guarded, refused
from signaling.refusals import AddressUnknown, MethodUnknown


def around(resource: str, root: str, *takes: str) -> list[web.RouteDef]:
    """The routes for any other verb of a resource and any other path below its root."""
    return [
        web.route("*", resource, guarded(stray(*takes))),
        web.route("*", f"{root}{{rest:(?:/.*)?}}", guarded(no_such_address)),
    ]


def stray(*takes: str) -> Handler:
    """The answer to any other verb (RFC 9110 §15.5.6)."""

    async def answer(_request: web.Request) -> web.Response:
        response = refused(MethodUnknown(takes=", ".join(takes)))
        response.headers[hdrs.ALLOW] = ", ".join(takes)
        return response

    return answer


async def no_such_address(_request: web.Request) -> web.Response:
    """The answer under any other path.

    Raises:
        AddressUnknown: always.
    """
    raise AddressUnknown

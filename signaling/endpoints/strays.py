"""Requests that no resource of WHIP or WHEP takes: the same CORS and problems as for all others."""

from aiohttp import hdrs, web

from signaling.endpoints.answers import Handler, refused
from signaling.refusals import AddressUnknown, MethodUnknown


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

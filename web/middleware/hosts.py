"""Only answers to the names that it is known by (DNS rebinding, forged Host headers)."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from interviews.refusals import Refusal
from interviews.texts import N_
from web.keys import SETTINGS
from web.middleware.session import anonymous
from web.settings import Settings, is_loopback
from web.viewer import VIEWER


class UnknownHost(Refusal):
    """The request was made for another name (RFC 9110 §15.5.20)."""

    code = "unknown-host"
    status = 421
    message = N_("This server goes by another name.")
    next_step = N_("Open the address that you were given.")


@web.middleware
async def known_host(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a request for another host; links are never made from the Host header anyway."""
    request[VIEWER] = anonymous(request)  # so that the refusal can be shown
    if not is_known(request.host, request.app[SETTINGS]):
        raise UnknownHost
    return await handler(request)


def is_known(host: str, settings: Settings) -> bool:
    """Whether a Host header names us.

    With a public URL only that host counts, besides this machine itself. Without one, a server
    that only this machine reaches answers to loopback names, any other server to every name.
    """
    name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    if is_loopback(name) or name.endswith(".localhost"):
        return True
    if settings.public_url is not None:
        return name == settings.public_url.host
    return not settings.is_local

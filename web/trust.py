"""What stands between the world and a page, and what proving oneself needs."""

from aiohttp import web

from interviews.identity.passwords import Passwords
from web.middleware.csrf import csrf
from web.middleware.errors import errors_as_pages
from web.middleware.headers import page_headers
from web.middleware.hosts import known_host
from web.middleware.session import session
from web.middleware.throttle import LIMITER, MemoryLimiter

PASSWORDS: web.AppKey[Passwords] = web.AppKey("passwords", Passwords)
# The outermost first: every answer gets its headers, and every refusal further in is a page.
GUARDS = (page_headers, errors_as_pages, known_host, session, csrf)


def provide_trust(app: web.Application) -> None:
    """Hand down what signing in needs."""
    app[PASSWORDS] = Passwords()
    app[LIMITER] = MemoryLimiter()

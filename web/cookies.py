"""How our cookies are named and flagged."""

from datetime import timedelta

from aiohttp import web

from web.keys import SETTINGS

SESSION = "session"
VISITOR = "visitor"
NOTICE = "notice"
LOCALE = "locale"
PLAIN = "daigang-"
HOST = "__Host-"  # a browser takes it only with Secure, Path=/ and no Domain (RFC 6265bis §4.1.3.2)


def is_secure(request: web.Request) -> bool:
    """Whether people reach us by https."""
    url = request.app[SETTINGS].public_url
    return url is not None and url.scheme == "https"


def name_of(request: web.Request, cookie: str) -> str:
    """The cookie's name on the wire."""
    return f"{HOST if is_secure(request) else PLAIN}{cookie}"


def read(request: web.Request, cookie: str) -> str:
    """The cookie's value, empty when it did not come."""
    return request.cookies.get(name_of(request, cookie), "")


def put(
    request: web.Request,
    answer: web.StreamResponse,
    cookie: str,
    value: str,
    *,
    life: timedelta | None = None,
) -> None:
    """Let the browser keep a cookie that no script and no other site can use."""
    answer.set_cookie(
        name_of(request, cookie),
        value,
        max_age=None if life is None else int(life.total_seconds()),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="Lax",
    )


def drop(request: web.Request, answer: web.StreamResponse, cookie: str) -> None:
    """Let the browser forget a cookie."""
    answer.del_cookie(
        name_of(request, cookie),
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="Lax",
    )

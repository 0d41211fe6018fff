"""What every page tells the browser that it may not do."""

from aiohttp import web
from aiohttp.typedefs import Handler

from web.cookies import is_secure
from web.keys import SETTINGS
from web.middleware.csrf import leave_visitor_cookie
from web.viewer import VIEWER

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "media-src": "'self' blob:",
    "font-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # addresses of mailed links never leave in a Referer
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), "
    "fullscreen=(self), autoplay=(self), screen-wake-lock=(self), "
    "geolocation=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",  # for browsers without frame-ancestors
}
HSTS = "max-age=31536000; includeSubDomains"
NO_STORE = "no-store"


async def plain_headers(_request: web.Request, answer: web.StreamResponse) -> None:
    """For every answer of the process, media and files too: its declared type is its type."""
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")


@web.middleware
async def page_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the headers on every answer, redirects and errors too; a handler's own ones stay."""
    try:
        answer = await handler(request)
    except web.HTTPException as raised:
        protect(request, raised)
        raise
    protect(request, answer)
    return answer


def protect(request: web.Request, answer: web.StreamResponse) -> None:
    """Set what is missing; an answer that has left already is let go."""
    if answer.prepared:
        return
    leave_visitor_cookie(request, answer)
    for name, value in ALWAYS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Content-Security-Policy", policy(request))
    if is_secure(request):
        answer.headers.setdefault("Strict-Transport-Security", HSTS)
    watcher = request.get(VIEWER)
    personal = watcher is not None and watcher.signed_in
    if personal or answer.cookies or request.match_info.get("token") is not None:
        answer.headers["Cache-Control"] = NO_STORE


def policy(request: web.Request) -> str:
    """The Content-Security-Policy; older Safari does not count wss: as the same origin."""
    public = request.app[SETTINGS].public_url
    sources = dict(POLICY)
    if public is not None and public.scheme == "https":
        port = "" if public.port in {443, None} else f":{public.port}"
        sources["connect-src"] += f" wss://{public.host}{port}"
    return "; ".join(f"{name} {value}" for name, value in sources.items())

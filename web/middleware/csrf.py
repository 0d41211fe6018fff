"""A form is only taken from a page that we gave to this same browser."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from markupsafe import Markup

from interviews.refusals import Refusal
from interviews.texts import N_
from web import cookies
from web.keys import SECRETS, SETTINGS
from web.unit import READS

FIELD = "csrf"
HEADER = "X-CSRF-Token"
SALT = 8  # bytes; a new salt on every page keeps compression from leaking the proof (BREACH)
SESSION_BINDING: web.RequestKey[str] = web.RequestKey("session_binding")
NEW_VISITOR: web.RequestKey[str] = web.RequestKey("new_visitor")


class PageExpired(Refusal):
    """The form was not on a page of ours, or the page was given to an earlier session."""

    code = "page-expired"
    status = 403
    message = N_("This page has been open for too long, so nothing was sent.")
    next_step = N_("Go back, reload the page and send again; nothing was lost.")


class ForeignOrigin(Refusal):
    """The browser says that another site sent this."""

    code = "foreign-origin"
    status = 403
    message = N_("Another site tried to send this form for you, so we stopped it.")
    next_step = N_("If it was you, open the page here and send again.")


def csrf_field(request: web.Request) -> Markup:
    """The hidden field that every form carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token(request))


def csrf_token(request: web.Request) -> str:
    """A proof that this page was given to this browser; scripts send it in X-CSRF-Token."""
    salt = secrets.token_hex(SALT)
    return f"{salt}.{_proof(request, salt, _binding(request, make=True))}"


def leave_visitor_cookie(request: web.Request, answer: web.StreamResponse) -> None:
    """Let a browser that has just been given its first form keep its visitor number."""
    number = request.get(NEW_VISITOR)
    if number is not None and not answer.prepared:
        cookies.put(request, answer, cookies.VISITOR, number)


@web.middleware
async def csrf(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse every writing request that does not come from one of our own pages."""
    if request.method not in READS:
        check_origin(request)
        await _check_token(request)
    return await handler(request)


def check_origin(request: web.Request) -> None:
    """Nothing, if the browser does not say that another site sent this.

    Raises:
        ForeignOrigin: Sec-Fetch-Site (Fetch Metadata) or Origin (RFC 6454) names another site.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise ForeignOrigin
    origin = request.headers.get("Origin")
    if origin is not None and not _is_ours(request, origin):
        raise ForeignOrigin


def _is_ours(request: web.Request, origin: str) -> bool:
    public = request.app[SETTINGS].public_url
    if public is None:
        return urlsplit(origin).netloc == request.host
    ours = urlsplit(str(public))
    sent = urlsplit(origin)
    return (sent.scheme, sent.hostname, _port(sent.scheme, sent.port)) == (
        ours.scheme,
        ours.hostname,
        _port(ours.scheme, ours.port),
    )


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme == "https" else 80)


async def _check_token(request: web.Request) -> None:
    sent: object = request.headers.get(HEADER)
    if sent is None:
        sent = (await request.post()).get(FIELD)
    salt, _, proof = sent.partition(".") if isinstance(sent, str) else ("", "", "")
    binding = _binding(request, make=False)
    if not binding or not hmac.compare_digest(
        proof.encode(), _proof(request, salt, binding).encode()
    ):
        raise PageExpired


def _binding(request: web.Request, *, make: bool) -> str:
    """What a form is tied to: the session, else the visitor cookie; empty when there is neither."""
    if SESSION_BINDING in request:
        return request[SESSION_BINDING]
    number = cookies.read(request, cookies.VISITOR) or request.get(NEW_VISITOR, "")
    if not number and make:
        request[NEW_VISITOR] = number = secrets.token_urlsafe(16)
    return f"visitor:{number}" if number else ""


def _proof(request: web.Request, salt: str, binding: str) -> str:
    key = request.app[SECRETS].key("csrf")
    return hmac.digest(key, f"{salt}|{binding}".encode(), hashlib.sha256).hex()

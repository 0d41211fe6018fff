"""A notice for the next page, in a cookie that only we can have written."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

from aiohttp import web

from web import cookies
from web.keys import SECRETS

LIFE = timedelta(minutes=1)  # a notice belongs to the very next page


def leave_notice(request: web.Request, answer: web.StreamResponse, text: str) -> None:
    """Show this text once, on the page that the browser comes to."""
    said = urlsafe_b64encode(text.encode()).decode()
    cookies.put(request, answer, cookies.NOTICE, f"{said}.{_proof(request, said)}", life=LIFE)


def take_notice(request: web.Request) -> str | None:
    """The text that was left; None when there is none, or another hand wrote it."""
    said, _, proof = cookies.read(request, cookies.NOTICE).partition(".")
    if not said or not hmac.compare_digest(proof.encode(), _proof(request, said).encode()):
        return None
    return urlsafe_b64decode(said).decode()


def _proof(request: web.Request, said: str) -> str:
    return hmac.digest(request.app[SECRETS].key("notice"), said.encode(), hashlib.sha256).hex()

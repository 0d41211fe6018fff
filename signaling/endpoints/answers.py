"""What every response of WHIP and WHEP has in common: CORS, problems, headers, bodies."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta

from aiohttp import HttpVersion11, hdrs, web

from signaling.refusals import (
    BodyMalformed,
    BodyTooLarge,
    BodyTooSlow,
    EncodingUnsupported,
    MediaTypeUnsupported,
    Refusal,
    TokenMissing,
    problem,
)

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
PROBLEM = "application/problem+json"
MAX_BODY = 256 * 1024  # bytes; Chromium's offer for 17 sections has 53 kB
MAX_FRAGMENT = 16 * 1024  # bytes; some hundred candidates
BODY_WITHIN = timedelta(seconds=10)  # 256 kB at 200 kbit/s
_UNAUTHORIZED = 401
_UPGRADE_REQUIRED = 426

# RFC 9725 §4.2: players live on other origins; the bearer token guards, not the origin.
_CORS: dict[str, str] = {
    hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
    hdrs.ACCESS_CONTROL_EXPOSE_HEADERS: "Location, Link, ETag, Retry-After",
}
_PREFLIGHT: dict[str, str] = {
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Type, If-Match",
    hdrs.ACCESS_CONTROL_MAX_AGE: "86400",
}
Handler = Callable[[web.Request], Awaitable[web.Response]]


def guarded(handler: Handler) -> Handler:
    """The handler with refusals turned into problems, and CORS on whatever it answers (W5)."""

    async def handle(request: web.Request) -> web.Response:
        try:
            response = await handler(request)
        except Refusal as refusal:
            response = refused(refusal)
        response.headers.update(_CORS)
        return response

    return handle


def expecting(routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """The routes, each of which passes over what a client expects but cannot have."""
    more = {"expect_handler": _expect}
    return [web.RouteDef(r.method, r.path, r.handler, {**r.kwargs, **more}) for r in routes]


async def _expect(request: web.Request) -> None:
    """Let a body come; a 417 for anything else is a MAY (RFC 9110 §10.1.1), and no problem."""
    if request.version < HttpVersion11:
        return
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


def refused(refusal: Refusal) -> web.Response:
    """RFC 9457, with the headers that the status asks for."""
    response = web.Response(text=problem(refusal), status=refusal.status, content_type=PROBLEM)
    if refusal.wait is not None:
        response.headers[hdrs.RETRY_AFTER] = str(-(-refusal.wait // timedelta(seconds=1)))
    if refusal.status == _UNAUTHORIZED:  # RFC 6750 §3
        given = "" if isinstance(refusal, TokenMissing) else ', error="invalid_token"'
        response.headers[hdrs.WWW_AUTHENTICATE] = f'Bearer realm="media"{given}'
    response.headers.update(_taken_instead(refusal))
    if refusal.status == _UPGRADE_REQUIRED:  # RFC 9110 §15.5.22
        response.headers[hdrs.UPGRADE] = "websocket"
    return response


def _taken_instead(refusal: Refusal) -> dict[str, str]:
    """What a 415 names as welcome (RFC 9110 §15.5.16, RFC 5789 §2.2)."""
    match refusal:
        case MediaTypeUnsupported(parameters={"expected": str(expected)}):
            return {"Accept-Patch" if expected == FRAGMENT else "Accept-Post": expected}
        case EncodingUnsupported():
            return {hdrs.ACCEPT_ENCODING: "identity"}
        case _:
            return {}


def preflight(accept: dict[str, str]) -> web.Response:
    """The answer to OPTIONS (W4)."""
    return web.Response(status=200, headers=_PREFLIGHT | accept)


def bearer_token(request: web.Request) -> str:
    """The token of the request (RFC 6750 §2.1).

    Raises:
        TokenMissing: there is none.
    """
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing
    return token.strip()


async def read_body(request: web.Request, media_type: str) -> str:
    """The text of the body.

    Raises:
        MediaTypeUnsupported: it is of another type (W2, W13).
        EncodingUnsupported: it is compressed.
        BodyTooLarge: it has more than MAX_BODY bytes, or MAX_FRAGMENT; the rest is not read.
        BodyTooSlow: it has not arrived after BODY_WITHIN.
        BodyMalformed: it is cut, or not UTF-8.
    """
    if request.content_type != media_type:
        raise MediaTypeUnsupported(expected=media_type)
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise EncodingUnsupported
    limit = MAX_FRAGMENT if media_type == FRAGMENT else MAX_BODY
    if (request.content_length or 0) > limit:
        raise BodyTooLarge(limit=limit)
    within = None if request.content.is_eof() else BODY_WITHIN.total_seconds()
    try:
        async with asyncio.timeout(within):
            body = await _all_of(request, limit)
    except TimeoutError as error:
        raise BodyTooSlow(seconds=round(BODY_WITHIN.total_seconds())) from error
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BodyMalformed(line=0, rule="the text is UTF-8") from error


async def _all_of(request: web.Request, limit: int) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise BodyTooLarge(limit=limit)
    except web.RequestPayloadError as error:
        raise BodyMalformed(line=0, rule="the body comes in full") from error
    return bytes(body)

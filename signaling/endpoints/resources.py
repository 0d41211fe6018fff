"""The two resources that WHIP and WHEP share: the endpoint that opens sessions, and the session."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import hdrs, web

from signaling.endpoints.answers import (
    FRAGMENT,
    SDP,
    bearer_token,
    preflight,
    read_body,
)
from signaling.endpoints.ports import Address, Admissions, Clock
from signaling.endpoints.throttle import Throttle
from signaling.grants import Action, Grant, require_scope
from signaling.refusals import BodyMalformed, OfferUnsupported
from signaling.turn import TurnPlan, ice_servers, links
from signaling.workers.opened import Opened

_ACCEPT_POST = {"Accept-Post": SDP}
_ACCEPT_PATCH = {"Accept-Patch": FRAGMENT}
BAD_BODY = 9  # requests more: 256 kB of nonsense keep us busy for some 50 ms
_NO_STORE = "no-store"  # answers hold ICE passwords


class Resources:
    """Handlers for one action; whoever makes the routes wraps each in `guarded`."""

    def __init__(
        self,
        admissions: Admissions,
        action: Action,
        *,
        clock: Clock,
        throttle: Throttle,
        address: Address,
        turn: TurnPlan,
    ) -> None:
        self._admissions = admissions
        self._action = action
        self._clock = clock
        self._throttle = throttle
        self._address = address
        self._turn = turn

    async def open(self, request: web.Request) -> web.Response:
        """POST on the endpoint: 201 with the answer (W1)."""
        self._count(request)
        grant = self._grant(request)
        address = self._address(request)
        with self._charging(address):
            offer = await read_body(request, SDP)
            if self._action == "publish":
                opened = await self._admissions.publish(grant, offer, address)
            else:
                named = request.query.get("publication")
                opened = await self._admissions.subscribe(grant, offer, address, named)
        return self._with_servers(_created(request, opened), grant)

    async def patch(self, request: web.Request) -> web.Response:
        """PATCH on the session: 204 for trickled candidates, 200 for an ICE restart (W13-W17)."""
        self._count(request)
        grant = self._grant(request)
        with self._charging(self._address(request)):
            fragment = await read_body(request, FRAGMENT)
            restarted = await self._admissions.restart(
                grant, request.match_info["session"], fragment, request.headers.get(hdrs.IF_MATCH)
            )
        if restarted is None:
            return web.Response(status=204)
        return web.Response(
            body=restarted.fragment_text.encode(),
            headers={
                hdrs.CONTENT_TYPE: FRAGMENT,
                hdrs.ETAG: f'"{restarted.etag}"',
                hdrs.CACHE_CONTROL: _NO_STORE,
            },
        )

    async def end(self, request: web.Request) -> web.Response:
        """DELETE on the session: 200 whatever If-Match says (W18)."""
        self._count(request)
        await self._admissions.end(self._grant(request), request.match_info["session"])
        return web.Response(status=200)

    async def look(self, request: web.Request) -> web.Response:
        """GET on either: 204, there is nothing to see (W3)."""
        self._grant(request)
        return web.Response(status=204)

    async def discover(self, request: web.Request) -> web.Response:
        """HEAD on a WHEP resource: what it speaks (E4)."""
        self._grant(request)
        return web.Response(status=200, headers={hdrs.CONTENT_TYPE: SDP})

    async def ask_endpoint(self, request: web.Request) -> web.Response:
        """OPTIONS on the endpoint: whoever shows a token is told the TURN servers (RFC 9725 §4.6).

        A preflight never has one, so it learns of none (W4).
        """
        response = preflight(_ACCEPT_POST)
        if hdrs.AUTHORIZATION not in request.headers:
            return response
        return self._with_servers(response, self._grant(request))

    async def ask_session(self, request: web.Request) -> web.Response:  # noqa: ARG002  aiohttp
        """OPTIONS on the session."""
        return preflight(_ACCEPT_PATCH)

    def _with_servers(self, response: web.Response, grant: Grant) -> web.Response:
        """The response with the STUN and TURN servers that this participant may use (W20)."""
        servers = ice_servers(self._turn, grant.participant, self._clock())
        for link in links(servers):
            response.headers.add(hdrs.LINK, link)
        if servers:
            response.headers[hdrs.CACHE_CONTROL] = _NO_STORE
        return response

    def _count(self, request: web.Request) -> None:
        self._throttle.take(self._address(request), now=self._clock())

    @contextmanager
    def _charging(self, address: str) -> Iterator[None]:
        """Let a body that nobody can answer cost its sender more than a request."""
        try:
            yield
        except (BodyMalformed, OfferUnsupported):
            self._throttle.charge(address, BAD_BODY, now=self._clock())
            raise

    def _grant(self, request: web.Request) -> Grant:
        grant = self._admissions.verify(bearer_token(request))
        require_scope(grant, room=request.match_info["room"], action=self._action)
        return grant


def _created(request: web.Request, opened: Opened) -> web.Response:
    return web.Response(
        status=201,
        body=opened.answer_text.encode(),
        headers={
            hdrs.CONTENT_TYPE: SDP,
            hdrs.LOCATION: f"{request.rel_url.raw_path}/{opened.session_id}",
            hdrs.ETAG: f'"{opened.etag}"',  # strong (W12)
            hdrs.CACHE_CONTROL: _NO_STORE,
            **_ACCEPT_PATCH,
        },
    )

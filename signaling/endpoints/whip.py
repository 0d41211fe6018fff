"""WHIP (RFC 9725): media comes up by one POST."""

from aiohttp import web

from signaling.endpoints.answers import expecting, guarded
from signaling.endpoints.ports import Address, Admissions, Clock, peer
from signaling.endpoints.resources import Resources
from signaling.endpoints.strays import no_such_address, stray
from signaling.endpoints.throttle import Throttle
from signaling.turn import NO_SERVERS, TurnPlan

ENDPOINT = "/whip/{room}"
SESSION = "/whip/{room}/{session}"
ENDPOINT_TAKES = ("GET", "HEAD", "OPTIONS", "POST")
SESSION_TAKES = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH")


def routes(
    admissions: Admissions,
    *,
    clock: Clock,
    throttle: Throttle | None = None,
    address: Address = peer,
    turn: TurnPlan = NO_SERVERS,
) -> list[web.RouteDef]:
    """The routes of WHIP, for the group of media endpoints; nothing is mounted here."""
    resources = Resources(
        admissions,
        "publish",
        clock=clock,
        throttle=throttle or Throttle(),
        address=address,
        turn=turn,
    )
    return expecting(
        [
            web.post(ENDPOINT, guarded(resources.open)),
            web.get(ENDPOINT, guarded(resources.look)),
            web.options(ENDPOINT, guarded(resources.ask_endpoint)),
            web.route("*", ENDPOINT, guarded(stray(*ENDPOINT_TAKES))),
            web.patch(SESSION, guarded(resources.patch)),
            web.delete(SESSION, guarded(resources.end)),
            web.get(SESSION, guarded(resources.look)),
            web.options(SESSION, guarded(resources.ask_session)),
            web.route("*", SESSION, guarded(stray(*SESSION_TAKES))),
            web.route("*", "/whip{rest:(?:/.*)?}", guarded(no_such_address)),
        ]
    )

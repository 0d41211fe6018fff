"""WHIP (RFC 9725): media comes up by one POST."""

from aiohttp import web

from signaling.endpoints.answers import guarded
from signaling.endpoints.ports import Admissions, Clock
from signaling.endpoints.resources import Resources
from signaling.endpoints.throttle import Throttle

ENDPOINT = "/whip/{room}"
SESSION = "/whip/{room}/{session}"


def routes(
    admissions: Admissions, *, clock: Clock, throttle: Throttle | None = None
) -> list[web.RouteDef]:
    """The routes of WHIP, for the group of media endpoints; nothing is mounted here."""
    resources = Resources(admissions, "publish", clock=clock, throttle=throttle or Throttle())
    return [
        web.post(ENDPOINT, guarded(resources.open)),
        web.get(ENDPOINT, guarded(resources.look)),
        web.options(ENDPOINT, guarded(resources.ask_endpoint)),
        web.patch(SESSION, guarded(resources.patch)),
        web.delete(SESSION, guarded(resources.end)),
        web.get(SESSION, guarded(resources.look)),
        web.options(SESSION, guarded(resources.ask_session)),
    ]

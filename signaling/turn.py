"""Which STUN and TURN servers a participant may use, and with which short-lived credentials. Pure.

coturn's REST scheme (draft-uberti-behave-turn-rest): the name holds the end of its time, the
password is an HMAC of the name with a secret that only the TURN server and we know.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

HOST: Final = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)"
STUN_URL: Final = re.compile(rf"stuns?:{HOST}(?::\d{{1,5}})?")  # RFC 7064 §3.1
TURN_URL: Final = re.compile(
    rf"turns?:{HOST}(?::\d{{1,5}})?(?:\?transport=(?:udp|tcp))?"
)  # RFC 7065


@dataclass(frozen=True, slots=True)
class TurnPlan:
    """The operator's servers; `secret` is coturn's `static-auth-secret`."""

    urls: tuple[str, ...] = ()
    secret: str = ""
    lifetime: timedelta = timedelta(hours=8)  # a TURN server ends what outlives its credential


NO_SERVERS: Final = TurnPlan()


@dataclass(frozen=True, slots=True)
class IceServer:
    """One server as RTCIceServer has it; STUN needs no credential."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


def is_server_url(url: str) -> bool:
    """Whether a browser takes this as the URL of a STUN or TURN server."""
    return bool(STUN_URL.fullmatch(url) or TURN_URL.fullmatch(url))


def needs_secret(url: str) -> bool:
    """Whether the server wants a credential."""
    return url.startswith("turn")


def ice_servers(plan: TurnPlan, participant: str, now: datetime) -> tuple[IceServer, ...]:
    """The plan's servers for one participant, from now on for the plan's lifetime."""
    stun = tuple(url for url in plan.urls if not needs_secret(url))
    turn = tuple(url for url in plan.urls if needs_secret(url))
    servers = [IceServer(stun)] if stun else []
    if turn:
        name = f"{int((now + plan.lifetime).timestamp())}:{quote(participant, safe='')}"
        digest = hmac.new(plan.secret.encode(), name.encode(), hashlib.sha1).digest()
        servers.append(IceServer(turn, name, base64.b64encode(digest).decode()))
    return tuple(servers)


def links(servers: tuple[IceServer, ...]) -> tuple[str, ...]:
    """Link header values, one a URL (RFC 9725 §4.6); nothing in them needs a quoted-pair."""
    return tuple(_link(url, server) for server in servers for url in server.urls)


def _link(url: str, server: IceServer) -> str:
    link = f'<{url}>; rel="ice-server"'
    if server.username is None:
        return link
    name = f'username="{server.username}"; credential="{server.credential}"'
    return f'{link}; {name}; credential-type="password"'

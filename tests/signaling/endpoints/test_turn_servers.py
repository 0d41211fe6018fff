"""STUN and TURN servers in Link headers: for whom, in which words, for how long."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from signaling.turn import NO_SERVERS, TurnPlan, ice_servers, links
from tests.signaling.endpoints.exchange import SDP, WHEP, WHIP, Endpoint, bearer, code
from tests.signaling.endpoints.house import NOW, Client, House, served

pytestmark = pytest.mark.asyncio(loop_scope="module")
either = pytest.mark.parametrize("at", [WHIP, WHEP], ids=["whip", "whep"])
PLAN = TurnPlan(
    urls=("stun:relay.example", "turn:relay.example:3478?transport=udp", "turns:relay.example:443"),
    secret="north",
    lifetime=timedelta(hours=1),
)
UNTIL = int((NOW + timedelta(hours=1)).timestamp())


@pytest_asyncio.fixture(loop_scope="module")
async def client(house: House) -> AsyncIterator[Client]:
    async with served(house, turn=PLAN) as client:
        yield client


@either
async def test_w20_the_session_comes_with_the_servers(client: Client, house: House, at: Endpoint):
    headers = bearer(house.token(at.action), Content_Type=SDP)
    response = await client.post(at.path, data=at.offer, headers=headers)
    assert response.status == 201
    digest = hmac.new(b"north", f"{UNTIL}:ann".encode(), hashlib.sha1).digest()
    password = base64.b64encode(digest).decode()
    known = f'username="{UNTIL}:ann"; credential="{password}"; credential-type="password"'
    assert response.headers.getall("Link") == [
        '<stun:relay.example>; rel="ice-server"',
        f'<turn:relay.example:3478?transport=udp>; rel="ice-server"; {known}',
        f'<turns:relay.example:443>; rel="ice-server"; {known}',
    ]
    assert "Link" in response.headers["Access-Control-Expose-Headers"]


@either
async def test_w20_a_link_parser_reads_them(client: Client, house: House, at: Endpoint):
    response = await client.options(at.path, headers=bearer(house.token(at.action)))
    server = response.links.getall("ice-server")[-1]
    assert server["username"] == f"{UNTIL}:ann"
    assert server["credential-type"] == "password"
    assert str(server["url"]) == "turns:relay.example:443"


@either
async def test_w04_options_with_a_token_tells_the_servers_and_a_preflight_does_not(
    client: Client, house: House, at: Endpoint
):
    asked = await client.options(at.path, headers=bearer(house.token(at.action)))
    assert (asked.status, len(asked.headers.getall("Link"))) == (200, 3)
    assert asked.headers["Cache-Control"] == "no-store"
    preflight = await client.options(
        at.path,
        headers={"Origin": "https://other.example", "Access-Control-Request-Method": "POST"},
    )
    assert preflight.status == 200
    assert "Link" not in preflight.headers


@either
async def test_w04_options_with_a_wrong_token_is_refused(
    client: Client, house: House, at: Endpoint
):
    wrong = await client.options(at.path, headers=bearer("nobody's"))
    assert await code(wrong) == (401, "token-invalid")
    other_act = "subscribe" if at is WHIP else "publish"
    other = await client.options(at.path, headers=bearer(house.token(other_act)))
    assert await code(other) == (403, "grant-too-narrow")


async def test_a_strange_participant_stays_within_the_quotes():
    (server,) = ice_servers(
        TurnPlan(("turn:relay.example",), "north"), 'a"b\\c\r\nSet-Cookie: d', NOW
    )
    (link,) = links((server,))
    assert link.count('"') == 8
    assert "%22b%5Cc%0D%0ASet-Cookie%3A%20d" in link


async def test_without_a_plan_nobody_is_told_anything():
    assert links(ice_servers(NO_SERVERS, "ann", datetime(2026, 11, 26, tzinfo=UTC))) == ()

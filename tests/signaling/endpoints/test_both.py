"""What WHIP and WHEP have in common, line by line (docs/reference/checklists.md).

Over real HTTP with a real media worker, each test once for either endpoint.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from signaling.endpoints.answers import MAX_BODY, MAX_FRAGMENT
from signaling.endpoints.throttle import Rate
from signaling.sdp.fragment import parse_fragment
from signaling.sdp.parse import parse
from signaling.workers.control import MediaControl
from tests.signaling.endpoints.exchange import (
    CORS,
    FRAGMENT,
    RESTART,
    SDP,
    WHEP,
    WHIP,
    Endpoint,
    bearer,
    code,
    opened,
    patched,
)
from tests.signaling.endpoints.house import PLAN, Client, House, served

pytestmark = [
    pytest.mark.services,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("at", [WHIP, WHEP], ids=["whip", "whep"]),
]
TRICKLE = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
    "a=candidate:1 1 quic 1 192.0.2.9 5000 typ host\r\n"
    "a=candidate:2 1 udp 1 nobody.local 5000 typ host\r\n"
)


async def test_w01_a_post_is_answered_with_201_and_the_session(
    client: Client, house: House, at: Endpoint
):
    token = house.token(at.action)
    response = await client.post(at.path, data=at.offer, headers=bearer(token, Content_Type=SDP))
    assert (response.status, response.content_type) == (201, SDP)
    answer = parse(await response.text())
    assert [media.mid for media in answer.media] == [media.mid for media in parse(at.offer).media]
    location = response.url.join(response.url.with_path(response.headers["Location"]))
    assert (await client.get(location.path, headers=bearer(token))).status == 204


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (lambda _: "hello", (400, "sdp-malformed")),
        (lambda _: "", (400, "sdp-malformed")),
        (lambda _: b"v=0\r\ns=\xff\xfe", (400, "sdp-malformed")),
        (lambda _: "x" * (MAX_BODY + 1), (413, "body-too-large")),
        (lambda offer: offer.replace("opus/", "opux/"), (422, "offer-unsupported")),
    ],
)
async def test_w02_a_wrong_body_is_refused_with_its_reason(
    client: Client,
    house: House,
    at: Endpoint,
    wrong: Callable[[str], str | bytes],
    expected: tuple[int, str],
):
    headers = bearer(house.token(at.action), Content_Type=SDP)
    response = await client.post(at.path, data=wrong(at.offer), headers=headers)
    assert await code(response) == expected


async def test_w02_another_type_of_body_is_refused(client: Client, house: House, at: Endpoint):
    headers = bearer(house.token(at.action), Content_Type="text/plain")
    response = await client.post(at.path, data=at.offer, headers=headers)
    assert await code(response) == (415, "media-type-unsupported")
    assert response.headers["Accept-Post"] == SDP


async def test_w02_a_body_too_large_is_refused_without_a_stated_length(
    client: Client, house: House, at: Endpoint
):
    async def chunks():
        for _ in range(MAX_BODY // 1024 + 1):
            yield b"x" * 1024

    headers = bearer(house.token(at.action), Content_Type=SDP)
    response = await client.post(at.path, data=chunks(), headers=headers)
    assert await code(response) == (413, "body-too-large")


async def test_w02_the_problem_names_line_and_rule(client: Client, house: House, at: Endpoint):
    body = at.offer.replace("a=setup:actpass", "a=setup:perhaps")
    headers = bearer(house.token(at.action), Content_Type=SDP)
    problem = await (await client.post(at.path, data=body, headers=headers)).json()
    line = body.splitlines().index("a=setup:perhaps") + 1
    assert problem["detail"].startswith(f"Line {line} of the SDP is wrong: a=setup is active")
    assert problem["title"] == "Body malformed"


async def test_w03_get_has_no_content(client: Client, house: House, at: Endpoint):
    session = await opened(client, house, at.action)
    for path in (at.path, session.url):
        response = await client.get(path, headers=bearer(session.token))
        assert (response.status, await response.read()) == (204, b"")


async def test_w04_a_preflight_needs_no_token(client: Client, at: Endpoint):
    response = await client.options(
        at.path,
        headers={"Origin": "https://studio.example", "Access-Control-Request-Method": "POST"},
    )
    assert response.status == 200
    assert response.headers["Accept-Post"] == SDP
    assert "Link" not in response.headers


async def test_w04_the_session_says_what_it_accepts(client: Client, at: Endpoint):
    response = await client.options(f"{at.path}/any")
    assert (response.status, response.headers["Accept-Patch"]) == (200, FRAGMENT)


async def test_w05_every_response_allows_other_origins(client: Client, house: House, at: Endpoint):
    session = await opened(client, house, at.action)
    responses = [
        await client.options(at.path),
        await client.options(session.url),
        await client.get(at.path, headers=bearer(session.token)),
        await client.get(at.path),
        await client.post(at.path, headers=bearer(session.token)),
        await patched(client, session, TRICKLE, session.etag),
        await patched(client, session, RESTART, "*"),
        await client.delete(session.url, headers=bearer(session.token)),
    ]
    assert [response.status for response in responses] == [200, 200, 204, 401, 415, 204, 200, 200]
    for response in responses:
        assert response.headers.items() >= CORS.items()
    for preflight in responses[:2]:
        allowed = set(preflight.headers["Access-Control-Allow-Methods"].split(", "))
        assert allowed >= {"POST", "PATCH", "DELETE", "OPTIONS"}
        named = preflight.headers["Access-Control-Allow-Headers"]
        assert named == "Authorization, Content-Type, If-Match"


async def test_w07_all_sections_are_one_bundle_with_rtcp_mux_only(
    client: Client, house: House, at: Endpoint
):
    answer = parse((await opened(client, house, at.action)).answer)
    assert answer.bundle == tuple(media.mid for media in answer.media)
    assert all(media.rtcp_mux and media.rtcp_mux_only for media in answer.media)


async def test_w09_one_bad_section_refuses_all_and_leaves_the_grant_unused(
    client: Client, house: House, at: Endpoint
):
    headers = bearer(house.token(at.action), Content_Type=SDP)
    body = at.offer.replace("VP8/90000", "VP7/90000").replace("H264/90000", "H265/90000")
    refused = await client.post(at.path, data=body, headers=headers)
    assert await code(refused) == (422, "offer-unsupported")
    assert (await client.post(at.path, data=at.offer, headers=headers)).status == 201


async def test_w11_all_candidates_stand_in_the_answer(client: Client, house: House, at: Endpoint):
    transport = parse((await opened(client, house, at.action)).answer).media[0].transport
    assert [candidate.address for candidate in transport.candidates] == ["127.0.0.1"]
    assert transport.end_of_candidates


async def test_w12_the_entity_tag_is_strong(client: Client, house: House, at: Endpoint):
    session = await opened(client, house, at.action)
    assert re.fullmatch(r'"[0-9a-f]{24}"', session.etag)


@pytest.mark.parametrize("body", ["v=0", "a=candidate:1"])
async def test_w13_a_malformed_patch_is_refused(
    client: Client, house: House, at: Endpoint, body: str
):
    session = await opened(client, house, at.action)
    response = await patched(client, session, body, session.etag)
    assert await code(response) == (400, "sdp-malformed")


async def test_w13_a_patch_of_an_offer_s_size_is_refused(
    client: Client, house: House, at: Endpoint
):
    session = await opened(client, house, at.action)
    line = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
    large = await patched(client, session, line * (MAX_FRAGMENT // len(line) + 1), session.etag)
    assert await code(large) == (413, "body-too-large")
    most = await patched(client, session, line * (MAX_FRAGMENT // len(line)), session.etag)
    assert most.status == 204


async def test_w14_the_tag_is_looked_at_before_the_fragment(
    client: Client, house: House, at: Endpoint
):
    session = await opened(client, house, at.action)
    refused = await patched(client, session, "nonsense", '"other"')
    assert await code(refused) == (412, "if-match-wrong")


async def test_w13_a_patch_of_another_type_is_refused(client: Client, house: House, at: Endpoint):
    session = await opened(client, house, at.action)
    response = await patched(client, session, TRICKLE, session.etag, SDP)
    assert await code(response) == (415, "media-type-unsupported")
    assert response.headers["Accept-Patch"] == FRAGMENT


async def test_w14_a_trickled_candidate_needs_the_tag_of_the_session(
    client: Client, house: House, at: Endpoint
):
    session = await opened(client, house, at.action)
    missing = await patched(client, session, TRICKLE, None)
    wrong = await patched(client, session, TRICKLE, '"other"')
    weak = await patched(client, session, TRICKLE, f"W/{session.etag}")
    right = await patched(client, session, TRICKLE, session.etag)
    assert await code(missing) == (428, "if-match-missing")
    assert await code(wrong) == (412, "if-match-wrong")
    assert await code(weak) == (412, "if-match-wrong")
    assert (right.status, await right.read(), "ETag" in right.headers) == (204, b"", False)


async def test_w14_a_trickle_that_repeats_the_credentials_restarts_nothing(
    client: Client, house: House, at: Endpoint
):
    session = await opened(client, house, at.action)
    ice = parse(at.offer).media[0].transport.ice
    assert ice is not None
    body = f"a=ice-ufrag:{ice.ufrag}\r\na=ice-pwd:{ice.password}\r\n{TRICKLE}"
    assert (await patched(client, session, body, session.etag)).status == 204


@pytest.mark.parametrize("star", ["*", '"*"'])
async def test_w15_a_restart_gives_new_credentials_and_a_new_tag(
    client: Client, house: House, at: Endpoint, star: str
):
    session = await opened(client, house, at.action)
    response = await patched(client, session, RESTART, star)
    fragment = parse_fragment(await response.text())
    before = parse(session.answer).media[0].transport
    assert (response.status, response.content_type) == (200, FRAGMENT)
    assert fragment.ice not in (None, before.ice)
    assert fragment.candidates == before.candidates
    assert "a=ice-lite" in await response.text()
    options = re.findall(r"a=ice-options:.*\r\n", session.answer)
    assert re.findall(r"a=ice-options:.*\r\n", await response.text())[:1] == options[:1] != []
    assert response.headers["ETag"] != session.etag
    assert (await patched(client, session, TRICKLE, session.etag)).status == 412
    assert (await patched(client, session, TRICKLE, response.headers["ETag"])).status == 204


async def test_w16_credentials_at_session_level_are_enough(
    client: Client, house: House, at: Endpoint
):
    session = await opened(client, house, at.action)
    assert "m=" not in RESTART
    assert (await patched(client, session, RESTART, "*")).status == 200


async def test_w17_a_failed_restart_keeps_the_session(client: Client, house: House, at: Endpoint):
    session = await opened(client, house, at.action)
    half = "a=ice-ufrag:newfragment\r\n"
    assert await code(await patched(client, session, half, "*")) == (400, "sdp-malformed")
    assert (await patched(client, session, TRICKLE, session.etag)).status == 204


async def test_w18_a_delete_ignores_if_match_and_works_once(
    client: Client, house: House, at: Endpoint
):
    session = await opened(client, house, at.action)
    headers = bearer(session.token, If_Match='"other"')
    assert (await client.delete(session.url, headers=headers)).status == 200
    assert await code(await client.delete(session.url, headers=headers)) == (404, "session-unknown")
    assert await code(await patched(client, session, RESTART, "*")) == (404, "session-unknown")
    counters = await house.media.statistics()
    assert session.url.rpartition("/")[2] not in {s.session for c in counters for s in c.sessions}


@pytest.mark.parametrize("given", ["", "Basic YTpi", "Bearer", "Bearer nonsense"])
async def test_w19_every_request_needs_our_token(client: Client, at: Endpoint, given: str):
    headers = {"Authorization": given} if given else {}
    for method, path in [
        ("POST", at.path),
        ("GET", at.path),
        ("HEAD", at.path),
        ("GET", f"{at.path}/x"),
        ("PATCH", f"{at.path}/x"),
        ("DELETE", f"{at.path}/x"),
    ]:
        response = await client.request(method, path, headers=headers)
        expected = "token-invalid" if given.endswith("nonsense") else "token-missing"
        if method != "HEAD":
            assert await code(response) == (401, expected)
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_w19_a_grant_opens_one_session_in_one_room_for_one_act(
    client: Client, house: House, at: Endpoint
):
    token = house.token(at.action)
    headers = bearer(token, Content_Type=SDP)
    other = WHEP if at is WHIP else WHIP
    elsewhere = await client.post(f"{at.root}/other", data=at.offer, headers=headers)
    other_act = await client.post(other.path, data=other.offer, headers=headers)
    first = await client.post(at.path, data=at.offer, headers=headers)
    second = await client.post(at.path, data=at.offer, headers=headers)
    assert await code(elsewhere) == (403, "grant-too-narrow")
    assert await code(other_act) == (403, "grant-too-narrow")
    assert first.status == 201
    assert await code(second) == (403, "grant-used")


async def test_w19_another_grant_cannot_touch_the_session(
    client: Client, house: House, at: Endpoint
):
    session = await opened(client, house, at.action)
    for name in ("bob", "ann"):  # somebody else, and a newer grant of the same person
        other = replace(session, token=house.token(at.action, participant=name))
        ended = await client.delete(session.url, headers=bearer(other.token))
        assert await code(ended) == (403, "grant-too-narrow")
        for body, if_match in ((TRICKLE, session.etag), (RESTART, "*")):
            refused = await patched(client, other, body, if_match)
            assert await code(refused) == (403, "grant-too-narrow")
    assert (await patched(client, session, TRICKLE, session.etag)).status == 204


async def test_w19_an_expired_grant_opens_nothing_but_ends_what_it_opened(
    client: Client, house: House, at: Endpoint
):
    session, late = await opened(client, house, at.action), house.token(at.action)
    house.now += timedelta(minutes=5)
    response = await client.post(at.path, data=at.offer, headers=bearer(late, Content_Type=SDP))
    assert await code(response) == (401, "grant-expired")
    assert (await client.delete(session.url, headers=bearer(session.token))).status == 200


async def test_w21_without_a_worker_the_client_is_told_when_to_come_back(at: Endpoint):
    house = House(MediaControl(PLAN))
    async with served(house) as client:
        headers = bearer(house.token(at.action), Content_Type=SDP)
        response = await client.post(at.path, data=at.offer, headers=headers)
        assert await code(response) == (503, "no-worker")
        assert response.headers["Retry-After"] == "2"


@pytest.mark.parametrize("rest", ["/room/", "//room", "", "/room/x/"])
async def test_w21_no_address_is_redirected(client: Client, house: House, at: Endpoint, rest: str):
    headers = bearer(house.token(at.action), Content_Type=SDP)
    path = at.root + rest
    response = await client.post(path, data=at.offer, headers=headers, allow_redirects=False)
    assert await code(response) == (404, "address-unknown")


async def test_w22_session_addresses_cannot_be_guessed(client: Client, house: House, at: Endpoint):
    names = {(await opened(client, house, at.action)).url.rpartition("/")[2] for _ in range(5)}
    assert len(names) == 5
    assert {len(name) for name in names} == {32}  # base64url of 24 random bytes


async def test_w22_requests_of_one_address_are_limited(house: House, at: Endpoint):
    async with served(house, Rate(burst=3, every=timedelta(seconds=10))) as client:
        headers = bearer(house.token(at.action))
        for method in ("POST", "PATCH", "DELETE"):
            path = at.path if method == "POST" else f"{at.path}/x"
            assert (await client.request(method, path, headers=headers)).status != 429
        response = await client.delete(f"{at.path}/x", headers=headers)
        assert await code(response) == (429, "too-many-requests")
        assert response.headers["Retry-After"] == "10"
        assert (await client.get(at.path, headers=headers)).status == 204
        house.now += timedelta(seconds=10)
        assert (await client.delete(f"{at.path}/x", headers=headers)).status == 404

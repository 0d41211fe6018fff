"""WHIP line by line (docs/reference/checklists.md), over real HTTP with a real media worker."""

import re
from datetime import timedelta

import pytest

from signaling.endpoints.answers import MAX_BODY
from signaling.endpoints.throttle import Rate
from signaling.sdp.fragment import parse_fragment
from signaling.sdp.parse import parse
from signaling.workers.control import MediaControl
from tests.signaling.endpoints.exchange import (
    CORS,
    FRAGMENT,
    RESTART,
    SDP,
    bearer,
    code,
    opened,
    patched,
)
from tests.signaling.endpoints.house import PLAN, Client, House, served
from tests.signaling.sdp.offers import changed, offer

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]
PATH = "/whip/room"
OFFER = offer("chromium_whip")
TRICKLE = (
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
    "a=candidate:1 1 quic 1 192.0.2.9 5000 typ host\r\n"
    "a=candidate:2 1 udp 1 nobody.local 5000 typ host\r\n"
)


async def test_w01_a_post_is_answered_with_201_and_the_session(client: Client, house: House):
    token = house.token("publish")
    response = await client.post(PATH, data=OFFER, headers=bearer(token, Content_Type=SDP))
    assert (response.status, response.content_type) == (201, SDP)
    answer = parse(await response.text())
    assert [media.mid for media in answer.media] == ["0", "1"]
    location = response.url.join(response.url.with_path(response.headers["Location"]))
    assert (await client.get(location.path, headers=bearer(token))).status == 204


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/plain", OFFER, (415, "media-type-unsupported")),
        (SDP, "hello", (400, "sdp-malformed")),
        (SDP, "", (400, "sdp-malformed")),
        (SDP, b"v=0\r\ns=\xff\xfe", (400, "sdp-malformed")),
        (SDP, "x" * (MAX_BODY + 1), (413, "body-too-large")),
        (SDP, changed("chromium_whip", ("opus/", "opux/")), (422, "offer-unsupported")),
    ],
)
async def test_w02_a_wrong_body_is_refused_with_its_reason(
    client: Client, house: House, content_type: str, body: str | bytes, expected: tuple[int, str]
):
    headers = bearer(house.token("publish"), Content_Type=content_type)
    assert await code(await client.post(PATH, data=body, headers=headers)) == expected


async def test_w02_a_body_too_large_is_refused_without_a_stated_length(
    client: Client, house: House
):
    async def chunks():
        for _ in range(MAX_BODY // 1024 + 1):
            yield b"x" * 1024

    headers = bearer(house.token("publish"), Content_Type=SDP)
    response = await client.post(PATH, data=chunks(), headers=headers)
    assert await code(response) == (413, "body-too-large")


async def test_w02_the_problem_names_line_and_rule(client: Client, house: House):
    body = OFFER.replace("a=setup:actpass", "a=setup:perhaps")
    headers = bearer(house.token("publish"), Content_Type=SDP)
    problem = await (await client.post(PATH, data=body, headers=headers)).json()
    assert problem["detail"].startswith("Line 19 of the SDP is wrong: a=setup is active")


async def test_w03_get_has_no_content(client: Client, house: House):
    session = await opened(client, house)
    for path in (PATH, session.url):
        response = await client.get(path, headers=bearer(session.token))
        assert (response.status, await response.read()) == (204, b"")


async def test_w04_a_preflight_needs_no_token(client: Client):
    response = await client.options(
        PATH,
        headers={"Origin": "https://studio.example", "Access-Control-Request-Method": "POST"},
    )
    assert response.status == 200
    assert response.headers["Accept-Post"] == SDP
    assert "Link" not in response.headers


async def test_w04_the_session_says_what_it_accepts(client: Client):
    response = await client.options(f"{PATH}/any")
    assert (response.status, response.headers["Accept-Patch"]) == (200, FRAGMENT)


async def test_w05_every_response_allows_other_origins(client: Client, house: House):
    session = await opened(client, house)
    responses = [
        await client.options(PATH),
        await client.get(PATH, headers=bearer(session.token)),
        await client.get(PATH),
        await client.post(PATH, headers=bearer(session.token)),
        await patched(client, session, TRICKLE, session.etag),
        await patched(client, session, RESTART, "*"),
        await client.delete(session.url, headers=bearer(session.token)),
    ]
    assert [response.status for response in responses] == [200, 204, 401, 415, 204, 200, 200]
    for response in responses:
        assert response.headers.items() >= CORS.items()
    allowed = responses[0].headers
    assert set(allowed["Access-Control-Allow-Methods"].split(", ")) >= {"POST", "PATCH", "DELETE"}
    assert allowed["Access-Control-Allow-Headers"] == "Authorization, Content-Type, If-Match"


@pytest.mark.parametrize(
    ("direction", "status"),
    [("sendonly", 201), ("sendrecv", 201), ("recvonly", 422), ("inactive", 422)],
)
async def test_w06_only_offers_that_send_are_accepted(
    client: Client, house: House, direction: str, status: int
):
    body = OFFER.replace("a=sendonly", f"a={direction}")
    headers = bearer(house.token("publish"), Content_Type=SDP)
    response = await client.post(PATH, data=body, headers=headers)
    assert response.status == status
    assert status != 201 or "a=recvonly" in await response.text()


@pytest.mark.parametrize("name", ["ffmpeg_whip", "firefox_like_whip", "obs_like_whip"])
async def test_w07_and_w10_other_clients_are_answered(client: Client, house: House, name: str):
    headers = bearer(house.token("publish"), Content_Type=SDP)
    response = await client.post(PATH, data=offer(name), headers=headers)
    answer = parse(await response.text())
    assert response.status == 201
    assert answer.media[0].transport.setup == ("active" if name == "ffmpeg_whip" else "passive")
    assert all(media.rtcp_mux_only for media in answer.media)


async def test_w08_two_videos_are_refused(client: Client, house: House):
    body = OFFER.replace("BUNDLE 0 1", "BUNDLE 0 1 2")
    body += body[body.index("m=video") :].replace("a=mid:1", "a=mid:2")
    headers = bearer(house.token("publish"), Content_Type=SDP)
    assert await code(await client.post(PATH, data=body, headers=headers)) == (
        422,
        "offer-unsupported",
    )


async def test_w09_one_bad_section_refuses_all_and_leaves_the_grant_unused(
    client: Client, house: House
):
    headers = bearer(house.token("publish"), Content_Type=SDP)
    body = changed("obs_like_whip", ("H264/90000", "H265/90000"))
    assert (await client.post(PATH, data=body, headers=headers)).status == 422
    assert (await client.post(PATH, data=OFFER, headers=headers)).status == 201


async def test_w11_all_candidates_stand_in_the_answer(client: Client, house: House):
    transport = parse((await opened(client, house)).answer).media[0].transport
    assert [candidate.address for candidate in transport.candidates] == ["127.0.0.1"]
    assert transport.end_of_candidates


async def test_w12_the_entity_tag_is_strong(client: Client, house: House):
    session = await opened(client, house)
    assert re.fullmatch(r'"[0-9a-f]{24}"', session.etag)


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        (SDP, TRICKLE, (415, "media-type-unsupported")),
        (FRAGMENT, "v=0", (400, "sdp-malformed")),
        (FRAGMENT, "a=candidate:1", (400, "sdp-malformed")),
    ],
)
async def test_w13_a_wrong_patch_is_refused(
    client: Client, house: House, content_type: str, body: str, expected: tuple[int, str]
):
    session = await opened(client, house)
    response = await patched(client, session, body, session.etag, content_type)
    assert await code(response) == expected


async def test_w14_a_trickled_candidate_needs_the_tag_of_the_session(client: Client, house: House):
    session = await opened(client, house)
    missing = await patched(client, session, TRICKLE, None)
    wrong = await patched(client, session, TRICKLE, '"other"')
    weak = await patched(client, session, TRICKLE, f"W/{session.etag}")
    right = await patched(client, session, TRICKLE, session.etag)
    assert await code(missing) == (428, "if-match-missing")
    assert await code(wrong) == (412, "if-match-wrong")
    assert await code(weak) == (412, "if-match-wrong")
    assert (right.status, await right.read(), "ETag" in right.headers) == (204, b"", False)


async def test_w14_a_trickle_that_repeats_the_credentials_restarts_nothing(
    client: Client, house: House
):
    session = await opened(client, house)
    ice = parse(OFFER).media[0].transport.ice
    assert ice is not None
    body = f"a=ice-ufrag:{ice.ufrag}\r\na=ice-pwd:{ice.password}\r\n{TRICKLE}"
    assert (await patched(client, session, body, session.etag)).status == 204


@pytest.mark.parametrize("star", ["*", '"*"'])
async def test_w15_a_restart_gives_new_credentials_and_a_new_tag(
    client: Client, house: House, star: str
):
    session = await opened(client, house)
    response = await patched(client, session, RESTART, star)
    fragment = parse_fragment(await response.text())
    before = parse(session.answer).media[0].transport
    assert (response.status, response.content_type) == (200, FRAGMENT)
    assert fragment.ice not in (None, before.ice)
    assert fragment.candidates == before.candidates
    assert "a=ice-lite" in await response.text()
    assert response.headers["ETag"] != session.etag
    assert (await patched(client, session, TRICKLE, session.etag)).status == 412
    assert (await patched(client, session, TRICKLE, response.headers["ETag"])).status == 204


async def test_w16_credentials_at_session_level_are_enough(client: Client, house: House):
    session = await opened(client, house)
    assert "m=" not in RESTART
    assert (await patched(client, session, RESTART, "*")).status == 200


async def test_w17_a_failed_restart_keeps_the_session(client: Client, house: House):
    session = await opened(client, house)
    half = "a=ice-ufrag:newfragment\r\n"
    assert await code(await patched(client, session, half, "*")) == (400, "sdp-malformed")
    assert (await patched(client, session, TRICKLE, session.etag)).status == 204


async def test_w18_a_delete_ignores_if_match_and_works_once(client: Client, house: House):
    session = await opened(client, house)
    headers = bearer(session.token, If_Match='"other"')
    assert (await client.delete(session.url, headers=headers)).status == 200
    assert await code(await client.delete(session.url, headers=headers)) == (404, "session-unknown")
    assert await code(await patched(client, session, RESTART, "*")) == (404, "session-unknown")
    counters = await house.media.statistics()
    assert session.url.rpartition("/")[2] not in {s.session for c in counters for s in c.sessions}


@pytest.mark.parametrize("given", ["", "Basic YTpi", "Bearer", "Bearer nonsense"])
async def test_w19_every_request_needs_our_token(client: Client, given: str):
    headers = {"Authorization": given} if given else {}
    for method, path in [
        ("POST", PATH),
        ("GET", PATH),
        ("GET", f"{PATH}/x"),
        ("PATCH", f"{PATH}/x"),
        ("DELETE", f"{PATH}/x"),
    ]:
        response = await client.request(method, path, headers=headers)
        expected = "token-invalid" if given.endswith("nonsense") else "token-missing"
        assert await code(response) == (401, expected)
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_w19_a_grant_opens_one_session_in_one_room_for_one_act(client: Client, house: House):
    token = house.token("publish")
    headers = bearer(token, Content_Type=SDP)
    elsewhere = await client.post("/whip/other", data=OFFER, headers=headers)
    other_act = await client.post("/whep/room", data=offer("chromium_whep"), headers=headers)
    first = await client.post(PATH, data=OFFER, headers=headers)
    second = await client.post(PATH, data=OFFER, headers=headers)
    assert await code(elsewhere) == (403, "grant-too-narrow")
    assert await code(other_act) == (403, "grant-too-narrow")
    assert first.status == 201
    assert await code(second) == (403, "grant-used")


async def test_w19_another_grant_cannot_touch_the_session(client: Client, house: House):
    session = await opened(client, house)
    stranger = bearer(house.token("publish", participant="bob"))
    assert await code(await client.delete(session.url, headers=stranger)) == (
        403,
        "grant-too-narrow",
    )


async def test_w19_an_expired_grant_opens_nothing_but_ends_what_it_opened(
    client: Client, house: House
):
    session, late = await opened(client, house), house.token("publish")
    house.now += timedelta(minutes=5)
    response = await client.post(PATH, data=OFFER, headers=bearer(late, Content_Type=SDP))
    assert await code(response) == (401, "grant-expired")
    assert (await client.delete(session.url, headers=bearer(session.token))).status == 200


async def test_w21_without_a_worker_the_client_is_told_when_to_come_back():
    house = House(MediaControl(PLAN))
    async with served(house) as client:
        headers = bearer(house.token("publish"), Content_Type=SDP)
        response = await client.post(PATH, data=OFFER, headers=headers)
        assert await code(response) == (503, "no-worker")
        assert response.headers["Retry-After"] == "2"


@pytest.mark.parametrize("path", ["/whip/room/", "/whip//room", "/whip", "/whip/room/x/"])
async def test_w21_no_address_is_redirected(client: Client, house: House, path: str):
    headers = bearer(house.token("publish"), Content_Type=SDP)
    response = await client.post(path, data=OFFER, headers=headers, allow_redirects=False)
    assert await code(response) == (404, "address-unknown")


async def test_w22_session_addresses_cannot_be_guessed(client: Client, house: House):
    names = {(await opened(client, house)).url.rpartition("/")[2] for _ in range(5)}
    assert len(names) == 5
    assert {len(name) for name in names} == {32}  # base64url of 24 random bytes


async def test_w22_requests_of_one_address_are_limited(house: House):
    async with served(house, Rate(burst=3, every=timedelta(seconds=10))) as client:
        headers = bearer(house.token("publish"))
        for method in ("POST", "PATCH", "DELETE"):
            path = PATH if method == "POST" else f"{PATH}/x"
            assert (await client.request(method, path, headers=headers)).status != 429
        response = await client.delete(f"{PATH}/x", headers=headers)
        assert await code(response) == (429, "too-many-requests")
        assert response.headers["Retry-After"] == "10"
        assert (await client.get(PATH, headers=headers)).status == 204
        house.now += timedelta(seconds=10)
        assert (await client.delete(f"{PATH}/x", headers=headers)).status == 404


async def test_w24_unknown_extensions_are_passed_over_and_none_is_announced(
    client: Client, house: House
):
    headers = bearer(house.token("publish"), Content_Type=SDP)
    headers["Link"] = '<https://example.org/x>; rel="urn:ietf:params:whip:ext:example:unknown"'
    headers["Prefer"] = "example-unknown"
    body = changed("chromium_whip", ("t=0 0", "t=0 0\r\na=x-example-unknown:1"))
    asked = await client.options(PATH, headers=bearer(house.token("publish")))
    opened_session = await client.post(f"{PATH}?unknown=1", data=body, headers=headers)
    assert (asked.status, opened_session.status) == (200, 201)
    for response in (asked, opened_session):
        assert "urn:ietf:params:whip:ext" not in "".join(response.headers.getall("Link", []))
    assert "example-unknown" not in await opened_session.text()

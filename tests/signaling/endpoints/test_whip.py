"""WHIP line by line (docs/reference/checklists.md), where it differs from WHEP."""

import re

import pytest

from signaling.sdp.parse import parse
from tests.signaling.endpoints.exchange import SDP, bearer, code
from tests.signaling.endpoints.house import Client, House
from tests.signaling.sdp.offers import WHIP_NAMES, changed, offer

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]
PATH = "/whip/room"
OFFER = offer("chromium_whip")


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
    if status != 201:
        assert await code(response) == (status, "offer-unsupported")
        return
    answer = parse(await response.text())
    assert [media.direction for media in answer.media] == ["recvonly", "recvonly"]


@pytest.mark.parametrize("name", [name for name in WHIP_NAMES if "chromium" not in name])
async def test_w07_and_w10_other_clients_are_answered(client: Client, house: House, name: str):
    headers = bearer(house.token("publish"), Content_Type=SDP)
    response = await client.post(PATH, data=offer(name), headers=headers)
    answer = parse(await response.text())
    assert response.status == 201
    assert answer.media[0].transport.setup == ("active" if name == "ffmpeg_whip" else "passive")
    assert all(media.rtcp_mux_only for media in answer.media)


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_w08_two_of_a_kind_are_refused(client: Client, house: House, kind: str):
    body = OFFER.replace("BUNDLE 0 1", "BUNDLE 0 1 2")
    (section,) = re.findall(rf"m={kind}.*?(?=m=|\Z)", body, re.DOTALL)
    body += re.sub("a=mid:.", "a=mid:2", section)
    headers = bearer(house.token("publish"), Content_Type=SDP)
    response = await client.post(PATH, data=body, headers=headers)
    assert await code(response) == (422, "offer-unsupported")
    assert f"at most 1 {kind} sections" in (await response.json())["detail"]


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

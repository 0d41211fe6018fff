"""WHEP line by line (docs/reference/checklists.md), where it differs from WHIP."""

import pytest

from signaling.sdp.parse import parse
from tests.signaling.endpoints.exchange import CORS, SDP, bearer, code, opened, patched
from tests.signaling.endpoints.house import Client, House
from tests.signaling.sdp.offers import changed, offer

pytestmark = [pytest.mark.services, pytest.mark.asyncio(loop_scope="module")]
PATH = "/whep/room"
OFFER = offer("chromium_whep")


async def test_e01_three_sounds_and_four_pictures_are_all_answered(client: Client, house: House):
    answer = parse((await opened(client, house, "subscribe")).answer)
    assert [media.direction for media in answer.media] == ["sendonly"] * 7
    ssrcs = [source.ssrc for media in answer.media for source in media.sources]
    assert len(set(ssrcs)) == len(ssrcs) == 3 + 2 * 4
    assert {media.sources[0].attribute("cname") for media in answer.media} == {"ann"}


async def test_e01_sound_and_picture_of_one_place_share_a_stream(client: Client, house: House):
    answer = parse((await opened(client, house, "subscribe")).answer)
    streams = [media.stream_ids[0].stream for media in answer.media]
    assert streams == [f"stream-{place}" for place in (0, 1, 2, 0, 1, 2, 3)]


@pytest.mark.parametrize(
    ("direction", "status"),
    [("recvonly", 201), ("sendrecv", 201), ("sendonly", 422), ("inactive", 422)],
)
async def test_e01_only_offers_that_receive_are_accepted(
    client: Client, house: House, direction: str, status: int
):
    body = OFFER.replace("a=recvonly", f"a={direction}")
    headers = bearer(house.token("subscribe"), Content_Type=SDP)
    response = await client.post(PATH, data=body, headers=headers)
    if status != 201:
        assert await code(response) == (status, "offer-unsupported")
        return
    answer = parse(await response.text())
    assert {media.direction for media in answer.media} == {"sendonly"}


async def test_e02_what_cannot_be_answered_is_refused_without_a_counter_offer(
    client: Client, house: House
):
    headers = bearer(house.token("subscribe"), Content_Type=SDP)
    body = changed("chromium_whep", ("opus/", "opux/"))
    refused = await client.post(PATH, data=body, headers=headers)
    assert await code(refused) == (422, "offer-unsupported")
    assert not {"Location", "ETag"} & set(refused.headers)
    session = await opened(client, house, "subscribe")
    answered = await patched(client, session, OFFER, session.etag, SDP)
    assert await code(answered) == (415, "media-type-unsupported")


async def test_e04_head_tells_what_is_spoken(client: Client, house: House):
    session = await opened(client, house, "subscribe")
    for path in (PATH, session.url):
        assert (await client.head(path)).status == 401
        response = await client.head(path, headers=bearer(session.token))
        assert (response.status, response.headers["Content-Type"]) == (200, SDP)
        assert response.headers.items() >= CORS.items()
        assert (await client.get(path, headers=bearer(session.token))).status == 204


async def test_e05_every_common_codec_stays_in_the_first_answer(client: Client, house: House):
    answer = parse((await opened(client, house, "subscribe")).answer)
    names = [codec.name for codec in answer.media[3].codecs]
    assert names == ["VP8", "rtx", "H264", "rtx", "H264", "rtx", "H264", "rtx"]


async def test_e06_no_extension_is_announced_and_a_post_for_one_is_refused(
    client: Client, house: House
):
    headers = bearer(house.token("subscribe"), Content_Type=SDP)
    asked = await client.options(PATH, headers=bearer(house.token("subscribe")))
    response = await client.post(PATH, data=OFFER, headers=headers)
    looked = await client.head(response.headers["Location"], headers=headers)
    assert (asked.status, response.status, looked.status) == (200, 201, 200)
    for told in (asked, response, looked):
        assert "urn:ietf:params:whep:ext" not in "".join(told.headers.getall("Link", []))
    events = await client.post(response.headers["Location"], json=["active"], headers=headers)
    assert await code(events) == (405, "method-unknown")
    assert "POST" not in events.headers["Allow"]

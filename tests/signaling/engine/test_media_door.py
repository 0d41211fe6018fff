import asyncio
from typing import Any

import pytest
from aiohttp import ClientResponse, WSMsgType

from signaling.refusals import SectionUnknown, SessionUnknown
from signaling.workers.events import WorkerLost
from signaling.workers.messages import Connected, Disconnected, MediaStarted
from tests.signaling.engine.pages import House, Page

SDP = {"Content-Type": "application/sdp"}


async def post(house: House, endpoint: dict[str, str], offer: str) -> ClientResponse:
    headers = {**SDP, "Authorization": f"Bearer {endpoint['token']}"}
    return await house.client.post(endpoint["url"], data=offer, headers=headers)


def grants_of(page: Page) -> dict[str, Any]:
    return next(m for m in reversed(page.heard) if m["type"] == "grants")


async def performed(house: House) -> None:
    for host in house.engine._registry.hosts:
        await host.performer.idle()


async def test_what_the_candidate_publishes_flows_to_the_panel(house: House):
    li, chen = await house.two_in_the_room()
    answer = await post(house, grants_of(li)["subscribe"], "aavv")
    assert answer.status == 201
    await post(house, grants_of(chen)["publish"], "av")
    while not (announced := await li.hear("map"))["sections"]:
        pass
    assert [(s["mid"], s["participant"]) for s in announced["sections"]] == [
        ("0", "chen"),
        ("2", "chen"),
    ]
    await performed(house)
    session = answer.headers["Location"].rsplit("/", 1)[1]
    assert set(house.media.flowing) == {(session, "0"), (session, "2")}


async def test_a_used_grant_is_replaced_over_the_socket_and_refused_again(house: House):
    li, _chen = await house.two_in_the_room()
    used = grants_of(li)["publish"]
    assert (await post(house, used, "av")).status == 201
    fresh = (await li.hear("grants"))["publish"]
    again = await post(house, used, "av")
    assert again.status == 403
    assert (await again.json())["code"] == "grant-used"
    assert (await post(house, fresh, "av")).status == 201
    await performed(house)
    assert len(house.media.sessions) == 1, "the publication of before was closed"


async def test_a_grant_is_given_back_when_no_worker_takes_the_session(house: House):
    li, _chen = await house.two_in_the_room()
    endpoint = grants_of(li)["publish"]
    house.media.is_full = True
    refused = await post(house, endpoint, "av")
    assert refused.status == 503
    house.media.is_full = False
    assert (await post(house, endpoint, "av")).status == 201


async def test_one_who_waits_cannot_open_media_with_a_grant_from_elsewhere(house: House):
    chen = await house.page("chen")
    await chen.hear("grants")
    for action, path in (("publish", "/whip/r1"), ("subscribe", "/whep/r1")):
        endpoint = {"url": path, "token": house.media_token("chen", action)}
        refused = await post(house, endpoint, "av")
        assert refused.status == 403
        assert (await refused.json())["code"] == "not-admitted"
    assert not house.media.sessions


async def test_after_the_end_a_grant_opens_nothing_and_says_why(house: House):
    li, _chen = await house.two_in_the_room()
    grants = grants_of(li)
    await li.say("end", outcome="done")
    await li.hear("ended")
    for way in ("publish", "publish_screen", "subscribe"):
        refused = await post(house, grants[way], "av")
        problem = await refused.json()
        assert (refused.status, problem["code"]) == (410, "interview-over")
        assert problem["detail"] == "This interview has ended (done)."
    assert not house.media.sessions


async def test_a_session_is_restarted_and_ended_by_the_grant_that_opened_it(house: House):
    li, chen = await house.two_in_the_room()
    endpoint, other = grants_of(li)["publish"], grants_of(chen)["publish"]
    location = (await post(house, endpoint, "av")).headers["Location"]
    mine = {"Authorization": f"Bearer {endpoint['token']}"}
    fragment = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}
    theirs = {"Authorization": f"Bearer {other['token']}"}
    assert (
        await house.client.patch(location, data="x", headers={**mine, **fragment})
    ).status == 200
    refused = await house.client.patch(location, data="x", headers={**theirs, **fragment})
    assert refused.status == 403
    assert (await house.client.delete(location, headers=theirs)).status == 403
    assert (await house.client.delete(location, headers=mine)).status == 200
    assert (await house.client.delete(location, headers=mine)).status == 404
    await performed(house)
    assert not house.media.sessions


async def test_the_others_see_that_media_is_connected_and_a_lost_session_is_told(house: House):
    li, chen = await house.two_in_the_room()
    answer = await post(house, grants_of(chen)["publish"], "av")
    session = answer.headers["Location"].rsplit("/", 1)[1]
    house.media.report(MediaStarted(publication="p", mid="0", kind="audio"))
    house.media.report(Connected(session=session))
    while not (await li.hear("presence"))["person"]["media"]:
        pass
    house.media.report(Disconnected(session=session, reason="worker-lost"))
    house.media.report(WorkerLost("worker-1", (session,)))
    lost = await chen.hear("media-lost")
    assert (lost["direction"], lost["reason"]) == ("publish", "worker-lost")
    while (await li.hear("presence"))["person"]["media"]:
        pass


async def test_the_pages_of_a_room_that_has_moved_are_sent_to_where_it_is_now(house: House):
    li, chen = await house.two_in_the_room()
    answer = await post(house, grants_of(chen)["publish"], "av")
    session = answer.headers["Location"].rsplit("/", 1)[1]
    house.media.report(Disconnected(session=session, reason="room-moved"))
    assert (await chen.hear("media-lost"))["reason"] == "room-moved"
    for page in (li, chen):
        while (message := await page.socket.receive(timeout=20)).type is not WSMsgType.CLOSE:
            pass
        assert (message.data, message.extra) == (1001, "the room has moved")
    again = await house.page("chen")
    await again.hear("grants")  # the seat was kept: nobody knocks


async def test_news_of_an_unknown_session_changes_nothing(house: House):
    li, _chen = await house.two_in_the_room()
    house.media.report(Connected(session="nobody"))
    house.media.report(Disconnected(session="nobody", reason="closed"))
    await li.say("ping", nonce=1)
    await li.hear("pong")
    assert house.engine.counters()["faults"] == 0


async def test_an_order_that_a_worker_refuses_is_counted_and_the_room_goes_on(house: House):
    li, chen = await house.two_in_the_room()
    await post(house, grants_of(li)["subscribe"], "av")
    house.media.fails_with = SectionUnknown(mid="0")
    await post(house, grants_of(chen)["publish"], "av")
    await performed(house)
    assert house.engine.counters()["media_order_failures"] == 1, "both sections are one order"
    await chen.say("ping", nonce=1)
    await chen.hear("pong")


async def test_a_session_that_its_page_has_closed_is_no_failure_when_the_room_closes_it(
    house: House,
) -> None:
    _li, chen = await house.two_in_the_room()
    await post(house, grants_of(chen)["publish"], "av")
    house.media.fails_with = SessionUnknown()
    await chen.say("leave")
    assert await chen.closed() == 1000
    await performed(house)
    assert house.engine.counters()["media_order_failures"] == 0


async def test_leaving_closes_what_one_sent_and_received(house: House):
    _li, chen = await house.two_in_the_room()
    await post(house, grants_of(chen)["publish"], "av")
    grants = await chen.hear("grants")
    await post(house, grants["subscribe"], "av")
    await chen.say("leave")
    assert await chen.closed() == 1000
    await performed(house)
    assert not house.media.sessions


async def test_orders_about_one_section_are_performed_newest_only(house: House):
    li, chen = await house.two_in_the_room()
    await post(house, grants_of(li)["subscribe"], "a")
    for _ in range(3):
        endpoint = (await _newest(chen))["publish"]
        assert (await post(house, endpoint, "a")).status == 201
    await performed(house)
    assert len(house.media.flowing) == 1
    assert next(iter(house.media.flowing.values()))[0] in house.media.sessions.values()


async def _newest(page: Page) -> dict[str, Any]:
    await page.say("renew-grants")
    return await page.hear("grants")


@pytest.mark.parametrize("token", ["", "forged"])
async def test_media_without_a_real_token_is_refused(house: House, token: str):
    answer = await post(house, {"url": "/whip/r1", "token": token}, "av")
    assert answer.status == 401


async def test_two_posts_with_one_grant_open_one_session(house: House):
    li, _chen = await house.two_in_the_room()
    endpoint = grants_of(li)["publish"]
    answers = await asyncio.gather(*(post(house, endpoint, "av") for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [201, 403, 403, 403, 403]


async def test_e03_a_player_names_its_publication_in_the_address(house: House):
    li, chen = await house.two_in_the_room()
    own = grants_of(li)["subscribe"]
    named = {**own, "url": f"{own['url']}?publication=chen:camera"}
    early = await post(house, named, "va")
    assert (early.status, early.headers["Retry-After"]) == (409, "2")
    assert (await early.json())["code"] == "publication-absent"
    await post(house, grants_of(chen)["publish"], "av")
    answer = await post(house, named, "va")
    assert answer.status == 201
    await performed(house)
    session = answer.headers["Location"].rsplit("/", 1)[1]
    assert answer.headers["Location"] == f"/whep/r1/{session}"
    publication = house.media.sessions[next(s for s in house.media.sessions if "up" in s)]
    assert house.media.flowing == {
        (session, "0"): (publication, "1"),
        (session, "1"): (publication, "0"),
    }


async def test_a_name_that_can_be_none_is_refused(house: House):
    li, _chen = await house.two_in_the_room()
    own = grants_of(li)["subscribe"]
    refused = await post(house, {**own, "url": f"{own['url']}?publication=camera%0d%0a"}, "av")
    assert refused.status == 400
    assert (await refused.json())["code"] == "publication-name-malformed"

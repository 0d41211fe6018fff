import asyncio
import json
from datetime import timedelta

import pytest
from aiohttp import WSServerHandshakeError

from signaling.endpoints import room_socket
from signaling.endpoints.outbox import Closing, Outbox
from signaling.endpoints.paths import socket_path
from signaling.rooms.messages.client import MESSAGE_BYTES
from tests.signaling.engine.pages import House, Page, running_house
from tests.signaling.workers.control import until


async def test_a_panel_member_is_welcomed_and_handed_media_grants(house: House):
    li = await house.page("li")
    welcome = await li.hear("welcome")
    assert welcome["you"]["presence"] == "in-room"
    assert welcome["version"] == 1
    grants = await li.hear("grants")
    assert grants["publish"]["url"] == "/whip/r1"
    assert grants["subscribe"]["url"] == "/whep/r1"


async def test_a_candidate_waits_without_media_grants_until_admitted(house: House):
    li = await house.page("li")
    await li.hear("grants")
    chen = await house.page("chen")
    grants = await chen.hear("grants")
    assert (grants["publish"], grants["subscribe"], grants["admission"]) == (None, None, None)
    assert (await li.hear("knock"))["person"]["name"] == "陈晨"
    await li.say("admit", participant="chen")
    assert (await chen.hear("admitted"))["by"] == "li"
    assert (await chen.hear("grants"))["publish"] is not None


async def test_an_observer_is_handed_no_grant_to_publish(house: House):
    li = await house.page("li")
    guest = await house.page("guest")
    await li.hear("knock")
    await li.say("admit", participant="guest")
    await guest.hear("admitted")
    grants = await guest.hear("grants")
    assert grants["publish"] is None
    assert grants["subscribe"] is not None


async def test_chat_reaches_the_other_page(house: House):
    li, chen = await house.two_in_the_room()
    await chen.say("send-chat", text="  您好 ", key="1")
    line = (await li.hear("chat"))["line"]
    assert (line["text"], line["sender"]) == ("您好", "chen")


async def test_a_page_that_lost_its_socket_resumes_where_it_was(house: House):
    li, chen = await house.two_in_the_room()
    welcome = next(m for m in chen.heard if m["type"] == "welcome")
    grants = next(m for m in reversed(chen.heard) if m["type"] == "grants")
    timer = await chen.hear("timer")
    await chen.socket.close()
    await li.hear("seat-kept")
    await li.say("send-chat", text="still here?", key="1")
    await li.hear("chat")
    again = await house.page(
        "chen",
        token=grants["socket"],
        admission=grants["admission"],
        life=welcome["life"],
        last_seen=timer["number"],
    )
    assert (await again.hear("welcome"))["resumed"] is True
    assert (await again.hear("chat"))["line"]["text"] == "still here?"


async def test_names_come_in_both_letters_and_stay_with_a_page_that_comes_back(house: House):
    li, chen = await house.two_in_the_room()
    grants = next(m for m in reversed(chen.heard) if m["type"] == "grants")
    knock = next(m for m in li.heard if m["type"] == "knock")
    assert (knock["person"]["name"], knock["person"]["name_latin"]) == ("陈晨", "Chen Chen")
    await chen.socket.close()
    again = await house.page("chen", token=grants["socket"])
    assert (await again.hear("welcome"))["you"]["name_latin"] == "Chen Chen"
    await again.say("send-chat", text="I am back", key="1")
    assert (await li.hear("chat"))["line"]["name_latin"] == "Chen Chen"


async def test_a_number_of_another_life_gets_a_snapshot(house: House):
    _li, chen = await house.two_in_the_room()
    await chen.socket.close()
    again = await house.page("chen", life="another", last_seen=1)
    assert (await again.hear("welcome"))["resumed"] is False
    assert (await again.hear("snapshot"))["people"]


async def test_a_proof_of_admission_opens_the_door_of_a_restarted_server(house: House):
    _li, chen = await house.two_in_the_room()
    grants = next(m for m in reversed(chen.heard) if m["type"] == "grants")
    async with running_house(house.clock) as restarted:
        proofs = {"token": grants["socket"], "admission": grants["admission"]}
        again = await restarted.page("chen", **proofs)
        assert (await again.hear("welcome"))["you"]["presence"] == "in-room"


@pytest.mark.parametrize("proof", ["forged", "", "e30.AAAA"])
async def test_a_forged_proof_of_admission_only_knocks(house: House, proof: str):
    chen = await house.page("chen", admission=proof)
    assert (await chen.hear("welcome"))["you"]["presence"] == "waiting"


async def test_a_proof_of_admission_of_somebody_else_only_knocks(house: House):
    li = await house.page("li")
    proof = (await li.hear("grants"))["admission"]
    chen = await house.page("chen", admission=proof)
    assert (await chen.hear("welcome"))["you"]["presence"] == "waiting"


async def test_a_proof_of_admission_expires(house: House):
    _li, chen = await house.two_in_the_room()
    grants = next(m for m in reversed(chen.heard) if m["type"] == "grants")
    house.clock.advance(timedelta(minutes=16))
    async with running_house(house.clock) as restarted:
        again = await restarted.page("chen", admission=grants["admission"])
        assert (await again.hear("welcome"))["you"]["presence"] == "waiting"


@pytest.mark.parametrize(
    ("token", "code"),
    [("forged", "token-invalid"), ("old", "grant-expired"), ("other", "grant-too-narrow")],
)
async def test_a_wrong_token_is_refused_with_its_reason(house: House, token: str, code: str):
    tokens = {
        "forged": "forged",
        "old": house.token("chen", minutes=-1),
        "other": house.token("chen", room="r2"),
    }
    chen = await house.page("chen", token=tokens[token])
    error = await chen.hear("error")
    assert error["code"] == code
    assert error["next_step"]
    assert await chen.closed() == 4000


async def test_a_room_that_was_never_opened_is_unknown(house: House):
    page = Page("chen", await house.client.ws_connect("/socket/r2", protocols=["daigang.room.1"]))
    await page.say("hello", token=house.token("chen", room="r2"), device="device-1")
    assert (await page.hear("error"))["code"] == "room-unknown"
    assert await page.closed() == 4000


async def test_a_room_that_is_not_open_yet_says_when_it_opens(house: House):
    house.clock.advance(-timedelta(minutes=20))
    chen = await house.page("chen")
    error = await chen.hear("error")
    assert error["code"] == "room-not-open-yet"
    assert "opens_at" in error["parameters"]
    assert await chen.closed() == 4000


async def test_the_first_message_must_be_hello_and_only_the_first(house: House):
    page = Page("li", await house.socket())
    await page.say("ping", nonce=1)
    assert (await page.hear("error"))["code"] == "hello-expected"
    assert await page.closed() == 4004
    li = await house.page("li")
    await li.hear("grants")
    await li.say("hello", token="x", device="device-1")
    assert (await li.hear("error"))["code"] == "hello-expected"


async def test_a_connection_without_hello_is_closed(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room_socket, "HELLO_WITHIN", timedelta(0))
    page = Page("li", await house.socket())
    assert await page.closed() == 4004


async def test_a_connection_that_ends_before_hello_leaves_no_trace(house: House):
    socket = await house.socket()
    await socket.close()
    assert house.engine.counters()["sockets"] == 0


async def test_a_client_without_the_subprotocol_is_closed(house: House):
    socket = await house.client.ws_connect(socket_path("r1"))
    assert await Page("li", socket).closed() == 1002


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"type":"fly"}',
        '{"type":"ping"}',
        '{"type":"ping","nonce":-1}',
        '{"type":"ping","nonce":1,"extra":true}',
        '{"type":"send-chat","text":"   ","key":"1"}',
        json.dumps({"type": "send-chat", "text": "x" * 1001, "key": "1"}),
        '{"type":"end","outcome":"cancelled"}',
        '{"type":"admit","participant":""}',
    ],
)
async def test_a_malformed_message_gets_an_error_and_the_connection_goes_on(
    house: House, text: str
):
    li = await house.page("li")
    await li.hear("grants")
    await li.socket.send_str(text)
    error = await li.hear("error")
    assert error["code"] == "message-malformed"
    assert error["about"] is None
    await li.say("ping", nonce=7)
    assert (await li.hear("pong"))["nonce"] == 7


async def test_a_binary_frame_is_malformed(house: House):
    li = await house.page("li")
    await li.hear("grants")
    await li.socket.send_bytes(b"\x00")
    assert (await li.hear("error"))["code"] == "message-malformed"


async def test_a_message_above_the_limit_ends_the_connection(house: House):
    li = await house.page("li")
    await li.hear("grants")
    await li.socket.send_str("x" * MESSAGE_BYTES)
    assert (await li.hear("error"))["code"] == "message-malformed"
    await li.socket.send_str("x" * (MESSAGE_BYTES + 1))
    assert await li.closed() == 1009


async def test_a_flood_is_refused_and_then_ends_the_connection(house: House):
    li = await house.page("li")
    await li.hear("grants")
    for nonce in range(120):
        await li.say("ping", nonce=nonce)
    assert await li.closed() == 1008
    codes = {m["code"] for m in li.heard if m["type"] == "error"}
    assert codes == {"too-many-messages"}
    assert house.engine.counters()["refused_messages"] == 40


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upgrade": "websocket"},
        {
            "Upgrade": "websocket",
            "Connection": "upgrade",
            "Sec-WebSocket-Version": "12",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    ],
)
async def test_what_is_no_handshake_is_told_what_is_spoken(house: House, headers: dict[str, str]):
    refused = await house.client.get("/socket/r1", headers=headers)
    assert (refused.status, refused.content_type) == (426, "application/problem+json")
    assert (await refused.json())["code"] == "upgrade-expected"
    assert refused.headers["Upgrade"] == "websocket"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/socket/r1", (405, "method-unknown")),
        ("HEAD", "/socket/r1", (405, "")),
        ("GET", "/socket", (404, "address-unknown")),
        ("GET", "/socket/r1/more", (404, "address-unknown")),
    ],
)
async def test_what_no_socket_takes_is_a_problem_too(
    house: House, method: str, path: str, expected: tuple[int, str]
):
    refused = await house.client.request(method, path)
    told = await refused.json() if method != "HEAD" else {"code": ""}
    assert (refused.status, told["code"]) == expected
    assert refused.content_type == "application/problem+json"
    assert refused.headers.get("Allow") == ("GET" if refused.status == 405 else None)


async def test_only_pages_of_allowed_origins_connect(house: House):
    own = f"http://{house.client.host}:{house.client.port}"
    for origin in (own, "https://jobs.example"):
        socket = await house.socket(Origin=origin)
        await socket.close()
    for origin in ("https://evil.example", "null", "http://[", "", own + ".evil.example"):
        refused = await house.client.get("/socket/r1", headers={"Origin": origin})
        assert (refused.status, (await refused.json())["code"]) == (403, "origin-foreign")


async def test_one_address_holds_so_many_sockets_and_no_more(house: House):
    house.engine._crowd._most = 2
    held = [await house.socket() for _ in range(2)]
    with pytest.raises(WSServerHandshakeError) as caught:
        await house.socket()
    assert (caught.value.status, caught.value.headers["Retry-After"]) == (503, "10")
    await held[0].close()
    await until(lambda: house.engine._crowd._count["127.0.0.1"] < 2)
    await (await house.socket()).close()


async def test_a_second_device_asks_and_takes_over(house: House):
    _li, chen = await house.two_in_the_room()
    phone = await house.page("chen", device="the-phone")
    assert (await phone.hear("seat-taken"))["name"] == "陈晨"
    await phone.say("take-over")
    assert (await phone.hear("welcome"))["you"]["presence"] == "in-room"
    assert await chen.closed() == 4001
    assert chen.heard[-1]["type"] == "replaced"


async def test_the_panel_ends_the_interview_and_every_socket_is_closed(house: House):
    li, chen = await house.two_in_the_room()
    await li.say("end", outcome="done")
    assert await chen.closed() == 4002
    assert await li.closed() == 4002
    assert chen.heard[-1] == {
        "type": "ended",
        "number": chen.heard[-1]["number"],
        "outcome": "done",
        "by": "li",
    }
    assert not house.engine.is_open("r1")


# The outbox


async def test_an_outbox_gives_its_messages_in_order_and_then_the_close():
    outbox = Outbox(overflow=lambda: None, bound=2)
    assert outbox.put("a")
    assert outbox.put("b")
    outbox.close(1000, "bye")
    outbox.close(1008, "too late")
    assert outbox.put("after the close it is dropped quietly")
    assert [await outbox.next() for _ in range(3)] == ["a", "b", Closing(1000, "bye")]


async def test_an_outbox_that_is_full_drops_its_reader_once():
    dropped: list[str] = []
    outbox = Outbox(overflow=lambda: dropped.append("dropped"), bound=2)
    assert [outbox.put(text) for text in "abcd"] == [True, True, False, True]
    assert dropped == ["dropped"]


async def test_an_outbox_waits_for_its_first_message():
    outbox = Outbox(overflow=lambda: None)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(outbox.next())
        await asyncio.sleep(0)
        outbox.put("a")
    assert waiting.result() == "a"

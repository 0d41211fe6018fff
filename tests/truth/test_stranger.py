"""The pages on WHIP, WHEP and the room socket are enough to write a client from."""

import re
from pathlib import Path

import pytest

from tests.truth.conftest import ROOM
from tests.truth.stranger import Stranger


def test_the_stranger_knows_nothing_of_ours():
    source = (Path(__file__).parent / "stranger.py").read_text("utf-8")
    modules = re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE)
    assert set(modules) <= {
        "asyncio",
        "json",
        "dataclasses",
        "typing",
        "urllib",
        "aiohttp",
        "aiortc",
    }


@pytest.mark.services
async def test_a_client_written_from_the_pages_holds_an_interview(
    panel_and_candidate: tuple[Stranger, Stranger],
):
    li, chen = panel_and_candidate
    await come_in(li, chen)
    for stranger in (li, chen):
        await stranger.subscribe(3)
        await stranger.publish()
    for stranger, other in ((li, "42"), (chen, "7")):
        sound = await stranger.frame(await stranger.flowing("audio", other))
        picture = await stranger.frame(await stranger.flowing("video", other))
        assert (sound.sample_rate, picture.width, picture.height) == (48000, 640, 480)
    await limit_a_picture(li)
    await renew(li)
    await lose_the_socket(li, chen)
    await move_and_end_a_session(chen)
    await li.say("end", outcome="done")
    for stranger in (li, chen):
        assert (await stranger.hear("ended"))["outcome"] == "done"
        assert await stranger.closed() == 4002


async def come_in(li: Stranger, chen: Stranger) -> None:
    """The candidate knocks, both exchange a line, the panel lets them in."""
    assert (await li.connect())["you"]["presence"] == "in-room"
    await li.hear("grants")
    assert (await chen.connect())["you"]["presence"] == "waiting"
    assert (await chen.hear("grants"))["publish"] is None
    await chen.say("device-state", camera="ready", microphone="ready")
    person = (await li.hear("knock"))["person"]
    assert (person["id"], person["role"]) == ("42", "candidate")
    await chen.say("send-chat", text="您好", key="1")
    assert (await li.hear("chat"))["line"]["private"]
    await li.say("send-chat", text="One minute, please.", key="1", to="42")
    while (await chen.hear("chat"))["line"]["sender"] != "7":
        pass
    await li.say("admit", participant="42")
    assert (await chen.hear("admitted"))["by"] == "7"
    assert {person["id"] for person in (await chen.hear("snapshot"))["people"]} == {"7", "42"}
    assert (await chen.hear("map"))["sections"] == []
    assert (await chen.hear("grants"))["publish"]["url"] == f"/whip/{ROOM}"


async def limit_a_picture(li: Stranger) -> None:
    """A picture is hidden and shown again; a section that is none is refused by name."""
    mid = await li.flowing("video", "42")
    for height in (0, 180, None):
        await li.say("set-limits", limits=[{"mid": mid, "height": height}])
    await li.say("set-limits", limits=[{"mid": "none", "height": 0}])
    error = await li.hear("error")
    assert (error["code"], error["about"]) == ("section-unknown", "set-limits")
    assert error["parameters"] == {"mid": "none"}
    await li.frame(mid)


async def renew(li: Stranger) -> None:
    """Fresh tokens come when asked for; a used one opens nothing and says why."""
    used = li.grants["publish"]
    await li.say("renew-grants")
    await li.hear("grants")
    assert li.grants["publish"] != used
    await li.publish()  # takes the place of the first
    refused = await li.post({**used, "token": "mine"}, "v=0")
    problem = await refused.json()
    assert (refused.status, refused.content_type) == (401, "application/problem+json")
    assert (problem["code"], problem["status"]) == ("token-invalid", 401)


async def lose_the_socket(li: Stranger, chen: Stranger) -> None:
    """The seat is kept, media goes on, and what was missed comes afterwards."""
    mid = await chen.flowing("video", "7")
    await chen.say("ping", nonce=1)
    assert (await chen.hear("pong"))["nonce"] == 1
    assert chen.socket is not None
    await chen.socket.close()
    assert (await li.hear("seat-kept"))["participant"] == "42"
    await li.say("send-chat", text="Still there?", key="2")
    await li.hear("chat")
    await chen.frame(mid)
    assert (await chen.connect())["resumed"] is True
    assert (await chen.hear("chat"))["line"]["text"] == "Still there?"
    await chen.hear("grants")
    assert await chen.flowing("video", "7") == mid


async def move_and_end_a_session(chen: Stranger) -> None:
    """Candidates are taken with the tag of the session, ICE restarts, DELETE ends it."""
    session = await chen.publish()
    candidate = "a=ice-ufrag:none\r\na=ice-pwd:" + "n" * 22 + "\r\n"
    restarted = await chen.trickle(session, candidate, "*")
    assert restarted.status == 200
    assert restarted.headers["ETag"] != session.etag
    assert "a=ice-ufrag:" in await restarted.text()
    late = await chen.trickle(session, "a=end-of-candidates\r\n", session.etag)
    assert (late.status, (await late.json())["code"]) == (412, "if-match-wrong")
    now = await chen.trickle(session, "a=end-of-candidates\r\n", restarted.headers["ETag"])
    assert now.status == 204
    async with chen.http.delete(session.url, headers=session.headers) as ended:
        assert ended.status == 200
    async with chen.http.delete(session.url, headers=session.headers) as again:
        assert (await again.json())["code"] == "session-unknown"

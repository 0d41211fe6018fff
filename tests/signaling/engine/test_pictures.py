"""Screens, sizes, voices and layers through the engine, with media on paper."""

from datetime import timedelta

from signaling.engine.open_sessions import Seen
from signaling.workers.messages import Disconnected, LayersWanted, VoiceChanged
from tests.signaling.engine.pages import House, Page
from tests.signaling.engine.test_media_door import grants_of, performed, post
from tests.signaling.workers.control import until


async def publish(house: House, page: Page, offer: str, endpoint: str = "publish") -> str:
    """The publication's name, as the worker knows it."""
    answer = await post(house, grants_of(page)[endpoint], offer)
    assert answer.status == 201, await answer.text()
    return house.media.sessions[answer.headers["Location"].rsplit("/", 1)[1]]


async def test_a_screen_is_shared_with_a_grant_of_its_own_while_the_camera_goes_on(house: House):
    li, chen = await house.two_in_the_room()
    await publish(house, chen, "av")
    await publish(house, chen, "v", "publish_screen")
    await post(house, grants_of(li)["subscribe"], "aavv")
    while len(sections := (await li.hear("map"))["sections"]) < 3:
        pass
    assert [(s["kind"], s["source"]) for s in sections] == [
        ("audio", "camera"),
        ("video", "camera"),
        ("video", "screen"),
    ]
    await performed(house)
    assert len(house.media.sessions) == 3


async def test_a_second_screen_is_refused_before_a_session_opens(house: House):
    li, chen = await house.two_in_the_room()
    await publish(house, chen, "v", "publish_screen")
    refused = await post(house, grants_of(li)["publish_screen"], "v")
    problem = await refused.json()
    assert (refused.status, problem["code"]) == (409, "screen-taken")
    assert "陈晨" in problem["detail"]
    assert len(house.media.sessions) == 1
    await li.say("stop-screen")
    assert (await chen.hear("screen-stopped"))["by"] == "li"
    await performed(house)
    assert not house.media.sessions
    await publish(house, li, "v", "publish_screen")


async def test_the_sizes_that_a_page_shows_reach_the_worker(house: House):
    li, _chen = await house.two_in_the_room()
    answer = await post(house, grants_of(li)["subscribe"], "aavv")
    session = answer.headers["Location"].rsplit("/", 1)[1]
    sizes = [{"mid": "2", "height": 180}, {"mid": "3", "height": 0}]
    await li.say("set-limits", limits=sizes)
    await li.say("set-limits", limits=[{"mid": "3", "height": None}])
    await li.say("ping", nonce=1)
    await li.hear("pong")
    await performed(house)
    assert house.media.limits == {(session, "2"): 180, (session, "3"): None}


async def test_the_freezes_that_a_browser_counts_reach_the_record_and_the_administrators(
    house: House,
):
    li, _chen = await house.two_in_the_room()
    answer = await post(house, grants_of(li)["subscribe"], "aavv")
    session = answer.headers["Location"].rsplit("/", 1)[1]
    await li.say("tell-pictures", pictures=[{"mid": "2", "freezes": 1, "frozen": 300}])
    await li.say("tell-pictures", pictures=[{"mid": "2", "freezes": 3, "frozen": 900}])
    await li.say("tell-pictures", pictures=[{"mid": "3", "dropped": 4}])
    await li.say("ping", nonce=1)
    await li.hear("pong")
    await performed(house)
    assert {one[:2] for one in house.media.freezes} == {(session, "2")}
    assert sum(one[2] for one in house.media.freezes) == 3
    assert sum(one[3] for one in house.media.freezes) == 900
    assert house.engine.counters()["media_freezes"] == 3
    (viewer,) = await house.engine.insight.sessions()
    assert viewer.seen == Seen(3, timedelta(milliseconds=900), 4)
    house.media.report(Disconnected(session=session, reason="closed"))
    await until(lambda: house.engine._sessions.seen(session) == Seen())
    assert house.engine.counters()["media_freezes"] == 3


async def test_a_voice_becomes_the_speaker_of_the_room(house: House):
    li, chen = await house.two_in_the_room()
    publication = await publish(house, chen, "av")
    house.media.report(VoiceChanged(publication=publication, mid="0", speaking=True))
    while (await li.hear("speaker"))["participant"] != "chen":
        pass
    house.media.report(VoiceChanged(publication="of nobody", mid="0", speaking=True))


async def test_the_layers_that_are_watched_are_told_to_the_publisher(house: House):
    _li, chen = await house.two_in_the_room()
    publication = await publish(house, chen, "av")
    house.media.report(LayersWanted(publication="of nobody", mid="1", rids=()))
    house.media.report(LayersWanted(publication=publication, mid="1", rids=("q",)))
    assert await chen.hear("layers") == {"type": "layers", "source": "camera", "rids": ["q"]}

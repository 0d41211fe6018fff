"""A room on two real worker processes: relays between them, kills, drains, all with real peers."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta

import aioice.ice
import psutil
import pytest

from signaling.refusals import SectionUnknown, WorkerSilent
from signaling.workers.control import MediaControl
from signaling.workers.events import EventQueue, MediaEvent
from signaling.workers.messages import CloseSession, Connected, LayersWanted, MediaStarted
from signaling.workers.plan import WorkerPlan
from tests.signaling.sdp.offers import offer
from tests.signaling.workers.control import until
from tests.signaling.workers_control.devices import Device
from tests.signaling.workers_control.test_control import WHEP, WHIP, running, until_lost

pytestmark = pytest.mark.services
PLAN = WorkerPlan(host="127.0.0.1", count=2, enough=1)
PATIENCE = 60.0  # seconds until a test gives up; never asserted on
UNMEASURED = pytest.mark.usefixtures("processes_unmeasured")  # killed, or repeat others


@pytest.fixture
async def media(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MediaControl]:
    """Two workers, each of which has enough with one session; aioice leaves out 127.0.0.1."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])
    async with running(PLAN) as media:
        await media.ready(2)
        yield media


@pytest.fixture
async def device(media: MediaControl) -> AsyncIterator[Callable[[], Device]]:
    devices: list[Device] = []
    async with asyncio.TaskGroup() as tasks:

        def make() -> Device:
            devices.append(Device(media, tasks))
            return devices[-1]

        yield make
        for made in devices:
            await made.connection.close()


def told(what: str, since: float) -> None:
    """Print how long it took: an aim, not a bar."""
    sys.stderr.write(f"{what} after {time.monotonic() - since:.2f} s\n")


def process_of(media: MediaControl, worker: str) -> psutil.Process:
    return psutil.Process(media._supervisor.links[worker].hello.process)


async def waiting(queue: EventQueue) -> AsyncIterator[MediaEvent]:
    """What was published so far."""
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.01):
                event = await queue.get()
            yield event


async def test_viewers_on_both_workers_see_and_hear_one_publication(
    media: MediaControl, device: Callable[[], Device]
):
    publisher, first, second = device(), device(), device()
    queue = media.events.listen()
    await publisher.publish("camera")
    for viewer in (first, second):
        await viewer.watch("camera")
    assert {first.worker, second.worker} == set(media.workers)
    async with asyncio.timeout(PATIENCE):
        for viewer in (first, second):
            await viewer.sees()
            await viewer.hears()
    assert media._relays.load() == dict.fromkeys(media.workers, 2)  # picture and sound, both ends
    told = [event async for event in waiting(queue)]
    began = [event for event in told if isinstance(event, MediaStarted)]
    assert sorted(event.kind for event in began) == ["audio", "video"]  # once, whoever has it
    connected = [event.session for event in told if isinstance(event, Connected)]
    assert sorted(connected) == sorted(one.session for one in (publisher, first, second))


@UNMEASURED
async def test_a_viewer_whose_worker_is_killed_comes_back_on_the_other_one(
    media: MediaControl, device: Callable[[], Device]
):
    publisher, away, near = device(), device(), device()
    await publisher.publish("camera")
    for viewer in (away, near):
        await viewer.watch("camera")
    assert (away.worker == publisher.worker, near.worker == publisher.worker) == (False, True)
    queue = media.events.listen()
    async with asyncio.timeout(PATIENCE):
        await away.sees()
        killed = away.worker
        process_of(media, killed).kill()
        since = time.monotonic()
        gone, _ = await until_lost(queue)
        assert gone == [away.session]
        await away.come_back("camera")
        await away.sees()
        told("a killed edge: its viewer has a picture again", since)
        assert away.worker != killed
        await near.sees()
        await near.hears()


@UNMEASURED
async def test_a_room_whose_publisher_was_killed_moves_and_its_viewers_stay(
    media: MediaControl, device: Callable[[], Device]
):
    publisher, viewer, again = device(), device(), device()
    await publisher.publish("camera")
    await viewer.watch("camera")
    queue = media.events.listen()
    async with asyncio.timeout(PATIENCE):
        await viewer.sees()
        killed, left = publisher.worker, viewer.worker
        process_of(media, killed).kill()
        since = time.monotonic()
        gone, _ = await until_lost(queue)
        assert gone == [publisher.session]
        await again.publish("camera-again")
        await viewer.turn_to("camera-again")
        await viewer.sees()
        told("a killed origin: the next publication is seen", since)
        assert (viewer.worker, again.worker) == (left, left)
        await until(lambda: not media._relays._relays)
    epochs = [media._sessions.require(one.session).epoch for one in (viewer, again)]
    assert epochs[0] < epochs[1]


async def test_a_relay_that_breaks_is_mended_and_one_that_nobody_uses_is_closed(
    media: MediaControl, device: Callable[[], Device], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("signaling.workers.relays.LINGER", timedelta(0))
    publisher, viewer = device(), device()
    await publisher.publish("camera")
    await viewer.watch("camera")
    async with asyncio.timeout(PATIENCE):
        await viewer.sees()
        broken = list(media._relays._hops())
        for hop in broken:
            link = media._supervisor.links[publisher.worker]
            await link.ask(lambda n, hop=hop: CloseSession(request=n, session=hop.sender))
        await until(lambda: not any(hop in media._relays._hops() for hop in broken))
        await viewer.sees()
        await media.close(viewer.session)
        await until(lambda: not media._relays._relays)
        counters = await media.statistics()
        assert [s.session for c in counters for s in c.sessions] == [publisher.session]


def layers(media: MediaControl) -> list[str]:
    """The layers of pictures that come from one worker to the other."""
    hops = list(media._relays._hops())
    return sorted(hop.stretch.rid for hop in hops if hop.stretch.section.kind == "video")


async def test_layers_come_to_a_worker_as_long_as_somebody_there_wants_them(
    media: MediaControl, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("signaling.workers.relays.LINGER", timedelta(0))
    simulcast = offer("chromium_whip_simulcast")
    published = await media.open_publication("room", "camera", simulcast)
    viewer = await media.open_subscription("room", WHEP, "cname")
    edge = media._sessions.require(viewer.session_id).worker
    (video,) = (s for s in published.sections if s.kind == "video")
    place = next(s.mid for s in viewer.sections if s.kind == "video")
    await media.attach(viewer.session_id, place, "camera", video.mid)
    (relay,) = media._relays._relays.values()
    assert layers(media) == sorted(relay.section.rids)
    smallest, *larger = relay.section.rids

    def wants(*rids: str) -> None:
        wanted = LayersWanted(publication="camera", mid=video.mid, rids=rids)
        media.happened(edge, wanted)

    async with asyncio.timeout(PATIENCE):
        wants(larger[0])
        await until(lambda: layers(media) == [larger[0]])
        wants()  # nobody looks: the smallest keeps the publication there
        await until(lambda: layers(media) == [smallest])
        wants(*relay.section.rids)
        await until(lambda: layers(media) == sorted(relay.section.rids))
        await media.detach(viewer.session_id, place)
        await until(lambda: not media._relays._relays)
    with pytest.raises(SectionUnknown):
        await media.attach(viewer.session_id, place, "camera", "no such section")
    with pytest.raises(SectionUnknown):
        await media.attach(viewer.session_id, place, "no such publication", video.mid)


@UNMEASURED
async def test_attaching_to_what_is_on_a_dying_worker_says_so_and_leaves_nothing(
    media: MediaControl,
):
    published = await media.open_publication("room", "camera", WHIP)
    viewer = await media.open_subscription("room", WHEP, "cname")
    origin = process_of(media, media._sessions.require(published.session_id).worker)
    origin.suspend()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        attaching = group.create_task(is_silent(media, viewer.session_id))
        await asyncio.sleep(0)
        origin.kill()
    assert attaching.result()
    async with asyncio.timeout(PATIENCE):
        await until(lambda: not media._relays._relays)


async def is_silent(media: MediaControl, viewer: str) -> bool:
    """Whether attaching is answered with that refusal."""
    try:
        await media.attach(viewer, "3", "camera", "1")
    except WorkerSilent:
        return True
    return False


@UNMEASURED
async def test_workers_are_renewed_one_after_the_other(media: MediaControl):
    before = media.workers
    opened = [await media.open_publication("room", name, WHIP) for name in ("one", "two")]
    homes = [media._sessions.require(one.session_id).worker for one in opened]
    assert sorted(homes) == sorted(before)
    queue = media.events.listen()
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        renewing = group.create_task(media.renew(within=timedelta(milliseconds=100)))
        for worker in before:
            _, lost = await until_lost(queue)
            assert lost.worker == worker
            assert not media._sessions.knows(opened[homes.index(worker)].session_id)
            taken = await media.open_subscription("room", WHEP, "cname")
            assert media._sessions.require(taken.session_id).worker != worker
        await renewing
    assert len({*before, *media.workers}) == 4

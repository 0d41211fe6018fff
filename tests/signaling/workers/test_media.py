"""Real peers (aiortc) through a real worker: ICE, DTLS, SRTP, forwarding."""

import asyncio
import itertools
import socket
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from aiortc import MediaStreamTrack

from signaling.forwarding.rtp import is_rtcp
from signaling.ice.stun import MessageType, parse_stun
from signaling.transport.demultiplex import Protocol, protocol_of
from signaling.transport.port import Datagram
from signaling.workers.messages import (
    AskStatistics,
    CloseSession,
    Connected,
    DtlsPeer,
    MediaStarted,
    SessionStatistics,
    Statistics,
)
from signaling.workers.translate import credentials as credentials_of
from tests.signaling.ice.requests import check
from tests.signaling.workers.browsers import Browser, bar_position, loudness
from tests.signaling.workers.control import Control, until


async def test_video_and_audio_of_one_peer_are_decoded_by_two_others(
    control: Control, browsers: list[Browser]
) -> None:
    publisher, *viewers = browsers
    await publisher.publish("camera")
    for viewer in viewers:
        await viewer.watch("camera")
    for viewer in viewers:
        positions = [bar_position(await viewer.tracks["video"].recv()) for _ in range(12)]
        assert min(positions) >= 0
        assert len(set(positions)) > 3
        levels = [loudness(await viewer.tracks["audio"].recv()) for _ in range(30)]
        assert max(levels) > 3000
    assert control.told(Connected, session=publisher.session)
    assert control.told(MediaStarted, publication="camera", mid="0", kind="audio")
    assert control.told(MediaStarted, publication="camera", mid="1", kind="video")


LONGEST_STEP = 4500  # at 90 kHz and 30 frames a second one step is 3000, give or take the rounding


def is_media(datagram: Datagram) -> bool:
    """Whether a datagram is SRTP; its header is in the clear."""
    data = datagram[0]
    return data[0] >= 128 and not is_rtcp(data)


def every_tenth(lost: list[Datagram]) -> Callable[[Datagram], bool]:
    """A link that keeps all but every tenth media packet."""
    count = itertools.count(1)

    def keeps(datagram: Datagram) -> bool:
        if is_media(datagram) and next(count) % 10 == 0:
            lost.append(datagram)
            return False
        return True

    return keeps


async def steps(track: MediaStreamTrack, frames: int) -> list[int]:
    """The distances of decoded frames; a frame that is missing shows as a double one."""
    times = [(await track.recv()).pts for _ in range(frames)]
    return [after - before for before, after in itertools.pairwise(times)]


async def counters(control: Control, browser: Browser) -> SessionStatistics:
    """The counters of one session."""
    answer = await control.ask(AskStatistics)
    assert isinstance(answer, Statistics)
    return next(s for s in answer.sessions if s.session == browser.session)


async def test_what_a_viewer_loses_is_repaired_from_the_cache(
    control: Control, browsers: list[Browser]
) -> None:
    publisher, viewer, _ = browsers
    lost: list[Datagram] = []
    hub, port = control.worker._hub, control.worker._port
    await publisher.publish("camera")
    await viewer.watch("camera")
    await viewer.tracks["video"].recv()
    keeps = every_tenth(lost)
    hub.bind(lambda batch: port.send(filter(keeps, batch)))
    assert max(await steps(viewer.tracks["video"], 60)) < LONGEST_STEP
    assert len(lost) > 5
    assert (await counters(control, viewer)).resent > 0
    assert (await counters(control, publisher)).nacks_out == 0


@pytest.mark.parametrize("rtx", [True, False])
async def test_what_a_publisher_loses_is_asked_for_again(
    control: Control, browsers: list[Browser], *, rtx: bool
) -> None:
    publisher, viewer, _ = browsers
    lost: list[Datagram] = []
    hub, port = control.worker._hub, control.worker._port
    await publisher.publish("camera", rtx=rtx)
    await viewer.watch("camera", rtx=rtx)
    await viewer.tracks["video"].recv()
    keeps = every_tenth(lost)
    port._intakes[0]._received = lambda batch: hub.receive(
        [r for r in batch if keeps((r.data, r.source))]
    )
    assert max(await steps(viewer.tracks["video"], 60)) < LONGEST_STEP
    assert (await counters(control, publisher)).nacks_out > 0


async def test_media_flows_on_while_ice_restarts(control: Control, browsers: list[Browser]) -> None:
    publisher, viewer, _ = browsers
    await publisher.publish("camera")
    await viewer.watch("camera")
    await viewer.tracks["video"].recv()
    for browser in (publisher, viewer):
        ice = await browser.restart()
        assert ice.local_ufrag in control.worker._hub._by_ufrag
    assert max(await steps(viewer.tracks["video"], 30)) < LONGEST_STEP


async def test_media_follows_the_peer_to_where_the_new_generation_is_nominated(
    control: Control, browsers: list[Browser]
) -> None:
    publisher, viewer, _ = browsers
    await publisher.publish("camera")
    await viewer.watch("camera")
    await viewer.tracks["video"].recv()
    ice = await viewer.restart()
    generation = credentials_of(ice)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.setblocking(False)
        elsewhere.bind(("127.0.0.1", 0))
        worker = control.hello.candidates[0]
        elsewhere.sendto(check(generation, nominate=True), (worker.address, worker.port))
        loop = asyncio.get_running_loop()
        received = [await loop.sock_recv(elsewhere, 2048) for _ in range(20)]
    assert parse_stun(received[0]).type == MessageType.BINDING_SUCCESS
    protocols = Counter(protocol_of(data) for data in received[1:])
    assert protocols[Protocol.RTP] > 10, "the rest is what the handshake ended with, once more"
    assert control.worker._hub._peers[viewer.session].agent.local_ufrags == (ice.local_ufrag,)


async def test_the_worker_starts_dtls_when_the_peer_is_passive(browsers: list[Browser]) -> None:
    publisher, viewer, _ = browsers
    await publisher.publish("camera", setup="active")
    await viewer.watch("camera")
    assert bar_position(await viewer.tracks["video"].recv()) >= 0


async def test_a_peer_that_hangs_up_is_reported(control: Control, browsers: list[Browser]) -> None:
    publisher, viewer, _ = browsers
    await publisher.publish("camera")
    await viewer.watch("camera")
    await until(lambda: control.told(Connected, session=publisher.session))
    await publisher.close()
    await until(lambda: control.reasons(publisher.session) == ["dtls-closed"])
    answer = await control.ask(AskStatistics)
    assert isinstance(answer, Statistics)
    assert [s.session for s in answer.sessions] == [viewer.session]


async def test_a_peer_that_is_somebody_else_is_refused(
    control: Control, browsers: list[Browser]
) -> None:
    publisher = browsers[0]
    wrong = ":".join(["00"] * 32)
    publisher.dtls = DtlsPeer(fingerprints=(("sha-256", wrong),), worker_is_server=True)
    await publisher.publish("camera")
    await until(lambda: control.reasons(publisher.session) == ["dtls-failed"])


async def test_a_peer_that_withdraws_its_consent_is_reported(
    control: Control, browsers: list[Browser]
) -> None:
    publisher = browsers[0]
    await publisher.publish("camera")
    await until(lambda: control.told(Connected, session=publisher.session))
    worker = control.worker
    worker._hub.tick(worker.now() + timedelta(seconds=31))
    await until(lambda: control.reasons(publisher.session) == ["consent-expired"])


async def test_a_session_that_is_closed_tells_its_peer(
    control: Control, browsers: list[Browser]
) -> None:
    publisher = browsers[0]
    await publisher.publish("camera")
    await until(lambda: control.told(Connected, session=publisher.session))
    await control.ask(CloseSession, session=publisher.session)
    assert control.reasons(publisher.session) == ["closed"]
    await until(lambda: publisher.connection.connectionState == "closed")

"""Commands, refusals, drain, strangers: the worker without any media."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from signaling.ice.stun import Attribute, MessageType, parse_stun
from signaling.workers.commands import encode_report
from signaling.workers.frames import MAX_FRAME
from signaling.workers.messages import (
    AskFlight,
    AskStatistics,
    Attach,
    Candidate,
    CloseSession,
    Codec,
    Detach,
    Drain,
    DtlsPeer,
    Failed,
    InboundSection,
    Inflow,
    NoteFreezes,
    OpenPublication,
    OpenRelay,
    OpenSubscription,
    OutboundSection,
    RestartIce,
    SessionStatistics,
    Statistics,
)
from signaling.workers.messages import IceCredentials as Ice
from signaling.workers.packing import unpacked
from signaling.workers.worker import MOST_SESSIONS
from tests.signaling.ice.requests import NEXT, OURS, check
from tests.signaling.workers.control import Control, running_worker, until

OPUS = Codec(payload_type=111, name="opus", clock_rate=48000, channels=2)
UP = InboundSection(mid="0", kind="audio", codecs=(OPUS,), extensions=())
DOWN = OutboundSection(
    mid="0", kind="audio", codecs=(OPUS,), extensions=(), ssrc=1, rtx_ssrc=None, cname="c"
)
CALLED = DtlsPeer(fingerprints=(("sha-256", "00"),), worker_is_server=False)
FREEZES: dict[str, Any] = {"session": "down", "mid": "1", "freezes": 1, "milliseconds": 200}
VIDEO_DOWN = DOWN.model_copy(update={"mid": "1", "kind": "video"})


def ice(generation: Any = OURS) -> Ice:
    return Ice(
        local_ufrag=generation.local_ufrag,
        local_password=generation.local_password,
        remote_ufrag=generation.remote_ufrag,
        remote_password=generation.remote_password,
    )


def opening(session: str, *, epoch: int = 1, generation: Any = OURS) -> dict[str, Any]:
    peer = DtlsPeer(fingerprints=(("sha-256", "00"),), worker_is_server=True)
    return {
        "session": session,
        "room": "room-1",
        "epoch": epoch,
        "ice": ice(generation),
        "dtls": peer,
    }


async def publish(control: Control, session: str = "up", **fields: Any) -> Any:
    name = fields.pop("publication", "camera")
    return await control.ask(
        OpenPublication, **opening(session, **fields), publication=name, sections=(UP,)
    )


async def subscribe(control: Control, session: str = "down", **fields: Any) -> Any:
    generation = fields.pop("generation", NEXT)
    values = opening(session, generation=generation, **fields)
    return await control.ask(OpenSubscription, **values, sections=(DOWN, VIDEO_DOWN))


def attachment(session: str = "down", **fields: str) -> dict[str, Any]:
    inflow = {"mid": "0", "publication": "camera", "source_mid": "0", **fields}
    return {"session": session, "inflows": (Inflow.model_validate(inflow),)}


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """A socket somewhere on the network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


async def until_dropped(control: Control, expected: dict[str, int]) -> None:
    """Wait until the worker counts exactly these drops."""
    dropped: dict[str, int] = {}
    async with asyncio.timeout(60):
        while dropped != expected:
            answer = await control.ask(AskStatistics)
            assert isinstance(answer, Statistics)
            dropped = answer.dropped


async def test_the_greeting_says_where_the_worker_is() -> None:
    async with running_worker(advertise=("203.0.113.5", "2001:db8::5")) as control:
        hello = control.hello
        assert hello.worker == "worker-1"
        assert len(hello.fingerprint) == 95
        assert [c.address for c in hello.candidates] == ["203.0.113.5", "2001:db8::5"]
        assert len({c.port for c in hello.candidates}) == 1


async def test_the_greeting_names_the_port_outside_where_it_is_another() -> None:
    told = ("203.0.113.5:50000", "2001:db8::5")
    async with running_worker(advertise=told, tcp_port=0) as control:
        v4 = [(c.protocol, c.port) for c in control.hello.candidates if c.address == "203.0.113.5"]
        assert v4 == [("udp", 50000), ("tcp", 50000)]
        assert {c.port for c in control.hello.candidates if c.address == "2001:db8::5"} != {50000}
        assert control.hello.call_at is not None
        assert control.hello.call_at.port != 50000, "workers call each other inside"


async def test_the_greeting_lists_tcp_behind_udp() -> None:
    async with running_worker(advertise=("203.0.113.5", "2001:db8::5"), tcp_port=0) as control:
        found = [(c.protocol, c.address) for c in control.hello.candidates]
        assert found[:2] == [("udp", "203.0.113.5"), ("udp", "2001:db8::5")]
        assert found[2:] == [("tcp", "203.0.113.5"), ("tcp", "2001:db8::5")]


async def test_sections_are_attached_and_detached(control: Control) -> None:
    assert (await publish(control)).type == "done"
    assert (await subscribe(control)).type == "done"
    assert (await control.ask(Attach, **attachment())).type == "done"
    assert (await control.ask(Detach, session="down", mid="0")).type == "done"


async def test_of_sections_attached_by_one_command_each_that_can_flow_does(
    control: Control,
) -> None:
    await publish(control)
    await subscribe(control)
    wanted = [("0", "camera", "0"), ("9", "camera", "0"), ("1", "nothing", "0")]
    inflows = tuple(
        Inflow(mid=mid, publication=publication, source_mid=source)
        for mid, publication, source in wanted
    )
    answer = await control.ask(Attach, session="down", inflows=inflows)
    assert (answer.type, answer.code) == ("failed", "unknown-section"), "of the first that cannot"
    flight = await control.ask(AskFlight, session="down")
    noted = [event for event in unpacked(flight.record).events if event.what == "attach"]
    assert [event.mid for event in noted] == ["0"]


@pytest.mark.parametrize(
    ("command", "fields", "code"),
    [
        (Attach, attachment(session="nobody"), "unknown-session"),
        (Attach, attachment(mid="9"), "unknown-section"),
        (Attach, attachment(publication="nothing"), "unknown-publication"),
        (Attach, attachment(source_mid="9"), "unknown-section"),
        (Attach, attachment(mid="1"), "unknown-section"),
        (Detach, {"session": "nobody", "mid": "0"}, "unknown-session"),
        (Detach, {"session": "down", "mid": "9"}, "unknown-section"),
        (NoteFreezes, FREEZES | {"session": "nobody"}, "unknown-session"),
        (NoteFreezes, FREEZES | {"mid": "9"}, "unknown-section"),
        (CloseSession, {"session": "nobody"}, "unknown-session"),
        (RestartIce, {"session": "nobody", "ice": ice(NEXT)}, "unknown-session"),
    ],
)
async def test_a_command_about_something_unknown_is_refused(
    control: Control, command: type[Any], fields: dict[str, Any], code: str
) -> None:
    await publish(control)
    await subscribe(control)
    answer = await control.ask(command, **fields)
    assert isinstance(answer, Failed)
    assert answer.code == code


async def test_a_session_and_a_publication_open_only_once(control: Control) -> None:
    await publish(control)
    assert (await subscribe(control, "up")).code == "session-exists"
    assert (await publish(control, "other")).code == "publication-exists"


async def test_a_room_that_has_moved_is_refused(control: Control) -> None:
    await publish(control, epoch=2)
    assert (await subscribe(control, epoch=1)).code == "stale-epoch"
    assert (await subscribe(control, epoch=2)).type == "done"


async def relay(control: Control, session: str = "hop", **fields: Any) -> Any:
    """Have a worker call another one, which is not there."""
    remote = fields.pop("remote", Candidate(address="127.0.0.1", port=9))
    values = {**opening(session, **fields), "dtls": CALLED}
    return await control.ask(
        OpenRelay, **values, publication="camera", rid="", remote=remote, sections=(UP,)
    )


async def test_a_relayed_publication_is_attached_like_any_other(control: Control) -> None:
    await subscribe(control)
    assert (await control.ask(Attach, **attachment())).code == "unknown-publication"
    assert (await relay(control)).type == "done"
    assert (await control.ask(Attach, **attachment())).type == "done"
    await control.ask(CloseSession, session="hop")
    assert control.reasons("hop") == ["closed"]
    assert (await control.ask(Attach, **attachment())).code == "unknown-publication"


async def test_a_worker_that_cannot_call_another_one_says_so(control: Control) -> None:
    nowhere = Candidate(address="255.255.255.255", port=9)
    assert (await relay(control, remote=nowhere)).code == "unreachable"
    assert (await relay(control)).type == "done"  # nothing of the first is left
    assert (await relay(control, "other", epoch=0)).code == "stale-epoch"


async def test_the_greeting_says_where_other_workers_call() -> None:
    for host, called_at in (("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.1", "127.0.0.1")):  # noqa: S104
        async with running_worker(host=host) as control:
            candidate = control.hello.call_at
            assert candidate is not None
            assert candidate.address == called_at
            assert candidate.port == control.hello.candidates[0].port


async def test_a_full_worker_says_so() -> None:
    async with running_worker(most_sessions=1) as control:
        await publish(control)
        assert (await subscribe(control)).code == "full"
        await control.ask(CloseSession, session="up")
        assert (await subscribe(control)).type == "done"


def test_the_statistics_of_a_full_worker_fit_into_a_frame() -> None:
    large = 2**40
    one = SessionStatistics(
        session="s" * 32,
        packets_in=large,
        packets_out=large,
        bytes_in=large,
        bytes_out=large,
        nacks_in=10**6,
        nacks_out=10**6,
        resent=10**6,
        keyframe_requests_in=10**6,
        keyframe_requests_out=10**6,
        instant=10,
        waited=100,
        switches=1000,
        pauses=100,
        lost=0.123,
        trip=1000,
        usable=10**6,
        bitrate=10**6,
        layers={"1": "f"},
    )
    full = Statistics(request=1, dropped={}, sessions=(one,) * MOST_SESSIONS)
    assert len(encode_report(full)) < MAX_FRAME


async def test_a_worker_that_drains_takes_nobody_and_ends_with_the_last(control: Control) -> None:
    await publish(control)
    await control.ask(Drain, seconds=60)
    assert (await subscribe(control)).code == "draining"
    await control.ask(CloseSession, session="up")
    await until(lambda: control.ended)


async def test_a_drain_ends_with_its_time(control: Control) -> None:
    await publish(control)
    await control.ask(Drain, seconds=0)
    await until(lambda: control.ended)
    assert control.reasons("up") == ["closed"]


async def test_a_frame_that_is_no_command_ends_the_worker(control: Control) -> None:
    control.send(b"\x00\x00\x00\x02{}")
    await until(lambda: control.ended)


async def test_a_frame_that_is_too_long_ends_the_worker(control: Control) -> None:
    control.send(b"\xff\xff\xff\xff")
    await until(lambda: control.ended)


async def test_strangers_get_no_answer(control: Control, stranger: socket.socket) -> None:
    await publish(control)
    hostile = [
        b"",
        b"\x50hello",
        b"\x00" * 20,
        check(NEXT),
        check(password="guessed"),
        check(username="no-colon"),
        b"\x16\xfe\xfd" + bytes(50),
        b"\x80\x60" + bytes(50),
    ]
    worker = control.hello.candidates[0]
    for data in hostile:
        stranger.sendto(data, (worker.address, worker.port))
    expected = {
        "unknown-protocol": 2,
        "stun-malformed": 2,
        "stun-unknown-session": 1,
        "stun-wrong-integrity": 1,
        "unknown-address": 2,
    }
    await until_dropped(control, expected)
    with pytest.raises(BlockingIOError):
        stranger.recv(2048)


async def test_a_valid_check_is_answered_and_media_before_the_keys_is_bounded(
    control: Control, stranger: socket.socket
) -> None:
    await publish(control)
    worker = control.hello.candidates[0]
    stranger.sendto(check(nominate=True), (worker.address, worker.port))
    loop = asyncio.get_running_loop()
    answer = parse_stun(await loop.sock_recv(stranger, 2048))
    assert answer.type == MessageType.BINDING_SUCCESS
    for _ in range(130):
        stranger.sendto(b"\x80\x60" + bytes(50), (worker.address, worker.port))
    await until_dropped(control, {"early-media-full": 2})


async def test_a_role_conflict_is_answered_but_proves_nothing(
    control: Control, stranger: socket.socket
) -> None:
    await publish(control)
    worker = control.hello.candidates[0]
    conflict = check(role=Attribute.ICE_CONTROLLED)
    stranger.sendto(conflict, (worker.address, worker.port))
    answer = parse_stun(await asyncio.get_running_loop().sock_recv(stranger, 2048))
    assert answer.type == MessageType.BINDING_ERROR
    assert control.worker._hub._peers["up"].task is None


async def test_a_restart_before_the_first_check_replaces_nothing(control: Control) -> None:
    await publish(control)
    third = replace(NEXT, local_ufrag="ours-3")
    for generation in (NEXT, third):
        await control.ask(RestartIce, session="up", ice=ice(generation))
    assert set(control.worker._hub._by_ufrag) == {"ours", "ours-3"}

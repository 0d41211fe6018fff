"""The link to a worker: answers find who asked, faults end the link and nothing else."""

import asyncio
import struct
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from signaling.workers.frames import MAX_FRAME, encode
from signaling.workers.link import (
    CommandFailedError,
    Event,
    LinkLostError,
    NoAnswerError,
    WorkerLink,
    greet,
)
from signaling.workers.messages import (
    AskStatistics,
    CloseSession,
    Connected,
    Disconnected,
    Done,
    Failed,
    Statistics,
)
from tests.signaling.workers_control.peer import HELLO, Ends, Peer, connected, frame

SECOND = timedelta(seconds=1)


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[tuple[Ends, Peer]]:
    async with connected(tmp_path) as both:
        yield both


async def listen(link: WorkerLink) -> list[Event]:
    return [event async for event in link.events()]


async def close(link: WorkerLink) -> object:
    return await link.ask(lambda number: CloseSession(request=number, session="s"))


async def test_answers_reach_who_asked_in_any_order(ends: tuple[Ends, Peer]):
    (reader, writer), peer = ends
    link = WorkerLink(HELLO, reader, writer)
    async with asyncio.TaskGroup() as group:
        events = group.create_task(listen(link))
        closing = group.create_task(close(link))
        first = await peer.hear()
        counting = group.create_task(link.ask(lambda number: AskStatistics(request=number)))
        second = await peer.hear()
        counters = Statistics(request=second.request, dropped={}, sessions=())
        await peer.say(Connected(session="s"), counters, Done(request=first.request))
        assert await counting == counters
        assert await closing == Done(request=first.request)
        peer.writer.close()
    assert events.result() == [Connected(session="s")]


async def test_a_refused_command_says_why(ends: tuple[Ends, Peer]):
    (reader, writer), peer = ends
    link = WorkerLink(HELLO, reader, writer)
    async with asyncio.TaskGroup() as group:
        group.create_task(listen(link))
        closing = group.create_task(_outcome(link))
        asked = await peer.hear()
        await peer.say(Failed(request=asked.request, code="unknown-session", detail="s"))
        failure = await closing
        peer.writer.close()
    assert isinstance(failure, CommandFailedError)
    assert (failure.code, failure.detail) == ("unknown-session", "s")


async def _outcome(link: WorkerLink) -> Exception | None:
    try:
        await close(link)
    except (CommandFailedError, LinkLostError) as failure:
        return failure
    return None


async def test_a_silent_worker_is_waited_for_no_longer_than_told(ends: tuple[Ends, Peer]):
    (reader, writer), _ = ends
    link = WorkerLink(HELLO, reader, writer)
    with pytest.raises(NoAnswerError):
        await link.ask(lambda number: AskStatistics(request=number), within=SECOND / 50)


async def test_an_answer_that_comes_too_late_is_passed_over(ends: tuple[Ends, Peer]):
    (reader, writer), peer = ends
    await peer.say(Done(request=77), Disconnected(session="s", reason="closed"))
    peer.writer.close()
    assert await listen(WorkerLink(HELLO, reader, writer)) == [
        Disconnected(session="s", reason="closed")
    ]


async def test_whoever_waits_when_the_worker_dies_is_told(ends: tuple[Ends, Peer]):
    (reader, writer), peer = ends
    link = WorkerLink(HELLO, reader, writer)
    async with asyncio.TaskGroup() as group:
        group.create_task(listen(link))
        closing = group.create_task(_outcome(link))
        await peer.hear()
        peer.writer.close()
    assert isinstance(closing.result(), LinkLostError)
    with pytest.raises(LinkLostError):
        await close(link)


@pytest.mark.parametrize(
    "noise",
    [
        b"\0\0",
        struct.pack("!I", 9) + b"cut",
        struct.pack("!I", MAX_FRAME + 1),
        struct.pack("!I", 2) + b"{}",
        struct.pack("!I", 4) + b"\xff\xfe\xfd\xfc",
        frame(HELLO),
    ],
)
async def test_a_worker_that_breaks_the_protocol_is_as_good_as_gone(
    ends: tuple[Ends, Peer], noise: bytes
):
    (reader, writer), peer = ends
    peer.writer.write(frame(Connected(session="s")) + noise)
    peer.writer.close()
    link = WorkerLink(HELLO, reader, writer)
    assert await listen(link) == [Connected(session="s")]
    assert writer.is_closing()


async def test_a_greeting_is_the_first_word(ends: tuple[Ends, Peer]):
    (reader, _), peer = ends
    await peer.say(HELLO)
    assert await greet(reader, within=SECOND) == HELLO


async def test_anything_else_is_no_greeting(ends: tuple[Ends, Peer]):
    (reader, _), peer = ends
    await peer.say(Done(request=1))
    assert await greet(reader, within=SECOND) is None
    assert await greet(reader, within=SECOND / 50) is None
    peer.writer.write(struct.pack("!I", 1) + b"x")
    assert await greet(reader, within=SECOND) is None


def test_a_frame_is_its_length_and_its_text():
    data = encode(AskStatistics(request=3))
    assert data == struct.pack("!I", 37) + b'{"type":"ask-statistics","request":3}'

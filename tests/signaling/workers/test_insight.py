"""What a worker tells about itself: the record of a session, totals, how late it is."""

from datetime import timedelta

import pytest

from signaling.forwarding.flight import PacketLog
from signaling.forwarding.negotiated import Kind
from signaling.forwarding.record import FlightRecord, StreamRecord
from signaling.workers.load import Lateness
from signaling.workers.messages import AskFlight, AskStatistics, CloseSession, NoteFreezes
from signaling.workers.packing import MOST, packed, unpacked
from tests.signaling.workers.control import running_worker
from tests.signaling.workers.test_worker import publish, subscribe

SECOND = timedelta(seconds=1)


def long_record(span: timedelta) -> FlightRecord:
    log = PacketLog()
    for number in range(20_000):
        data = (number * 7919 % 2**32).to_bytes(4, "big") * 12 + bytes(1000)
        log.add(data, 48, number, 0, timedelta(milliseconds=3 * number))
    since = max(timedelta(seconds=60) - span, timedelta(0))
    text = log.packed(since)
    stream = StreamRecord("up", "camera", "0", Kind.VIDEO, "", 1, text, ())
    return FlightRecord("up", "up", 60, 0, False, (), {}, (), (stream,) * 3, (), ())


def test_a_long_record_is_cut_to_what_fits() -> None:
    text = packed(long_record)
    assert len(text) <= MOST
    read = unpacked(text)
    assert read.streams[0].packets[-1].number == 19_999
    assert read.streams[0].packets[0].number > 0


@pytest.mark.parametrize("text", ["", "no base 64!", "AAAA", "eJwrySwuAQAEXQHB"])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        unpacked(text)


async def test_a_worker_hands_out_the_record_of_a_session() -> None:
    async with running_worker() as control:
        await publish(control)
        await subscribe(control)
        up = unpacked((await control.ask(AskFlight, session="up")).record)
        down = unpacked((await control.ask(AskFlight, session="down")).record)
        assert (up.direction, list(up.publications)) == ("up", ["camera"])
        assert (down.direction, len(down.sections)) == ("down", 2)
        assert down.draws
        assert (await control.ask(AskFlight, session="nobody")).code == "unknown-session"


async def test_the_freezes_that_a_browser_counted_are_in_the_record_of_the_session() -> None:
    async with running_worker() as control:
        await subscribe(control)
        mid = unpacked((await control.ask(AskFlight, session="down")).record).sections[0].mid
        counted = {"mid": mid, "freezes": 2, "milliseconds": 700}
        await control.ask(NoteFreezes, session="down", **counted)
        record = unpacked((await control.ask(AskFlight, session="down")).record)
        noted = [event for event in record.events if event.what == "froze"]
        assert [(one.mid, one.facts) for one in noted] == [
            (mid, {"freezes": 2, "milliseconds": 700})
        ]


async def test_totals_outlive_sessions_and_carry_the_name_of_the_worker() -> None:
    async with running_worker() as control:
        await publish(control)
        await control.ask(CloseSession, session="up")
        told = await control.ask(AskStatistics)
        assert told.worker == "worker-1"
        assert told.sessions == ()
        assert told.totals["packets_in"] == 0
        assert told.backlog == 0
        assert told.lag >= 0


def test_the_worst_lateness_is_remembered_for_ten_seconds() -> None:
    lateness = Lateness()
    assert lateness.worst == timedelta(0)
    lateness.note(SECOND / 10, SECOND)
    lateness.note(SECOND / 100, 2 * SECOND)
    assert lateness.worst == SECOND / 10
    lateness.note(SECOND / 50, 12 * SECOND)
    assert lateness.worst == SECOND / 50

"""What a stream begins with goes out as fast as a viewer's link takes it, then with the rest."""

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Fanout
from signaling.forwarding.outbound import AT_ONCE
from signaling.forwarding.pacer import NARROW, SHORT, WIDE, Pacer
from signaling.forwarding.rtcp import ReportBlock
from tests.signaling.forwarding.packets import (
    DELTA,
    KEY,
    OUT_RTX,
    OUT_VIDEO,
    VIDEO_UP,
    VP8,
    Seen,
    Stage,
    rtp,
)
from tests.signaling.forwarding.simulcast import Simulcast, assert_continuous, measured_down

TICK = timedelta(milliseconds=20)
BEGIN = timedelta(seconds=50)
LONG_AGO = timedelta(seconds=0)
RATE = 400_000  # bits per second: 1000 bytes a tick
SIZE = 1000  # bytes of a packet
PIECES = 12  # packets of a key frame


def spent(pacer: Pacer, ticks: Iterable[int], fell_at: timedelta) -> int:
    """The bytes of packets that go at these ticks."""
    total = 0
    for tick in ticks:
        room = pacer.room(RATE, fell_at, BEGIN + tick * TICK)
        pieces = math.ceil(room / SIZE)
        pacer.spend(pieces * SIZE)
        total += pieces * SIZE
    return total


@pytest.mark.parametrize(("fell_at", "times"), [(BEGIN, 1), (LONG_AGO, WIDE)])
def test_as_much_goes_as_the_link_takes_and_more_where_it_has_not_just_fallen(
    fell_at: timedelta, times: float
):
    ticks = NARROW // TICK - 1
    allowed = times * RATE / 8 * (ticks * TICK).total_seconds()
    burst = times * RATE / 8 * SHORT.total_seconds()
    assert -burst <= spent(Pacer(), range(ticks + 1), fell_at) - allowed <= burst + SIZE


def test_what_was_not_asked_for_in_time_is_not_made_up_for():
    pacer = Pacer()
    spent(pacer, [0], BEGIN)
    assert spent(pacer, [200], BEGIN) <= RATE / 8 * SHORT.total_seconds() + SIZE


class Narrow(Stage):
    """A source of one layer, and a viewer whose link has just lost a third of 1.2 Mbit/s."""

    def __init__(self) -> None:
        super().__init__(down=measured_down())
        self.number = self.moment = self._lost = 0
        self.frame(KEY, 1)
        for turn in range(12):
            for _ in range(10):
                self.frame(DELTA, 3)
                self.tick()
            self._report(0.35 if turn > 4 else 0.0)
            self.tick()
        self.take()

    def frame(self, payload: bytes, pieces: int) -> None:
        """A picture of so many packets."""
        self.moment += 1
        for piece in range(pieces):
            data = (payload if piece == 0 else DELTA) + bytes(SIZE)
            self.number += 1
            is_last = piece == pieces - 1
            self.send(rtp(self.number, data, timestamp=self.moment * 1800, marker=is_last))

    def _report(self, lost: float) -> None:
        self._lost += int(lost * 30)
        block = ReportBlock(OUT_VIDEO, int(255 * lost), self._lost, self.number, 0, 0, 0)
        estimate = rtcp_build.receiver_estimate(1, 800_000, [OUT_VIDEO])
        self.send(rtcp_build.receiver_report(1, [block]) + estimate, session="down")


def test_a_key_frame_goes_out_piece_by_piece_to_a_link_that_is_narrow():
    stage = Narrow()
    stage.frame(KEY, PIECES)
    assert stage.take() == []
    seen: list[Seen] = []
    most = 0
    for _ in range(100):
        stage.tick()
        pieces = stage.take()
        seen += pieces
        most = max(most, len(pieces))
    assert len(seen) == PIECES
    assert most < PIECES / 2
    stage.frame(DELTA, 2)
    assert len([action for action in stage.actions if isinstance(action, Fanout)]) == 2
    seen += stage.take()
    numbers = [packet.header.sequence for packet in seen]
    assert numbers == [(numbers[0] + place) & 0xFFFF for place in range(len(numbers))]


def test_what_comes_meanwhile_waits_behind_it():
    stage = Narrow()
    stage.frame(KEY, PIECES)
    seen: list[Seen] = []
    for turn in range(200):
        if turn % 3 == 0 and turn < 30:
            stage.frame(DELTA, 1)
        stage.tick()
        seen += stage.take()
    assert len(seen) == PIECES + 10
    numbers = [packet.header.sequence for packet in seen]
    assert numbers == [(numbers[0] + place) & 0xFFFF for place in range(len(numbers))]


def test_what_a_viewer_leaves_while_it_waits_is_never_numbered():
    stage = Narrow()
    stage.frame(KEY, PIECES)
    stage.tick()
    sent = stage.take()
    assert 0 < len(sent) < PIECES
    stage.core.open_publication("other", "screen", (VIDEO_UP,))
    stage.do(stage.core.attach("down", "v", "screen", "1", stage.now))
    stage.send(rtp(1, KEY, ssrc=77, timestamp=1), session="other")
    for _ in range(50):
        stage.tick()
    first, *others = (packet for packet in stage.take() if packet.payload)
    assert {packet.header.ssrc for packet in others} <= {OUT_RTX}, "probes"
    assert first.header.sequence == (sent[-1].header.sequence + 1) & 0xFFFF


def test_a_better_layer_begins_piece_by_piece_and_goes_on_with_the_others():
    stage = Simulcast(VP8)
    stage.estimate = 3_000_000
    seen = stage.frames(60, key="qhf")
    seen += stage.frames(60, key="f")
    assert chr(seen[-1].payload[-1]) == "f"
    assert_continuous(seen)
    stage.send(stage.frame("f", is_key=False))
    assert any(isinstance(action, Fanout) for action in stage.actions)


@pytest.mark.parametrize("packets", [AT_ONCE, AT_ONCE + 100])
def test_of_a_long_replay_only_what_every_queue_takes_goes_at_once(packets: int):
    stage = Stage()
    stage.send(rtp(1, KEY), *(rtp(number, DELTA + bytes(SIZE)) for number in range(2, packets + 1)))
    stage.take()
    down = replace(measured_down(), ssrc=9000, rtx_ssrc=9001)
    stage.watch("late", down)
    seen = stage.take("late")
    assert len(seen) == AT_ONCE
    ticks = 0
    while len(seen) < packets:
        stage.tick()
        seen += stage.take("late")
        ticks += 1
    assert (ticks > 2) == (packets > AT_ONCE)
    stage.send(rtp(packets + 1, DELTA, timestamp=3000))
    seen += stage.take("late")
    numbers = [packet.header.sequence for packet in seen]
    assert numbers == [(numbers[0] + place) & 0xFFFF for place in range(packets + 1)]
    assert (seen[-1].header.timestamp - seen[-2].header.timestamp) % 2**32 == 3000


@given(st.lists(st.tuples(st.sampled_from("kkddddl"), st.integers(1, 15)), max_size=25))
def test_numbers_have_gaps_only_where_packets_were_lost_however_narrow_the_link(
    frames: list[tuple[str, int]],
):
    stage = Narrow()
    seen: list[Seen] = []
    lost = 0
    for kind, pieces in [*frames, ("k", 2), ("d", 1)]:
        if kind == "l":
            stage.number += 1
            lost += 1
        else:
            stage.frame(KEY if kind == "k" else DELTA, pieces)
        stage.tick()
        seen += [packet for packet in stage.take() if packet.header.ssrc == OUT_VIDEO]
    for _ in range(1000):
        stage.tick()
    seen += [packet for packet in stage.take() if packet.header.ssrc == OUT_VIDEO]
    numbers = [packet.header.sequence for packet in seen]
    assert len(set(numbers)) == len(numbers)
    assert numbers[-1] - numbers[0] + 1 - len(numbers) <= lost
    moments = [packet.header.timestamp for packet in seen]
    assert moments == sorted(moments)

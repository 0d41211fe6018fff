"""Transport-wide feedback says exactly what arrived and when; read back by a second reader."""

import struct
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.congestion import BOTTOM, CEILING, ArrivalRecorder, Ceiling

MS = timedelta(milliseconds=1)
START = timedelta(seconds=100)


def read(data: bytes) -> dict[int, timedelta | None]:
    """Numbers and arrival times as a receiver of feedback sees them (draft-holmer §3.1)."""
    assert (data[0], data[1]) == (0x80 | 15, 205)
    assert len(data) == 4 * (struct.unpack_from("!H", data, 2)[0] + 1)
    first, count, reference = struct.unpack_from("!HHI", data, 12)
    symbols: list[int] = []
    position = 20
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", data, position)
        position += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        else:
            assert chunk & 0x4000
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
    clock = (reference >> 8) * 64 * MS
    arrivals: dict[int, timedelta | None] = {}
    for index, symbol in enumerate(symbols[:count]):
        number = (first + index) & 0xFFFF
        if symbol == 0:
            arrivals[number] = None
            continue
        (delta,) = struct.unpack_from("!B" if symbol == 1 else "!h", data, position)
        position += symbol
        clock += delta * MS / 4
        arrivals[number] = clock
    assert len(data) - position < 4
    return arrivals


def near(told: timedelta | None, true: timedelta) -> bool:
    return told is not None and abs(told - true) <= MS / 4


def test_arrivals_and_losses_are_told() -> None:
    recorder = ArrivalRecorder(1)
    for number, after in ((65534, 0), (65535, 5), (1, 90), (2, 91)):
        recorder.received(number, START + after * MS)
    (feedback,) = recorder.due(7, START + 100 * MS)
    told = read(feedback)
    assert list(told) == [65534, 65535, 0, 1, 2]
    assert told[0] is None
    assert near(told[1], START + 90 * MS)


def test_feedback_is_sent_no_more_often_than_the_sender_can_use() -> None:
    recorder = ArrivalRecorder(1)
    recorder.received(1, START)
    assert recorder.due(7, START)
    recorder.received(2, START + 10 * MS)
    assert recorder.due(7, START + 20 * MS) == []
    assert recorder.due(7, START + 80 * MS)


def test_a_loss_between_two_feedbacks_is_told_by_the_second() -> None:
    recorder = ArrivalRecorder(1)
    recorder.received(1, START)
    recorder.due(7, START)
    recorder.received(3, START + 50 * MS)
    (feedback,) = recorder.due(7, START + 80 * MS)
    assert list(read(feedback)) == [2, 3]


def test_a_packet_after_its_feedback_is_told_by_the_next_with_what_surrounds_it() -> None:
    recorder = ArrivalRecorder(1)
    recorder.received(1, START)
    recorder.received(3, START + 2 * MS)
    (early,) = recorder.due(7, START + 2 * MS)
    assert read(early)[2] is None
    recorder.received(2, START + 50 * MS)
    recorder.received(4, START + 51 * MS)
    (late,) = recorder.due(7, START + 100 * MS)
    told = read(late)
    assert list(told) == [2, 3, 4]
    assert near(told[2], START + 50 * MS)
    assert near(told[3], START + 2 * MS)


def test_a_packet_that_comes_twice_or_much_too_late_is_not_told_again() -> None:
    recorder = ArrivalRecorder(1)
    for number in (1, *range(3, 400)):
        recorder.received(number, START)
    recorder.due(7, START)
    for number in (2, 399, 60000):
        recorder.received(number, START + 50 * MS)
    assert recorder.due(7, START + 100 * MS) == []
    recorder.received(401, START + 150 * MS)
    (feedback,) = recorder.due(7, START + 200 * MS)
    assert list(read(feedback)) == [400, 401]


def test_a_jump_of_thousands_is_no_long_list_of_losses() -> None:
    recorder = ArrivalRecorder(1)
    recorder.received(1, START)
    recorder.due(7, START)
    recorder.received(20000, START + 50 * MS)
    (feedback,) = recorder.due(7, START + 100 * MS)
    assert list(read(feedback)) == [20000]


def test_numbers_that_jump_about_bring_a_bounded_answer() -> None:
    recorder = ArrivalRecorder(1)
    for number in range(5000):
        recorder.received(number * 30_011 & 0xFFFF, START)
    assert len(recorder.due(2, START)) == 8
    assert recorder.due(2, START + 100 * MS) == []
    recorder.received(7, START + 200 * MS)
    recorder.received(8, START + 200 * MS)
    assert len(recorder.due(2, START + 200 * MS)) <= 2


def test_every_feedback_has_a_number_of_its_own() -> None:
    recorder = ArrivalRecorder(1)
    counts = []
    for number in range(3):
        recorder.received(number, START + number * 100 * MS)
        (feedback,) = recorder.due(7, START + number * 100 * MS)
        counts.append(feedback[19])
    assert counts == [0, 1, 2]


@given(
    st.integers(0, 65535),
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 400)), min_size=1, max_size=300),
)
def test_any_pattern_is_told_as_it_was(first: int, steps: list[tuple[int, int]]) -> None:
    recorder = ArrivalRecorder(1)
    number, now = first, START
    arrived: dict[int, timedelta] = {}
    for gap, pause in steps:
        number, now = number + gap, now + pause * MS
        recorder.received(number & 0xFFFF, now)
        arrived[number & 0xFFFF] = now
    told: dict[int, timedelta | None] = {}
    for feedback in recorder.due(7, now):
        assert len(feedback) <= 1200
        told.update(read(feedback))
    assert {number for number, at in told.items() if at is not None} == set(arrived)
    assert all(near(told[number], at) for number, at in arrived.items())


@given(st.lists(st.none() | st.integers(0, 40), max_size=300))
def test_reordered_packets_are_told_in_the_end(delays: list[int | None]) -> None:
    recorder = ArrivalRecorder(1)
    arrivals = [(START + (4 * n + d) * MS, n) for n, d in enumerate(delays) if d is not None]
    told: dict[int, timedelta | None] = {}
    for at, number in sorted(arrivals):
        recorder.received(number, at)
        for feedback in recorder.due(7, at):
            told |= read(feedback)
    for feedback in recorder.due(7, START + timedelta(seconds=2)):
        told |= read(feedback)
    assert all(near(told[number], at) for at, number in arrivals)


class Publisher:
    """Sends as much as the ceiling says, over a link of a given rate, for seconds."""

    def __init__(self) -> None:
        self.ceiling = Ceiling()
        self.now = START
        self.allowed = self.ceiling.bitrate(0.0, self.now)

    def send(self, seconds: int, rate: int) -> list[int]:
        history = []
        for _ in range(seconds):
            self.now += timedelta(seconds=1)
            arriving = min(self.allowed, rate)
            self.ceiling.arrived(arriving // 8)
            self.allowed = self.ceiling.bitrate(1 - arriving / self.allowed, self.now)
            history.append(self.allowed)
        return history


def test_a_publisher_that_hears_only_remb_backs_off_and_comes_back() -> None:
    publisher = Publisher()
    assert publisher.send(5, 5_000_000) == [CEILING] * 5
    assert publisher.send(3, 500_000)[-1] < 500_000
    assert max(publisher.send(60, 500_000)[5:]) < 600_000
    assert publisher.send(40, 5_000_000)[-1] == CEILING


def test_a_publisher_whose_link_is_dead_may_still_send_a_little() -> None:
    publisher = Publisher()
    publisher.send(5, 1)
    assert publisher.allowed == BOTTOM

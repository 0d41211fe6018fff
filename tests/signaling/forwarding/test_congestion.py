"""Transport-wide feedback says exactly what arrived and when; read back by a second reader."""

import struct
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.congestion import ArrivalRecorder

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
    assert recorder.due(7, START + 60 * MS)


def test_a_loss_between_two_feedbacks_is_told_by_the_second() -> None:
    recorder = ArrivalRecorder(1)
    recorder.received(1, START)
    recorder.due(7, START)
    recorder.received(3, START + 50 * MS)
    (feedback,) = recorder.due(7, START + 60 * MS)
    assert list(read(feedback)) == [2, 3]


def test_a_packet_after_its_feedback_is_not_told_again() -> None:
    recorder = ArrivalRecorder(1)
    recorder.received(1, START)
    recorder.received(3, START)
    recorder.due(7, START)
    recorder.received(2, START + 50 * MS)
    assert recorder.due(7, START + 100 * MS) == []


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

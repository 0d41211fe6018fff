"""What comes with the end of a handshake waits for the keys: an instant picture is not lost."""

import numpy as np
from pylibsrtp._binding import ffi

from benchmarks.media.crowd_socket import SLOT, Batch
from benchmarks.media.early import MOST, Early


def batch(*datagrams: tuple[int, bytes, int]) -> Batch:
    """Member, bytes, nanoseconds."""
    rows = np.zeros((len(datagrams), SLOT), np.uint8)
    for row, (_, data, _) in zip(rows, datagrams, strict=True):
        row[: len(data)] = np.frombuffer(data, np.uint8)
    members, data, times = zip(*datagrams, strict=True)
    lengths = np.array([len(each) for each in data], np.int32)
    return Batch(len(datagrams), rows, lengths, np.array(members), np.array(times))


def test_a_member_gets_what_came_for_it_in_order_even_if_the_buffer_is_used_again() -> None:
    early, read = Early(), batch((1, b"first", 10), (2, b"another's", 11), (1, b"second one", 12))
    for place in range(3):
        early.keep(read, place)
    read.bytes[:] = 0

    kept = early.take(1)
    assert kept is not None
    assert kept.batch.times.tolist() == [10, 12]
    assert kept.batch.members.tolist() == [1, 1]
    assert kept.batch.lengths.tolist() == [length[0] for length in kept.lengths] == [5, 10]
    assert [ffi.string(slot) for slot in kept.slots] == [b"first", b"second one"]
    assert early.take(1) is None


def test_who_leaves_before_it_has_keys_gets_nothing() -> None:
    early = Early()
    early.keep(batch((1, b"first", 10)), 0)
    early.forget(1)
    assert early.take(1) is None


def test_of_too_many_the_oldest_go() -> None:
    early, read = Early(), batch(*((1, b"packet", at) for at in range(MOST + 2)))
    for place in range(MOST + 2):
        early.keep(read, place)
    kept = early.take(1)
    assert kept is not None
    assert (kept.batch.count, int(kept.batch.times[0])) == (MOST, 2)

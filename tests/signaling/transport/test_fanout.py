"""Many viewers at once: each one gets what the pure core says it should, encrypted for it alone."""

import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from signaling.forwarding.laid import LaidPacket, Members, Shift, send_time
from signaling.forwarding.rtp import parse_rtp
from signaling.transport.fanout import FanOut
from signaling.transport.plans import FEW
from signaling.transport.srtp import GCM_TAG, SHA1_TAG
from signaling.transport.srtp import LONGEST as LONGEST_PACKET
from signaling.transport.trains import GRAIN, LONGEST, MOST_PADDING, trains
from signaling.transport.workspace import VIEWERS
from tests.signaling.transport.viewers import Crowd, Viewer, content, packet

NOW = timedelta(seconds=77)
MANY = 20
NO_CHECKSUMS = 11  # SO_NO_CHECK, which Python does not name


def fan_out(crowd: Crowd, *, segments: bool = True) -> FanOut:
    return FanOut(crowd, crowd, clock=lambda: NOW, later=crowd.later, segments=segments)  # type: ignore[arg-type]


def members(count: int, name: int = 1) -> Members:
    shifts = tuple(
        Shift(1000 + n, 65000 + n, 2**32 - 5 + n, 0x7FF0 + n, 250 + n) for n in range(count)
    )
    return Members(name, tuple(f"viewer-{n}" for n in range(count)), shifts)


def expected(plain: LaidPacket, shift: Shift) -> bytes:
    copy = bytearray(plain.copy(shift))
    copy[17:20] = send_time(NOW.total_seconds())
    return bytes(copy)


@pytest.mark.parametrize("count", [1, FEW, 20, VIEWERS + 3])
@pytest.mark.parametrize("segments", [True, False])
def test_every_viewer_gets_its_own_copy_of_a_frame(count: int, *, segments: bool) -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(count)})
    fan = fan_out(crowd, segments=segments)
    frame = [packet(1, 900), packet(2, 899), packet(3, 901), packet(4, 300, last=True)]
    listed = members(count)
    for plain in frame:
        fan.add(listed, plain)
    for n, viewer in enumerate(crowd.viewers.values()):
        wanted = [expected(plain, listed.shifts[n]) for plain in frame]
        got = [content(data) for data in viewer.get(len(frame))]
        if count < FEW:  # one by one the core's own send time goes out
            got = [data[:17] + send_time(77) + data[20:] for data in got]
        assert got == wanted
    crowd.close()


def test_what_may_go_again_as_it_was_is_not_padded() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW)})
    frame = [packet(1, 900), packet(2, 899), packet(3, 901, last=True)]
    listed = replace(members(FEW), may_pad=False)
    fan = fan_out(crowd)
    for plain in frame:
        fan.add(listed, plain)
    got = crowd.viewers["viewer-2"].get(3)
    assert got == [expected(plain, listed.shifts[2]) for plain in frame]
    crowd.close()


def test_a_packet_waits_for_the_rest_of_its_frame_but_not_for_long() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW)})
    fan = fan_out(crowd)
    fan.add(members(FEW), packet(1, 500))
    fan.add(members(FEW, name=2), packet(2, 500))
    crowd.viewers["viewer-0"].socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        crowd.viewers["viewer-0"].get(1)
    assert len(crowd.flushes) == 1
    crowd.flushes[0]()
    crowd.viewers["viewer-0"].socket.settimeout(5)
    assert len(crowd.viewers["viewer-0"].get(2)) == 2
    crowd.close()


def test_nobody_is_woken_for_a_frame_that_has_become_whole() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW)})
    fan = fan_out(crowd)
    fan.add(members(FEW), packet(1, 500))
    assert (len(crowd.flushes), fan.is_waiting) == (1, True)
    fan.add(members(FEW), packet(2, 500, last=True))
    assert (crowd.flushes, fan.is_waiting) == ([], False)
    crowd.close()


def test_who_joins_in_the_middle_of_a_frame_gets_only_what_comes_later() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW + 1)})
    fan = fan_out(crowd)
    fan.add(members(FEW), packet(1, 500))
    fan.add(members(FEW + 1), packet(2, 500, last=True))
    (late,) = crowd.viewers[f"viewer-{FEW}"].get(1)
    assert late[-1] == 2
    assert [data[-1] for data in crowd.viewers["viewer-0"].get(2)] == [1, 2]
    crowd.close()


def test_viewers_with_other_ciphers_and_without_keys_are_told_apart() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n, (GCM_TAG, SHA1_TAG)[n % 2]) for n in range(10)})
    crowd.viewers["viewer-3"].srtp = None
    fan = fan_out(crowd)
    for number in (1, 2, 3):
        fan.add(members(11), packet(number, 700, last=number == 3))
    for name, viewer in crowd.viewers.items():
        if name != "viewer-3":
            assert [data[-1] for data in viewer.get(3)] == [1, 2, 3]
    assert fan.drops["not-connected"] == 2 * 3
    crowd.close()


def test_a_changed_way_is_planned_anew() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW)})
    fan = fan_out(crowd)
    listed = members(FEW)
    fan.add(listed, packet(1, 100, last=True))
    moved = crowd.viewers["viewer-1"]
    moved.get(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.settimeout(5)
        moved.agent.selected = elsewhere.getsockname()
        crowd.generation += 1
        fan.add(listed, packet(2, 100, last=True))
        assert elsewhere.recv(2000)
    fan.sweep()
    fan.sweep()
    assert not fan._plans
    crowd.close()


def test_what_the_kernel_does_not_take_now_goes_through_the_port() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW)})
    fan = fan_out(crowd)
    crowd.is_busy = True
    fan.add(members(FEW), packet(1, 100))
    fan.add(members(FEW), packet(2, 100, last=True))
    assert crowd.singly == 2 * FEW
    assert [data[-1] for data in crowd.viewers["viewer-2"].get(2)] == [1, 2]
    crowd.close()


def test_one_viewer_that_cannot_be_reached_costs_the_others_nothing() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW)})
    crowd.viewers["viewer-1"].agent.selected = ("127.0.0.1", 0)  # port 0 is no destination
    sent: list[bytes] = []
    crowd.transmit = lambda datagrams: sent.extend(data for data, _ in datagrams)  # type: ignore[method-assign]
    fan_out(crowd).add(members(FEW), packet(9, 100, last=True))
    assert len(sent) == 1
    for name in ("viewer-0", "viewer-2", "viewer-3"):
        assert crowd.viewers[name].get(1)[0][-1] == 9
    crowd.close()


def test_a_train_has_one_size_but_for_its_last_packet() -> None:
    sizes = [1000, 1001, 1000, 400, 1000, 1000 + MOST_PADDING + 1, 90, *[500] * (LONGEST + 1)]
    listed = [packet(n, size) for n, size in enumerate(sizes)]
    made = list(trains(listed, GCM_TAG))
    assert [p.number for train in made for p in train] == list(range(len(sizes)))
    for train in made:
        assert len(train) <= LONGEST
        assert len({len(p.data) for p in train[:-1]}) <= 1
        assert len(train[-1].data) <= len(train[0].data)
    assert [content(p.data) for train in made for p in train] == [p.data for p in listed]
    assert len(made[0]) == 4


def test_a_filler_is_padded_further() -> None:
    filler = packet(1, 0)
    filler = filler._replace(data=bytes((0xB0,)) + filler.data[1:] + b"\x01")
    (train,) = trains([filler, packet(2, 20)], GCM_TAG)
    header = parse_rtp(train[0].data)
    assert len(train[0].data) == 32 + GRAIN  # with its tag a multiple of GRAIN, and not shorter
    assert header.payload_start == header.payload_end


@pytest.mark.parametrize("size", [LONGEST_PACKET + 1, 1530, 2040])
def test_a_packet_that_fits_no_path_is_dropped_and_harms_nobody(size: int) -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(MANY)})
    fan = fan_out(crowd)
    listed = members(MANY)
    head = len(packet(1, 0).data)
    fan.add(listed, packet(1, 900))
    fan.add(listed, packet(2, size - head))
    fan.add(listed, packet(3, LONGEST_PACKET - head, last=True))
    assert fan.drops["too-long"] == MANY
    for viewer in crowd.viewers.values():
        assert [content(data)[-1] for data in viewer.get(2)] == [1, 3]
    crowd.close()


def test_a_kernel_that_cuts_no_trains_is_not_asked_again() -> None:
    crowd = Crowd({f"viewer-{n}": Viewer(n) for n in range(FEW)})
    crowd.socket.setsockopt(socket.SOL_SOCKET, NO_CHECKSUMS, 1)  # with which Linux cuts none
    fan, listed = fan_out(crowd), members(FEW)
    for number in (1, 2, 3, 4):
        fan.add(listed, packet(number, 700, last=number % 2 == 0))
    assert crowd.singly == 2 * FEW  # the first train; the second frame leaves without trains
    for viewer in crowd.viewers.values():
        assert [content(data)[-1] for data in viewer.get(4)] == [1, 2, 3, 4]
    crowd.close()

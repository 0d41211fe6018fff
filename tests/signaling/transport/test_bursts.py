"""An instant picture: one viewer gets what the pure core says it should, in one go."""

from datetime import timedelta

import pytest

from signaling.forwarding.actions import Burst
from signaling.forwarding.laid import Shift, send_time
from signaling.transport import bursts
from signaling.transport.bursts import AT_ONCE, Bursts
from signaling.transport.srtp import GCM_TAG, LONGEST, SHA1_TAG
from tests.signaling.transport.viewers import Crowd, Viewer, packet

NOW = timedelta(seconds=77)
STAMP = send_time(77)
SHIFT = Shift(0xFFFFFFFE, 65_530, 5, 0x7FF0, 250)


def burst(count: int, size: int = 300) -> Burst:
    """Packets that differ in size and in where their fields are."""
    packets = [packet(n % 256, size + n % 7) for n in range(count)]
    packets[1::5] = [each._replace(picture_at=0, tl0_at=0) for each in packets[1::5]]
    packets[2::5] = [each._replace(send_time_at=0) for each in packets[2::5]]
    timestamps = tuple(2**32 - 100 + 90 * n & 0xFFFFFFFF for n in range(count))
    return Burst("viewer", tuple(packets), SHIFT, timestamps)


def sender(crowd: Crowd) -> Bursts:
    return Bursts(crowd, crowd, clock=lambda: NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", [GCM_TAG, SHA1_TAG])
@pytest.mark.parametrize("count", [5, AT_ONCE + 3])
def test_a_viewer_gets_every_packet_as_the_core_would_have_copied_it(count: int, tag: int) -> None:
    crowd = Crowd({"viewer": Viewer(7, tag)})
    sender(crowd).send(burst(count))
    assert crowd.viewers["viewer"].get(count) == list(burst(count).copies(STAMP))
    assert crowd.singly == 0
    crowd.close()


def test_a_system_without_sendmmsg_sends_them_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bursts, "IS_AVAILABLE", False)
    crowd = Crowd({"viewer": Viewer(7)})
    sender(crowd).send(burst(5))
    assert crowd.viewers["viewer"].get(5) == list(burst(5).copies(STAMP))
    assert crowd.singly == 5
    crowd.close()


def test_while_the_kernel_takes_nothing_they_go_the_way_of_single_datagrams() -> None:
    crowd = Crowd({"viewer": Viewer(7)})
    crowd.is_busy = True
    sender(crowd).send(burst(5))
    assert crowd.viewers["viewer"].get(5) == list(burst(5).copies(STAMP))
    assert crowd.singly == 5
    crowd.close()


def test_each_packet_that_the_kernel_refuses_goes_there_too() -> None:
    crowd = Crowd({"viewer": Viewer(7)})
    crowd.viewers["viewer"].agent.selected = ("127.0.0.1", 0)  # port 0 is no destination
    sent: list[bytes] = []
    crowd.transmit = lambda datagrams: sent.extend(data for data, _ in datagrams)  # type: ignore[method-assign]
    sender(crowd).send(burst(5))
    assert len(sent) == 5
    crowd.close()


def test_what_cannot_be_sent_is_counted_and_harms_nothing_else() -> None:
    crowd = Crowd({"viewer": Viewer(7)})
    bursting = sender(crowd)
    whole = burst(5)
    too_long = whole.packets[2]._replace(data=bytes(LONGEST + 1))
    no_rtp = whole.packets[3]._replace(data=bytes(5), send_time_at=0, picture_at=0, tl0_at=0)
    packets = (*whole.packets[:2], too_long, no_rtp, whole.packets[4])
    bursting.send(Burst("viewer", packets, SHIFT, whole.timestamps))
    wanted = list(whole.copies(STAMP))
    assert crowd.viewers["viewer"].get(3) == [wanted[0], wanted[1], wanted[4]]
    bursting.send(Burst("nobody", packets, SHIFT, whole.timestamps))
    crowd.viewers["viewer"].srtp = None
    bursting.send(Burst("viewer", packets, SHIFT, whole.timestamps))
    assert bursting.drops == {"too-long": 1, "srtp-refused-out": 1, "not-connected": 10}
    crowd.close()

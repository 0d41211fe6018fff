"""A viewer that tells no estimate (no `goog-remb`) gets what fits by the losses that it reports."""

from collections import Counter

import pytest

from signaling.forwarding.cache import PACKETS, PacketCache, StoredPacket
from signaling.forwarding.negotiated import Kind
from signaling.forwarding.outbound import RESENDS_PER_REPORT, OutboundTrack
from signaling.forwarding.stream import InboundStream
from signaling.forwarding.subscription import CALM_INTERVAL
from tests.signaling.forwarding.packets import OPUS, VP8, audio_down, video_down
from tests.signaling.forwarding.simulcast import FRAME, Simulcast, layer

FRAMES = 30  # a second


def watching(estimate: int, *, rtx: bool = True) -> Simulcast:
    """A viewer on a link that carries so many bits per second."""
    stage = Simulcast(VP8, video_down(rtx=rtx))
    stage.estimate, stage.tells_estimate = estimate, False
    return stage


def watched(stage: Simulcast, seconds: int) -> list[str]:
    """The layers of the last second of so many."""
    seen = [stage.frames(FRAMES, key="qhf") for _ in range(seconds)]
    return [layer(packet) for packet in seen[-1]]


@pytest.mark.parametrize(
    ("estimate", "fit"), [(300_000, {"q"}), (700_000, {"q", "h"}), (5_000_000, {"f"})]
)
def test_the_layer_that_fits_flows(estimate: int, fit: set[str]) -> None:
    layers = watched(watching(estimate), 20)
    assert set(layers) <= fit
    assert len(layers) > FRAMES // 2, "a picture is seen"


@pytest.mark.parametrize("repeats", ["rtx", "as they were"])
def test_a_link_that_is_better_again_is_found_out_and_left_in_peace(repeats: str) -> None:
    stage = watching(400_000, rtx=repeats == "rtx")
    assert "f" not in watched(stage, 10)
    stage.estimate = 5_000_000
    assert set(watched(stage, 30)) == {"f"}
    assert stage.core.rest("down", stage.now) == CALM_INTERVAL


def test_without_rtx_a_link_is_looked_at_with_the_packets_that_have_come() -> None:
    stage = watching(400_000, rtx=False)
    watched(stage, 10)
    for _ in range(60):
        stage.estimate = 5_000_000
        again = [count for count in Counter(numbers(stage)).values() if count > 1]
        if again:
            break
    else:
        pytest.fail("nothing was sent to find out what the link takes")


def numbers(stage: Simulcast) -> list[int]:
    """The numbers of what a viewer gets in half a second."""
    return [packet.header.sequence for packet in stage.frames(FRAMES // 2)]


def test_what_is_no_longer_kept_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = InboundStream("up", 1, OPUS, publication="p", rid="", kind=Kind.AUDIO)
    output = OutboundTrack("down", audio_down(), lambda limit: limit - 2)
    for number in range(10 * RESENDS_PER_REPORT):
        packet = StoredPacket(1, number, 960 * number, False, OPUS, True, b"", (), b"sound")
        stream.keep(packet, number * FRAME)
        if number == 0:
            output.enter(stream, packet, FRAME)
    looked: list[int] = []
    get = PacketCache.get
    monkeypatch.setattr(PacketCache, "get", lambda cache, n: (looked.append(n), get(cache, n))[1])
    assert len(output.probes(10**6, 10 * RESENDS_PER_REPORT * FRAME)) == PACKETS[Kind.AUDIO]
    assert len(looked) <= RESENDS_PER_REPORT + 1

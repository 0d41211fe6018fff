"""A viewer that tells no estimate (no `goog-remb`) gets what fits by the losses that it reports."""

import pytest

from tests.signaling.forwarding.packets import VP8, video_down
from tests.signaling.forwarding.simulcast import Simulcast, layer

FRAMES = 30  # a second


def watched(estimate: int, seconds: int) -> list[str]:
    """The layers of the last second on a link that carries so many bits per second."""
    stage = Simulcast(VP8, video_down())
    stage.estimate, stage.tells_estimate = estimate, False
    seen = [stage.frames(FRAMES, key="qhf") for _ in range(seconds)]
    return [layer(packet) for packet in seen[-1]]


@pytest.mark.parametrize(
    ("estimate", "fit"), [(300_000, {"q"}), (700_000, {"q", "h"}), (5_000_000, {"f"})]
)
def test_the_layer_that_fits_flows(estimate: int, fit: set[str]) -> None:
    layers = watched(estimate, 20)
    assert set(layers) <= fit
    assert len(layers) > FRAMES // 2, "a picture is seen"

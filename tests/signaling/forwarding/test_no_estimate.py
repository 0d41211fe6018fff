"""A viewer that tells no estimate (no `goog-remb`) gets what fits by the losses that it reports."""

import pytest

from signaling.forwarding.subscription import CALM_INTERVAL
from tests.signaling.forwarding.packets import VP8, video_down
from tests.signaling.forwarding.simulcast import Simulcast, layer

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


@pytest.mark.parametrize("way", ["probed", "tried"])
def test_a_link_that_is_better_again_is_found_out_and_left_in_peace(way: str) -> None:
    stage = watching(400_000, rtx=way == "probed")
    assert "f" not in watched(stage, 10)
    stage.estimate = 5_000_000
    assert set(watched(stage, 30)) == {"f"}
    assert stage.core.rest("down", stage.now) == CALM_INTERVAL

"""Which layers of a publisher can be had: those that come, and those that we ourselves paused."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from signaling.forwarding.inbound import InboundTrack
from signaling.forwarding.layering import PATIENCE, REFUSED, REST, Layering
from tests.signaling.forwarding.packets import VIDEO_UP

BEGIN = timedelta(seconds=50)
MOMENT = timedelta(milliseconds=500)


def test_a_layer_that_was_asked_for_in_vain_is_left_alone_for_a_minute():
    layering = Layering(InboundTrack("camera", replace(VIDEO_UP, rids=("q", "f")), Counter()))
    layering.news(BEGIN)
    assert [layer.rid for layer in layering.layers(BEGIN)] == ["q", "f"]
    later = BEGIN + PATIENCE + MOMENT
    assert layering.layers(later) == ()
    assert layering.news(later + REST) == ("q",)
    assert layering.layers(later + REST) == ()
    assert [layer.rid for layer in layering.layers(later + REST + REFUSED)] == ["f"]

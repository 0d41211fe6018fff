"""What is kept of a publication that has ended, while those who watched it are still there."""

import gc
import weakref

from signaling.forwarding.inbound import REPLACED
from tests.signaling.forwarding.packets import (
    DELTA,
    KEY,
    VIDEO_SSRC,
    VIDEO_UP,
    Stage,
    rtp,
    video_down,
)


def test_nothing_is_kept_of_it_for_who_watched_it_or_watches_another_now() -> None:
    stage = Stage()
    stage.watch("moved-on", video_down(1))
    stage.send(rtp(100, KEY, timestamp=5000))
    stage.core.open_publication("other", "screen", (VIDEO_UP,))
    stage.do(stage.core.attach("moved-on", "v", "screen", "1", stage.now))
    (stream,) = stage.core._names["camera"].tracks["1"].streams.values()
    kept = weakref.ref(stream.cache), weakref.ref(stream.log)
    stage.take()
    del stream
    gc.collect()
    gc.disable()
    try:
        stage.core.close("up")
        assert [known() for known in kept] == [None, None]
    finally:
        gc.enable()
    assert set(stage.core.statistics()) == {"down", "moved-on", "other"}


def test_the_packets_of_a_stream_that_another_has_replaced_go_after_a_while() -> None:
    stage = Stage()
    for ssrc in (VIDEO_SSRC, 77):
        for number in range(100, 110):
            payload = KEY if number == 100 else DELTA
            stage.send(rtp(number, payload, ssrc=ssrc, timestamp=number * 3000))
    old, new = stage.core._names["camera"].tracks["1"].streams.values()
    for place in range(4):  # the old one goes on, to nobody
        assert (old.has_packets, new.has_packets) == (place < 3, True)
        stage.tick(REPLACED / 2)
        stage.send(rtp(110 + place, DELTA, ssrc=VIDEO_SSRC, timestamp=330_000 + place))
    assert (old.has_packets, new.has_packets) == (False, True)
    stage.send(rtp(110, DELTA, ssrc=77, timestamp=333_000))
    assert len(stage.take()) == 2 * 10 + 1

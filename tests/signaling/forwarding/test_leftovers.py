"""What is kept of a publication that has ended, while those who watched it are still there."""

import gc
import weakref

from tests.signaling.forwarding.packets import KEY, VIDEO_UP, Stage, rtp, video_down


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

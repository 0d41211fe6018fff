"""Real peers (aiortc) through a real worker: ICE, DTLS, SRTP, forwarding."""


from signaling.workers.messages import Connected, MediaStarted
from tests.signaling.workers.browsers import Browser, bar_position, loudness
from tests.signaling.workers.control import Control


async def test_video_and_audio_of_one_peer_are_decoded_by_two_others(
    control: Control, browsers: list[Browser]
) -> None:
    publisher, *viewers = browsers
    await publisher.publish("camera")
    for viewer in viewers:
        await viewer.watch("camera")
    for viewer in viewers:
        positions = [bar_position(await viewer.tracks["video"].recv()) for _ in range(12)]
        assert min(positions) >= 0
        assert len(set(positions)) > 3
        levels = [loudness(await viewer.tracks["audio"].recv()) for _ in range(30)]
        assert max(levels) > 3000
    assert control.told(Connected, session=publisher.session)
    assert control.told(MediaStarted, publication="camera", mid="0", kind="audio")
    assert control.told(MediaStarted, publication="camera", mid="1", kind="video")

"""A picture that was paused for want of room comes back, because padding finds the room."""

from dataclasses import replace
from datetime import timedelta

from signaling.forwarding import rtcp_build
from signaling.forwarding.rtcp import ReportBlock
from tests.signaling.forwarding.packets import (
    DELTA,
    FEEDBACK,
    KEY,
    OUT_RTX,
    OUT_VIDEO,
    TICK,
    Seen,
    Stage,
    rtp,
    video_down,
)

SECOND = timedelta(seconds=1)
HEAVY = DELTA + bytes(1000)  # with every tick: some 400 kbit/s


class Viewer:
    """A viewer that reports, with losses or without, four times a second."""

    def __init__(self) -> None:
        down = video_down()
        down = replace(down, codecs=tuple(replace(c, feedback=FEEDBACK) for c in down.codecs))
        self.stage = Stage(down=down)
        self.loss = 0.0
        self._sent = 0
        self._came = dict.fromkeys((OUT_VIDEO, OUT_RTX), 0)
        self._gone = dict.fromkeys((OUT_VIDEO, OUT_RTX), 0.0)
        self._reported_at = self.stage.now

    def run(self, seconds: float) -> list[Seen]:
        """What comes in so much time, of media and of probes."""
        seen: list[Seen] = []
        end = self.stage.now + timedelta(seconds=seconds)
        while self.stage.now < end:
            payload = KEY if self._sent % 50 == 0 else HEAVY
            self.stage.send(rtp(self._sent, payload, timestamp=1800 * self._sent, marker=True))
            self._sent += 1
            self.stage.tick(TICK)
            came = self.stage.take()
            for packet in came:
                self._came[packet.header.ssrc] += 1
                self._gone[packet.header.ssrc] += self.loss
            seen += came
            if self.stage.now - self._reported_at >= SECOND / 4:
                self._report()
        return seen

    def _report(self) -> None:
        self._reported_at = self.stage.now
        blocks = [
            ReportBlock(ssrc, 0, int(self._gone[ssrc]), came, 0, 0, 0)
            for ssrc, came in self._came.items()
        ]
        report = rtcp_build.receiver_report(1, blocks)
        self.stage.send(report, session="down")


def media(seen: list[Seen]) -> list[Seen]:
    return [packet for packet in seen if packet.header.ssrc == OUT_VIDEO]


def test_a_picture_that_was_paused_is_looked_for_with_padding_and_comes_back():
    viewer = Viewer()
    assert len(media(viewer.run(3))) > 100
    viewer.loss = 0.95
    viewer.run(5)
    assert media(viewer.run(1)) == []
    viewer.loss = 0.0
    seen = viewer.run(12)
    padding = [packet for packet in seen if packet.header.ssrc == OUT_RTX and not packet.payload]
    assert len(padding) > 10
    assert {packet.header.payload_type for packet in padding} == {121}
    assert media(viewer.run(1)) != []


def test_probes_have_numbers_of_their_own_and_tell_when_they_were_sent():
    viewer = Viewer()
    viewer.run(3)
    viewer.loss = 0.95
    viewer.run(5)
    viewer.loss = 0.0
    probes = [packet for packet in viewer.run(6) if packet.header.ssrc == OUT_RTX]
    numbers = [packet.header.sequence for packet in probes]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert all(len(packet.elements[6]) == 3 for packet in probes)

"""A browser fills up its estimate with repeats of its smallest layer, which are not of its rate."""

from typing_extensions import override

from signaling.forwarding.rtp import parse_rtp
from tests.signaling.forwarding.packets import VP8, rtp
from tests.signaling.forwarding.simulcast import Simulcast, layer

RTX_SSRC = 50
REPEATS = 8  # a frame: ten times what the layer itself weighs


class Padded(Simulcast):
    """Every frame of the smallest layer comes several times more, in retransmissions."""

    def __init__(self) -> None:
        super().__init__(VP8)
        self.repeats = 0

    @override
    def frame(self, rid: str, *, is_key: bool) -> bytes:
        packet = super().frame(rid, is_key=is_key)
        if rid == "q":
            self.send(packet, *(self._repeat(packet) for _ in range(REPEATS)))
        return packet

    def _repeat(self, packet: bytes) -> bytes:
        header = parse_rtp(packet)
        self.repeats += 1
        return rtp(
            self.repeats,
            header.sequence.to_bytes(2, "big") + packet[header.payload_start :],
            timestamp=header.timestamp,
            ssrc=RTX_SSRC,
            payload_type=97,
            extensions=[(4, b"1"), (11, b"q")],
        )


def test_a_thin_link_gets_the_smallest_layer_though_its_source_repeats_it() -> None:
    stage = Padded()
    stage.estimate = 300_000
    stage.frames(60, key="qhf")
    seen = []
    for _ in range(20):
        seen += stage.frames(10, key="q")
    assert [layer(one) for one in seen[-60:]] == ["q"] * 60

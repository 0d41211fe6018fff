"""A publisher of three layers in VP8 or H.264, a frame of each at a time, and one viewer."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from signaling.forwarding import rtcp_build
from signaling.forwarding.negotiated import Codec, OutboundSection
from signaling.forwarding.rtcp import KeyFrameRequest, ReportBlock
from tests.signaling.forwarding.h264_units import pps, slice_of, sps, stap
from tests.signaling.forwarding.packets import (
    OUT_RTX,
    OUT_VIDEO,
    VIDEO_UP,
    Seen,
    Stage,
    rtp,
    video_down,
)

MS = timedelta(milliseconds=1)
FRAME = 33 * MS
RIDS = ("q", "h", "f")
SSRCS = {"q": 5, "h": 6, "f": 7}
SIZES = {"q": (320, 180), "h": (640, 360), "f": (1280, 720)}
VP8_START = 0x90  # of a frame, in a descriptor with picture ids
HEADERS = 20  # bytes
RATES = {"q": 100, "h": 450, "f": 1100}  # a quarter of a packet's bytes; one a frame, 30 a second


def measured_down() -> OutboundSection:
    """A viewer that tells its estimate."""
    section = video_down()
    codecs = tuple(replace(codec, feedback=("nack", "goog-remb")) for codec in section.codecs)
    return replace(section, codecs=codecs)


class Simulcast(Stage):
    """Both ends; `has_all_sets`: every H.264 key frame brings its parameter sets."""

    def __init__(self, codec: Codec, down: OutboundSection | None = None) -> None:
        super().__init__(replace(VIDEO_UP, rids=RIDS), down or measured_down())
        self.codec = codec
        self.count = 0
        self.sending = set(RIDS)
        self.estimate: int | None = None  # what the viewer's link carries
        self.tells_estimate = True  # or only what was lost
        self.has_all_sets = True
        self.chance = 0.0  # the share of packets that is always lost
        self._sent = dict.fromkeys((OUT_VIDEO, OUT_RTX), 0)  # packets
        self._lost = dict.fromkeys((OUT_VIDEO, OUT_RTX), 0.0)

    def frames(self, number: int, *, key: str = "") -> list[Seen]:
        """Let so many frames pass, the first of them a key frame of the layers named."""
        taken: list[Seen] = []
        unreported: list[Seen] = []
        for index in range(number):
            for rid in RIDS:
                if rid in self.sending:
                    self.send(self.frame(rid, is_key=index == 0 and rid in key))
            self.count += 1
            self.tick(FRAME)
            unreported += self.take()
            if self.estimate is not None and index % 6 == 5:
                self.send(self.report(self.estimate, unreported), session="down")
                taken, unreported = taken + unreported, []
        return [seen for seen in taken + unreported if seen.header.ssrc != OUT_RTX]

    def frame(self, rid: str, *, is_key: bool) -> bytes:
        """One picture of a layer in one packet, which ends with the layer's letter."""
        written = self._vp8 if self.codec.name == "VP8" else self._h264
        return rtp(
            self.count + SSRCS[rid] * 777,
            written(rid, is_key=is_key),
            ssrc=SSRCS[rid],
            timestamp=self.count * 3000 + SSRCS[rid] * 10**6,
            payload_type=self.codec.payload_type,
            marker=True,
            extensions=[(4, b"1"), (10, rid.encode())],
        )

    def _vp8(self, rid: str, *, is_key: bool) -> bytes:
        width, height = SIZES[rid]
        picture = (SSRCS[rid] * 1000 + self.count) & 0x7FFF
        descriptor = (
            b"\x90\xe0" + (0x8000 | picture).to_bytes(2, "big") + bytes((self.count & 255, 0x20))
        )
        start = (
            b"\x10\x00\x00\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
        )
        return descriptor + (start if is_key else b"\x11").ljust(RATES[rid] * 4, rid.encode())

    def _h264(self, rid: str, *, is_key: bool) -> bytes:
        unit = slice_of(5, 7) if is_key else slice_of(1, 5)
        unit = unit.ljust(RATES[rid] * 4, rid.encode())
        has_sets = is_key and (self.has_all_sets or self.count == 0)
        return stap([*sets_of(rid), unit]) if has_sets else unit

    def report(self, estimate: int, came: list[Seen]) -> bytes:
        """A viewer's compound on a link that carries its estimate, six frames after the last."""
        size = sum(len(seen.payload) + HEADERS for seen in came)
        lost = max(0.0, 1 - estimate * (6 * FRAME).total_seconds() / (8 * size)) if size else 0.0
        lost = max(lost, self.chance)
        for seen in came:
            self._sent[seen.header.ssrc] += 1
            self._lost[seen.header.ssrc] += lost
        blocks = [
            ReportBlock(ssrc, int(255 * lost), int(self._lost[ssrc]), sent, 0, 0, 0)
            for ssrc, sent in self._sent.items()
        ]
        report = rtcp_build.receiver_report(1, blocks)
        if not self.tells_estimate:
            return report
        return report + rtcp_build.receiver_estimate(1, estimate, [OUT_VIDEO])

    def asked(self) -> set[object]:
        """The layers that key frames were asked of since the last time."""
        ssrcs = {
            p.media_ssrc for p in self.heard(KeyFrameRequest) if isinstance(p, KeyFrameRequest)
        }
        return {rid for rid, ssrc in SSRCS.items() if ssrc in ssrcs}


def sets_of(rid: str) -> list[bytes]:
    """The H.264 parameter sets of a layer."""
    width, height = SIZES[rid]
    return [sps(width=width // 16, height=-(-height // 16), cropped=-height % 16), pps()]


def layer(seen: Seen) -> str:
    return chr(seen.payload[-1])


def picture(seen: Seen) -> int:
    """The VP8 picture id."""
    return int.from_bytes(seen.payload[2:4], "big") & 0x7FFF


def assert_continuous(seen: list[Seen]) -> None:
    """Nothing was skipped or repeated, and the clock only went on."""
    for before, after in pairwise(seen):
        assert after.header.sequence == (before.header.sequence + 1) & 0xFFFF
        assert 0 < (after.header.timestamp - before.header.timestamp) % 2**32 < 2**31
        if after.payload[0] == VP8_START:
            assert picture(after) == (picture(before) + 1) & 0x7FFF
            assert after.payload[4] == (before.payload[4] + 1) & 0xFF

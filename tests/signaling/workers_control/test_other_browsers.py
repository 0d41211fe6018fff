"""Firefox and Safari as their offers say they are: from the offer to the packets that they get."""

from datetime import timedelta

from signaling.forwarding import rtcp_build
from signaling.forwarding.actions import Action
from signaling.forwarding.forwarder import Forwarder
from signaling.forwarding.negotiated import InboundSection, OutboundSection
from signaling.forwarding.rtcp import ReportBlock
from signaling.sdp.agreement import Agreement
from signaling.sdp.policy import DOWNLINK, MID, UPLINK
from signaling.workers import negotiation, translate
from tests.signaling.forwarding.packets import Seen, rtp, sent_to
from tests.signaling.sdp.offers import offer

FRAME = timedelta(milliseconds=33)
LAYERS = ("high", "medium", "low")  # as Firefox offers them, and its a=ssrc lines with them
WIDTHS = {"high": 1280, "medium": 640, "low": 320}
VP8_IN_FIREFOX, RTX_IN_FIREFOX, VP8_IN_SAFARI = 120, 124, 106
MID_AT, RID_AT = 3, 8  # the numbers of Firefox's header extensions


def inbound(agreement: Agreement) -> tuple[InboundSection, ...]:
    return tuple(translate.inbound(negotiation.inbound(one)) for one in agreement.sections)


def outbound(agreement: Agreement) -> tuple[OutboundSection, ...]:
    streams = negotiation.outgoing(agreement, "cname")
    pairs = zip(agreement.sections, streams, strict=True)
    return tuple(translate.outbound(negotiation.outbound(one, stream)) for one, stream in pairs)


class Meeting:
    """A Firefox that sends three layers, and another browser that watches."""

    def __init__(self, viewer: str) -> None:
        up = negotiation.agree_on(offer("firefox_whip_simulcast"), UPLINK)
        down = negotiation.agree_on(offer(viewer), DOWNLINK)
        self.now = timedelta(seconds=1000)
        self.core = Forwarder(lambda limit: limit // 3)
        self.up, self.sections = inbound(up), outbound(down)
        self.video = next(one for one in self.sections if one.kind == "video")
        self.ssrcs = dict(zip(LAYERS, self.up[1].ssrcs, strict=True))
        self._repairs = dict(self.up[1].rtx_ssrcs)
        self._count = 0
        self._actions: list[Action] = []
        self.core.open_publication("up", "camera", self.up)
        self.core.open_subscription("down", self.sections)
        self._actions += self.core.attach("down", self.video.mid, "camera", "1", self.now)
        self._actions += self.core.connected("down", self.now)

    def frames(
        self, number: int, *, is_key: bool = False, named: bool = False, repaired: str = ""
    ) -> list[Seen]:
        """What the viewer gets of so many frames; `repaired` is a layer lost and sent again."""
        for index in range(number):
            for layer in LAYERS:
                starts = is_key and index == 0
                packet = self._packet(layer, starts=starts, named=named, again=layer == repaired)
                self._actions += self.core.receive("up", [(packet, self.now)])
            self._count += 1
            self.now += FRAME
            self._actions += self.core.tick(self.now)
        sent = [data for action in self._actions for data in sent_to("down", action)]
        self._actions = []
        return [seen for seen in map(Seen.of, sent) if seen.header.ssrc == self.video.ssrc]

    def _packet(self, layer: str, *, starts: bool, named: bool, again: bool) -> bytes:
        """A frame of one packet; libwebrtc names it until a receiver report has spoken of it."""
        ssrc, place = self.ssrcs[layer], LAYERS.index(layer)
        picture = (0x8000 | self._count & 0x7FFF).to_bytes(2, "big")
        size = WIDTHS[layer].to_bytes(2, "little") + (WIDTHS[layer] * 9 // 16).to_bytes(2, "little")
        start = b"\x10\x00\x00\x9d\x01\x2a" + size
        payload = b"\x90\xe0" + picture + b"\x01\x20" + (start if starts else b"\x11")
        payload = payload.ljust(WIDTHS[layer] // 2, layer[:1].encode())
        number = 1000 * place + self._count
        if again:
            payload, ssrc = (number & 0xFFFF).to_bytes(2, "big") + payload, self._repairs[ssrc]
            number = 7
        return rtp(
            number,
            payload,
            timestamp=3000 * self._count,
            ssrc=ssrc,
            payload_type=RTX_IN_FIREFOX if again else VP8_IN_FIREFOX,
            marker=True,
            extensions=[(MID_AT, b"1"), (RID_AT, layer.encode())] if named else (),
        )

    def reports(self) -> None:
        """A receiver report alone: this viewer never tells an estimate."""
        block = ReportBlock(self.video.ssrc, 0, 0, self._count, 0, 0, 0)
        data = rtcp_build.receiver_report(1, [block])
        self._actions += self.core.receive("down", [(data, self.now)])


def layers(seen: list[Seen]) -> str:
    """The first letters of the layers, each once."""
    return "".join(dict.fromkeys(chr(one.payload[-1]) for one in seen))


def test_safari_sees_the_best_of_firefox_s_layers_in_its_own_numbers() -> None:
    meeting = Meeting("safari_whep")
    seen = meeting.frames(30, is_key=True, named=True)
    assert layers(seen)[-1] == "h"
    assert {one.header.payload_type for one in seen} == {VP8_IN_SAFARI}
    numbers = {extension.uri: extension.id for extension in meeting.video.extensions}
    assert {one.elements[numbers[MID]] for one in seen} == {meeting.video.mid.encode()}


def test_a_thumbnail_in_firefox_is_the_smallest_layer_though_that_is_offered_last() -> None:
    meeting = Meeting("firefox_whep")
    meeting.frames(30, is_key=True, named=True)
    meeting.core.limit("down", meeting.video.mid, 180, meeting.now)
    seen = meeting.frames(60, is_key=True)
    assert layers(seen)[-1] == "l"


def test_firefox_stops_naming_its_packets_and_repairs_them_by_ssrc() -> None:
    meeting = Meeting("safari_whep")
    meeting.frames(30, is_key=True, named=True)
    before = meeting.frames(10)
    after = meeting.frames(1, repaired="high") + meeting.frames(10)
    numbers = [one.header.sequence for one in before + after]
    assert numbers == [(numbers[0] + step) & 0xFFFF for step in range(21)]
    assert layers(after) == "h"


def test_a_viewer_that_never_tells_an_estimate_gets_the_best_layer() -> None:
    meeting = Meeting("firefox_whep")
    seen = meeting.frames(6, is_key=True, named=True)
    for _ in range(20):
        meeting.reports()
        seen = meeting.frames(6, is_key=True)
    assert layers(seen) == "h"

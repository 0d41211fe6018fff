"""RTP packets, codecs and sections for the tests of the forwarding core."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from signaling.forwarding.actions import Action, Burst, Fanout, Send, SendRtcp
from signaling.forwarding.forwarder import Forwarder
from signaling.forwarding.negotiated import Codec, Extension, InboundSection, Kind, OutboundSection
from signaling.forwarding.rtcp import RtcpPacket, parse_rtcp
from signaling.forwarding.rtp import RtpHeader, build_extensions, parse_rtp, read_extensions

MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_CC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

VIDEO_SSRC, AUDIO_SSRC, RTX_SSRC = 0x1111, 0x2222, 0x3333
OUT_VIDEO, OUT_AUDIO, OUT_RTX = 0xAAAA, 0xBBBB, 0xCCCC
FEEDBACK = ("nack", "nack pli", "transport-cc", "goog-remb")
VP8 = Codec(96, "VP8", 90000, rtx_payload_type=97, feedback=FEEDBACK)
OPUS = Codec(111, "opus", 48000, feedback=("transport-cc",))
H264_MODE_1 = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
H264 = Codec(102, "H264", 90000, 103, H264_MODE_1, FEEDBACK)
EXTENSIONS = (
    Extension(MID, 4),
    Extension(RID, 10),
    Extension(REPAIRED_RID, 11),
    Extension(LEVEL, 1),
    Extension(SEND_TIME, 2),
    Extension(TRANSPORT_CC, 3),
)
VIDEO_UP = InboundSection("1", Kind.VIDEO, (VP8, H264), EXTENSIONS)
AUDIO_UP = InboundSection("0", Kind.AUDIO, (OPUS,), EXTENSIONS)

KEY = b"\x10\x00" + bytes(40)  # VP8: first packet of partition 0, a key frame
DELTA = b"\x10\x01" + bytes(40)
REST = b"\x00\xff" + bytes(40)  # a later packet of some frame
TICK = timedelta(milliseconds=20)


def video_down(number: int = 0, *, rtx: bool = True) -> OutboundSection:
    """A viewer's video section; each number has payload types and extension ids of its own."""
    codecs = (
        Codec(120 - number, "VP8", 90000, 121 - number if rtx else None),
        Codec(110 - number, "H264", 90000, None, H264_MODE_1),
    )
    return OutboundSection(
        "v",
        Kind.VIDEO,
        codecs,
        OUT_VIDEO + number,
        OUT_RTX + number if rtx else None,
        "cname",
        (Extension(MID, 9 - number), Extension(LEVEL, 5), Extension(SEND_TIME, 6)),
    )


def audio_down(number: int = 0) -> OutboundSection:
    """A viewer's audio section."""
    codec = Codec(109, "opus", 48000)
    extensions = (Extension(MID, 9), Extension(LEVEL, 5))
    return OutboundSection("a", Kind.AUDIO, (codec,), OUT_AUDIO + number, None, "cname", extensions)


def rtp(
    sequence: int,
    payload: bytes = DELTA,
    *,
    timestamp: int = 0,
    ssrc: int = VIDEO_SSRC,
    payload_type: int = 96,
    marker: bool = False,
    extensions: Iterable[tuple[int, bytes]] = (),
    padding: int = 0,
) -> bytes:
    """A packet as a publisher sends it."""
    block = build_extensions(extensions)
    first = 0x80 | (0x10 if block else 0) | (0x20 if padding else 0)
    second = payload_type | (0x80 if marker else 0)
    header = bytes((first, second)) + (sequence & 0xFFFF).to_bytes(2, "big")
    header += (timestamp & 0xFFFFFFFF).to_bytes(4, "big") + ssrc.to_bytes(4, "big")
    tail = bytes(padding - 1) + bytes((padding,)) if padding else b""
    return header + block + payload + tail


@dataclass(frozen=True)
class Seen:
    """One packet as a viewer gets it."""

    header: RtpHeader
    payload: bytes
    elements: dict[int, bytes]

    @classmethod
    def of(cls, data: bytes) -> "Seen":
        header = parse_rtp(data)
        payload = data[header.payload_start : header.payload_end]
        return cls(header, payload, read_extensions(data, header))


def sent_to(session: str, action: Action) -> list[bytes]:
    """The RTP packets that one session gets of an action."""
    match action:
        case Send(to, packets) if to == session:
            return list(packets)
        case Burst(to) if to == session:
            return list(action.copies())
        case Fanout(members, packet):
            shifts = dict(zip(members.sessions, members.shifts, strict=True))
            return [packet.copy(shifts[session])] if session in shifts else []
        case _:
            return []


class Stage:
    """A forwarder with one publication and one connected viewer, and a clock."""

    def __init__(
        self,
        up: InboundSection = VIDEO_UP,
        down: OutboundSection | None = None,
    ) -> None:
        self.now = timedelta(seconds=1000)
        self.core = Forwarder(lambda limit: limit - 2)
        self.core.open_publication("up", "camera", (up,))
        self.actions: list[Action] = []
        self.watch("down", down or video_down(), up.mid)

    def watch(self, session: str, section: OutboundSection, source_mid: str = "1") -> None:
        self.core.open_subscription(session, (section,))
        self.do(self.core.attach(session, section.mid, "camera", source_mid, self.now))
        self.do(self.core.connected(session, self.now))

    def do(self, actions: Iterable[Action]) -> None:
        self.actions.extend(actions)

    def send(self, *packets: bytes, session: str = "up") -> None:
        self.do(self.core.receive(session, [(packet, self.now) for packet in packets]))

    def tick(self, by: timedelta = TICK) -> None:
        self.now += by
        self.do(self.core.tick(self.now))

    def take(self, session: str = "down") -> list[Seen]:
        """The RTP packets that a viewer got since the last time."""
        packets = [data for action in self.actions for data in sent_to(session, action)]
        self.actions = [a for a in self.actions if not isinstance(a, Fanout | Send | Burst)]
        return [Seen.of(data) for data in packets]

    def feedback(self, session: str = "up") -> list[bytes]:
        """The RTCP datagrams that a session got since the last time."""
        sent = [a for a in self.actions if isinstance(a, SendRtcp) and a.session == session]
        self.actions = [a for a in self.actions if a not in sent]
        return [action.data for action in sent]

    def heard(self, kind: type[RtcpPacket], session: str = "up") -> list[RtcpPacket]:
        """The RTCP packets of one type that a session got since the last time."""
        packets = [packet for data in self.feedback(session) for packet in parse_rtcp(data)]
        return [packet for packet in packets if isinstance(packet, kind)]

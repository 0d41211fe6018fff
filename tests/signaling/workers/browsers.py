"""aiortc peer connections as browsers, and the little SDP that they need to meet a worker."""

import math
import re
import secrets
from array import array
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.sdp import MediaDescription, SessionDescription
from av import AudioFrame, VideoFrame

from signaling.workers.messages import (
    Attach,
    Codec,
    DtlsPeer,
    Extension,
    IceCredentials,
    InboundSection,
    Inflow,
    OpenPublication,
    OpenSubscription,
    OutboundSection,
    RestartIce,
)
from tests.signaling.workers.control import Control

WIDTH, HEIGHT = 320, 240


class MovingPicture(VideoStreamTrack):
    """A bar that moves over grey, 30 times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        row = bytearray(b"\x60" * frame.planes[0].line_size)
        left = self._count * 4 % (WIDTH - 32)
        row[left : left + 32] = b"\xe0" * 32
        frame.planes[0].update(bytes(row) * HEIGHT)
        for plane in frame.planes[1:]:
            plane.update(b"\x80" * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        self._count += 1
        return frame


class Tone(AudioStreamTrack):
    """A sine of 440 Hz."""

    async def recv(self) -> AudioFrame:
        silent = await super().recv()
        frame = AudioFrame(format="s16", layout="mono", samples=silent.samples)
        step = 2 * math.pi * 440 / silent.sample_rate
        samples = (int(12000 * math.sin(step * (silent.pts + n))) for n in range(silent.samples))
        frame.planes[0].update(array("h", samples).tobytes())
        frame.sample_rate, frame.pts = silent.sample_rate, silent.pts
        frame.time_base = Fraction(1, silent.sample_rate)
        return frame


def credentials(remote: MediaDescription) -> IceCredentials:
    return IceCredentials(
        local_ufrag=secrets.token_hex(4),
        local_password=secrets.token_hex(16),
        remote_ufrag=remote.ice.usernameFragment,
        remote_password=remote.ice.password,
    )


@dataclass
class Browser:
    """One peer connection that has met a worker."""

    control: Control
    session: str
    connection: RTCPeerConnection = field(
        default_factory=lambda: RTCPeerConnection(RTCConfiguration(iceServers=[]))
    )
    tracks: dict[str, MediaStreamTrack] = field(default_factory=dict)
    sections: tuple[Any, ...] = ()
    dtls: DtlsPeer | None = None

    async def publish(self, publication: str, *, rtx: bool = True, setup: str = "passive") -> None:
        self.connection.addTrack(Tone())
        self.connection.addTrack(MovingPicture())
        offer = await self._offer()
        self.sections = tuple(inbound(media, rtx=rtx) for media in offer.media)
        ice = credentials(offer.media[0])
        self.dtls = self.dtls or dtls_of(offer, setup)
        answer = await self.control.ask(
            OpenPublication,
            session=self.session,
            room="room-1",
            epoch=1,
            publication=publication,
            ice=ice,
            dtls=self.dtls,
            sections=self.sections,
        )
        assert answer.type == "done"
        await self._answer(ice, setup, "recvonly")

    async def watch(self, publication: str, *, rtx: bool = True) -> None:
        self.connection.on("track", lambda track: self.tracks.update({track.kind: track}))
        self.connection.addTransceiver("audio", direction="recvonly")
        self.connection.addTransceiver("video", direction="recvonly")
        offer = await self._offer()
        self.sections = tuple(outbound(media, rtx=rtx) for media in offer.media)
        ice = credentials(offer.media[0])
        self.dtls = dtls_of(offer, "passive")
        await self.control.ask(
            OpenSubscription,
            session=self.session,
            room="room-1",
            epoch=1,
            ice=ice,
            dtls=self.dtls,
            sections=self.sections,
        )
        await self._answer(ice, "passive", "sendonly")
        inflows = tuple(
            Inflow(mid=section.mid, publication=publication, source_mid=section.mid)
            for section in self.sections
        )
        done = await self.control.ask(Attach, session=self.session, inflows=inflows)
        assert done.type == "done"

    async def restart(self) -> IceCredentials:
        """Ask the worker for a new ICE generation; aiortc itself goes on with the old one."""
        media = SessionDescription.parse(self.connection.localDescription.sdp).media[0]
        ice = credentials(media)
        done = await self.control.ask(RestartIce, session=self.session, ice=ice)
        assert done.type == "done"
        return ice

    async def _offer(self) -> SessionDescription:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return SessionDescription.parse(self.connection.localDescription.sdp)

    async def _answer(self, ice: IceCredentials, setup: str, direction: str) -> None:
        text = answer_text(self.control, ice, self.sections, setup, direction)
        await self.connection.setRemoteDescription(RTCSessionDescription(text, "answer"))

    async def close(self) -> None:
        await self.connection.close()


def dtls_of(offer: SessionDescription, setup: str) -> DtlsPeer:
    prints = offer.media[0].dtls.fingerprints
    return DtlsPeer(
        fingerprints=tuple((p.algorithm, p.value) for p in prints),
        worker_is_server=setup == "passive",
    )


def codecs_of(media: MediaDescription, *, rtx: bool) -> tuple[Codec, ...]:
    name = {"audio": "opus", "video": "VP8"}[media.kind]
    codec = next(c for c in media.rtp.codecs if c.name == name)
    repairs = next(
        (c.payloadType for c in media.rtp.codecs if c.parameters.get("apt") == codec.payloadType),
        None,
    )
    return (
        Codec(
            payload_type=codec.payloadType,
            name=name,
            clock_rate=codec.clockRate,
            channels=codec.channels or 1,
            rtx_payload_type=repairs if rtx else None,
            feedback=("nack", "nack pli", "goog-remb") if media.kind == "video" else (),
        ),
    )


def extensions_of(media: MediaDescription) -> tuple[Extension, ...]:
    return tuple(Extension(uri=e.uri, id=e.id) for e in media.rtp.headerExtensions)


def inbound(media: MediaDescription, *, rtx: bool) -> InboundSection:
    groups = [group.items for group in media.ssrc_group if rtx]
    return InboundSection(
        mid=media.rtp.muxId,
        kind=media.kind,
        codecs=codecs_of(media, rtx=rtx),
        extensions=extensions_of(media),
        ssrcs=(media.ssrc[0].ssrc,),
        rtx_ssrcs=tuple((first, second) for first, second in groups),
    )


def outbound(media: MediaDescription, *, rtx: bool) -> OutboundSection:
    return OutboundSection(
        mid=media.rtp.muxId,
        kind=media.kind,
        codecs=codecs_of(media, rtx=rtx),
        extensions=extensions_of(media),
        ssrc=secrets.randbelow(1 << 32),
        rtx_ssrc=secrets.randbelow(1 << 32) if rtx and media.kind == "video" else None,
        cname="daigang-test",
    )


def answer_text(
    control: Control,
    ice: IceCredentials,
    sections: tuple[InboundSection | OutboundSection, ...],
    setup: str,
    direction: str,
) -> str:
    lines = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=ice-lite"]
    lines.append("a=group:BUNDLE " + " ".join(section.mid for section in sections))
    for section in sections:
        lines += section_lines(control, ice, section, setup, direction)
    return "\r\n".join(lines) + "\r\n"


def section_lines(
    control: Control,
    ice: IceCredentials,
    section: InboundSection | OutboundSection,
    setup: str,
    direction: str,
) -> list[str]:
    (codec,) = section.codecs
    rtx = codec.rtx_payload_type
    types = f"{codec.payload_type}" + (f" {rtx}" if rtx else "")
    channels = "/2" if codec.name == "opus" else ""
    lines = [
        f"m={section.kind} 9 UDP/TLS/RTP/SAVPF {types}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        f"a={direction}",
        "a=rtcp-mux",
        f"a=setup:{setup}",
        f"a=fingerprint:sha-256 {control.hello.fingerprint}",
        f"a=ice-ufrag:{ice.local_ufrag}",
        f"a=ice-pwd:{ice.local_password}",
        f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate}{channels}",
    ]
    lines += [f"a=rtcp-fb:{codec.payload_type} {feedback}" for feedback in codec.feedback]
    lines += [f"a=extmap:{e.id} {e.uri}" for e in section.extensions]
    if rtx:
        lines += [
            f"a=rtpmap:{rtx} rtx/{codec.clock_rate}",
            f"a=fmtp:{rtx} apt={codec.payload_type}",
        ]
    if isinstance(section, OutboundSection):
        lines.append(f"a=ssrc:{section.ssrc} cname:{section.cname}")
        if section.rtx_ssrc is not None:
            lines.append(f"a=ssrc-group:FID {section.ssrc} {section.rtx_ssrc}")
            lines.append(f"a=ssrc:{section.rtx_ssrc} cname:{section.cname}")
    lines += [
        f"a=candidate:1 1 udp 2130706431 {c.address} {c.port} typ host"
        for c in control.hello.candidates
    ]
    return lines


def loudness(frame: AudioFrame) -> int:
    """The largest sample of a decoded frame."""
    return max(abs(sample) for sample in array("h", bytes(frame.planes[0])))


def bar_position(frame: VideoFrame) -> int:
    """Where the bright bar begins, or -1."""
    plane = frame.planes[0]
    start = plane.line_size * (frame.height // 2)
    row = bytes(plane)[start : start + frame.width]
    found = re.search(rb"[\xb0-\xff]{8}", row)
    return found.start() if found else -1

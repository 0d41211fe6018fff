"""An offer all the way: parsed, agreed on, told to a worker, answered."""

from typing import Final

from signaling.refusals import Refusal
from signaling.sdp.answer import answer
from signaling.sdp.parse import parse
from signaling.sdp.policy import DOWNLINK, UPLINK
from signaling.sdp.values import IceParameters
from signaling.sdp.write import write
from signaling.workers import negotiation
from signaling.workers.frames import MAX_FRAME, encode
from signaling.workers.messages import (
    Command,
    OpenPublication,
    OpenSubscription,
)
from tests.signaling.workers_control.peer import HELLO

ICE: Final = IceParameters("ourfragment", "ourpasswordourpassword")
SDP_WORDS: Final = (
    b"\r\n",
    b"\n",
    b"a=",
    b"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n",
    b"m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\n",
    b"c=IN IP6 ::\r\n",
    b"a=rtcp-fb:* nack pli\r\n",
    b"a=fmtp:96 apt=97;x=y\r\n",
    b"a=rtpmap:96 H264/90000\r\n",
    b"a=rid:h send pt=96;max-width=640\r\n",
    b"a=simulcast:send q;h,~f;a recv b\r\n",
    b"a=ssrc:1 cname:x\r\n",
    b"a=ssrc-group:FID 1 2\r\n",
    b"a=extmap:14/sendonly urn:x y\r\n",
    b"a=msid:- t\r\n",
    b"a=group:BUNDLE 0 1\r\n",
    b"a=mid:0\r\n",
    b"a=candidate:1 1 udp 1 192.0.2.9 5000 typ host x y\r\n",
    b"a=fingerprint:sha-256 AA:BB\r\n",
    b"a=sendonly\r\n",
    b"a=recvonly\r\n",
    b"99999999999999999999",
    b"-1",
    b"\xef\xbc\x91",  # a full-width digit
    b"\xe2\x80\xa8",  # a line separator
    b"\x85",
    b"\x1c",
    b"\x00",
)


def negotiate(text: str, *, going_up: bool) -> str:
    """What came of an offer; whatever was answered reads as an answer, and fits a frame."""
    policy = UPLINK if going_up else DOWNLINK
    try:
        agreement = negotiation.agree_on(text, policy)
    except Refusal as refusal:
        return str(refusal.parameters["rule"])
    answerer = negotiation.answerer(HELLO, ICE)
    ice = negotiation.credentials(ICE, agreement.ice)
    dtls = negotiation.dtls_peer(agreement)
    streams = () if going_up else negotiation.outgoing(agreement, "cname")
    command: Command
    if going_up:
        sections = tuple(map(negotiation.inbound, agreement.sections))
        command = OpenPublication(
            request=1,
            session="s",
            room="r",
            epoch=1,
            publication="p",
            ice=ice,
            dtls=dtls,
            sections=sections,
        )
    else:
        pairs = zip(agreement.sections, streams, strict=True)
        command = OpenSubscription(
            request=1,
            session="s",
            room="r",
            epoch=1,
            ice=ice,
            dtls=dtls,
            sections=tuple(negotiation.outbound(section, out) for section, out in pairs),
        )
    assert len(encode(command)) < MAX_FRAME
    described = parse(write(answer(agreement, answerer, policy, streams)))
    assert len(described.media) == len(agreement.sections)
    return f"{len(agreement.sections)} {[len(section.codecs) for section in agreement.sections]}"

"""Everything pure that reads foreign bytes, each with real inputs to start from."""

import struct
from datetime import timedelta
from typing import Final

from pydantic import ValidationError

from signaling.engine import media_door
from signaling.forwarding import h264, rtcp_build, vp8
from signaling.forwarding.keyframes import starts_key_frame
from signaling.forwarding.rtcp import ReportBlock, SenderReport, parse_rtcp
from signaling.forwarding.rtp import (
    MalformedPacket,
    is_rtcp,
    parse_rtp,
    read_extensions,
    restore_from_rtx,
)
from signaling.grants import GrantSigner, new_grant
from signaling.ice.agent import Answer, IceAgent
from signaling.ice.stun import Address, Attribute, StunError, build_stun, parse_stun
from signaling.refusals import BodyMalformed, Refusal
from signaling.rooms.messages.client import CLIENT_MESSAGES
from signaling.transport.framing import Deframer, EmptyFrameError, FrameTooLongError, framed
from signaling.workers import negotiation
from signaling.workers.preconditions import require_match
from tests.signaling.endpoints.house import NOW
from tests.signaling.forwarding.h264_units import fragments, pps, slice_of, sps, stap
from tests.signaling.forwarding.packets import DELTA, KEY, MID, REST, RID, Stage, rtp
from tests.signaling.fuzz import hub, recordings
from tests.signaling.fuzz.campaign import Target
from tests.signaling.fuzz.offers import SDP_WORDS, negotiate
from tests.signaling.ice.requests import HERE, NEXT, OURS, check
from tests.signaling.sdp.offers import NAMES, offer

BLOCK: Final = ReportBlock(0xAAAA, 12, 345, 0x10203, 400, 0x11223344, 500)
SENT: Final = SenderReport(0x1111, 0x83AA7E80_00000000, 90_000, 100, 12_345, (BLOCK,))
SIGNER: Final = GrantSigner(b"a key of the tests, nothing else")
RESTART: Final = b"a=ice-ufrag:newfragment\r\na=ice-pwd:newpasswordnewpasswordnew\r\n"


def stun(data: bytes) -> str:
    """A message to an agent: whatever is answered is no longer than what came."""
    try:
        message = parse_stun(data)
        agent = IceAgent[Address](OURS, now=timedelta())
        agent.restart(NEXT)
        result = agent.receive(message, HERE, HERE, timedelta(seconds=1))
    except StunError as error:
        return str(error)
    if isinstance(result, Answer):
        assert len(result.data) <= len(data)
        parse_stun(result.data)
        return f"answer {result.valid} {len(result.data)}"
    return result.reason


def signed(data: bytes) -> str:
    """Attributes that somebody with the password may send: the answer never amplifies either."""
    attributes = []
    position = 0
    while position + 3 <= len(data):
        size = data[position + 2] & 0x1F
        kind = int.from_bytes(data[position : position + 2], "big")
        if kind not in (Attribute.MESSAGE_INTEGRITY, Attribute.FINGERPRINT):
            attributes.append((kind, data[position + 3 : position + 3 + size]))
        position += 3 + size
    username = (int(Attribute.USERNAME), f"{OURS.local_ufrag}:{OURS.remote_ufrag}".encode())
    listed = (username, *attributes)
    return stun(build_stun(1, bytes(12), listed, OURS.local_password))  # type: ignore[arg-type]


def packet(data: bytes) -> str:
    """RTP or RTCP, its header extensions, the packet inside a retransmission, its payload."""
    try:
        if is_rtcp(data):
            return " ".join(sorted({type(one).__name__ for one in parse_rtcp(data)}))
        header = parse_rtp(data)
        elements = read_extensions(data, header)
        restore_from_rtx(data, header, 96, 0x1111)
    except MalformedPacket as error:
        return str(error)
    assert 12 <= header.csrc_end <= header.payload_start <= header.payload_end <= len(data)
    assert all(len(value) <= 255 for value in elements.values())
    return f"{header.marker} {sorted(elements)} {payload(data[header.payload_start :])}"


def payload(data: bytes) -> str:
    """What is said about a picture by its payload."""
    sets = h264.ParameterSets()
    sets.seen(stap([sps(), pps()]))
    sets.seen(data)
    assert sets.size <= 1000
    inserted = sets.insertion(data, has_sets_in_frame=False)
    said = (
        starts_key_frame("vp8", data),
        starts_key_frame("h264", data),
        vp8.size_of(data) is not None,
        h264.size_of(data) is not None,
        h264.has_b_slices(data),
        len(inserted or b""),
        sets.size,
    )
    descriptor = vp8.read(data)
    assert descriptor is None or descriptor.size <= len(data)
    return f"{descriptor and descriptor[:3]} {h264.kinds(data)[:4]} {said}"


def sdp(data: bytes) -> str:
    """An offer, as far as the answer and what the worker is told."""
    return " ".join(negotiate(data.decode(errors="replace"), going_up=up) for up in (True, False))


def sdpfrag(data: bytes) -> str:
    """The body of a PATCH."""
    try:
        fragment = negotiation.read_fragment(data.decode(errors="replace"))
    except BodyMalformed as refusal:
        return str(refusal.parameters["rule"])
    return f"{fragment.ice is not None} {len(fragment.candidates)} {fragment.end_of_candidates}"


def stream(data: bytes) -> str:
    """Frames of a TCP connection, in pieces."""
    deframer = Deframer(548)
    frames = []
    try:
        for at in range(0, len(data), 7):
            frames += deframer.feed(data[at : at + 7])
    except FrameTooLongError:
        return f"{len(frames)} too long"
    except EmptyFrameError:
        return f"{len(frames)} empty"
    assert len(deframer._buffer) < 550
    return f"{len(frames)}"


def room_message(data: bytes) -> str:
    """A frame of the room socket."""
    try:
        return type(CLIENT_MESSAGES.validate_json(data)).__name__
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{first['type']} {first['loc'][:1]}"


def headers(data: bytes) -> str:
    """A bearer token, an If-Match, and the name of a publication in a query."""
    text = data.decode("latin-1")
    said = []
    readers = (SIGNER.read, lambda it: require_match(it, "etag"), media_door._name)
    for read in readers:
        try:
            read(text)
            said.append("taken")
        except Refusal as refusal:
            said.append(refusal.code)
    return " ".join(said)


def forwarder(data: bytes) -> str:
    """Datagrams of a publisher and of a viewer, and time: what a viewer gets is RTP or RTCP."""
    stage = Stage()
    position = 0
    while position + 3 <= len(data):
        turn, size = data[position], int.from_bytes(data[position + 1 : position + 3], "big")
        datagram = data[position + 3 : position + 3 + size]
        stage.send(datagram, session="down" if turn & 1 else "up")
        if turn & 2:
            stage.tick()
        position += 3 + size
    stage.tick()
    got = stage.take()
    for session in ("up", "down"):
        for told in stage.feedback(session):
            parse_rtcp(told)
    return f"{len(got)} {sorted(stage.core.drops)} {sorted(got[-1].elements) if got else ()}"


def _turns(*datagrams: bytes) -> bytes:
    """What `forwarder` reads: every third datagram is the viewer's."""
    return b"".join(
        bytes((1 if number % 3 == 2 else 2,)) + len(one).to_bytes(2, "big") + one
        for number, one in enumerate(datagrams)
    )


def _compound() -> bytes:
    return (
        rtcp_build.sender_report(SENT)
        + rtcp_build.source_description(1, "cname")
        + rtcp_build.nack(1, 0x1111, [5, 6, 9, 200])
        + rtcp_build.picture_loss(1, 0x1111)
    )


STUN_SEEDS = (
    check(),
    check(NEXT, nominate=True),
    check(role=Attribute.ICE_CONTROLLED),
    check(more=((0x7777, b"required"), (0x8022, b"software"))),
    check(username="ours:" + "x" * 300),
)
PAYLOADS = (
    KEY,
    DELTA,
    REST,
    b"\x90\xf0\x85\x00\x01\x20\x00" + bytes(30),
    b"\x10\x50\x0f\x00\x9d\x01\x2a\x00\x05\xd0\x02",
    sps(),
    pps(),
    stap([sps(), pps(), slice_of(5, 7)]),
    slice_of(1, 6),
    *fragments(slice_of(5, 7)),
    bytes.fromhex("67f4001e919680a42fe1088840000003004000000f03c58ba8"),
    bytes.fromhex("67640015acd941b1fe4e10000003001000000303c0f162d960"),
)
PACKETS = (
    *(rtp(number, payload, timestamp=number) for number, payload in enumerate(PAYLOADS)),
    rtp(7, KEY, extensions=((4, b"1"), (10, b"f"), (3, b"\x00\x07")), marker=True),
    rtp(8, KEY, extensions=((4, MID.encode()), (10, RID.encode())), padding=9),
    rtp(9, struct.pack("!H", 3) + DELTA, payload_type=97),
    rtcp_build.receiver_report(1, [BLOCK] * 31),
    rtcp_build.receiver_estimate(1, 1_500_000, [0x1111, 0x2222]),
    b"\x84\xce\x00\x04" + bytes(8) + struct.pack("!IBxxx", 0x1111, 7),  # FIR
    b"\x81\xcb\x00\x01" + bytes(4),  # BYE
    _compound(),
)
TURNS = (
    _turns(*PACKETS),
    _turns(
        rtp(1, KEY),
        rtp(2, DELTA, timestamp=9),
        rtcp_build.nack(1, 0xAAAA, [1, 2, 3]),
        rtp(60_000, DELTA, ssrc=0x5555, extensions=((4, b"1"), (10, b"h"))),
        rtp(3, struct.pack("!H", 1) + KEY, ssrc=0x3333, payload_type=97),
        rtcp_build.picture_loss(1, 0xAAAA),
    ),
)
FRAGMENTS = (
    RESTART,
    b"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" + RESTART,
    (
        b"a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
        b"m=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
        b"a=candidate:1 1 udp 1 192.0.2.9 5000 typ host generation 0\r\na=end-of-candidates\r\n"
    ),
)
MESSAGES = (
    b'{"type":"hello","version":1,"token":"abc","device":"12345678","last_seen":3}',
    b'{"type":"device-state","camera":"working","microphone":"missing"}',
    b'{"type":"set-limits","limits":[{"mid":"1","height":180},{"mid":"2","height":null}]}',
    b'{"type":"send-chat","text":"\\u4f60\\ud83d\\ude00","key":"k","to":null}',
    b'{"type":"end","outcome":"done"}',
    b'{"type":"ping","nonce":9007199254740991}',
)


def _tokens() -> tuple[bytes, ...]:
    grant = new_grant(room="r", participant="p", action="publish", name="N", role="panel", now=NOW)
    odd = {"id": 1, "room": None, "expires_at": 10**30, "action": "publish", "role": "panel"}
    forged = SIGNER._serializer.dumps({**odd, "participant": [], "name": {}, "source": "camera"})
    return (
        SIGNER.sign(grant).encode(),
        str(forged).encode(),
        b'"etag"',
        b'W/"etag", *',
        b"42:camera",
    )


TARGETS: Final = (
    Target("stun", STUN_SEEDS, stun, (b"\x21\x12\xa4\x42", b"\x00\x06", b"ours:theirs")),
    Target(
        "stun-signed",
        (b"\x00\x25\x00\x00\x24\x04abcd\x80\x2a\x08abcdefgh", b"\x77\x77\x00" * 40),
        signed,
        (b"\x77\x77\x04full", b"\x80\x29\x00"),
        800,
    ),
    Target(
        "packet", PACKETS, packet, (b"\xbe\xde", b"\x10\x00", b"\x80\xc8", b"REMB", b"\x8f\xce")
    ),
    Target("payload", PAYLOADS, payload, (b"\x00\x00\x03", b"\x78\x00\x04", b"\x7c\x85", b"\x67")),
    Target("forwarder", TURNS, forwarder, (b"\x02\x00\x0e", b"\xbe\xde\x00\x01"), 6000),
    Target("recording", recordings.FRAMES, recordings.recording, recordings.WORDS, 6000),
    Target("hub", hub.CONVERSATIONS, hub.hub, hub.WORDS, 6000),
    Target("sdp", tuple(offer(name).encode() for name in NAMES), sdp, SDP_WORDS, most=256 * 1024),
    Target("sdpfrag", FRAGMENTS, sdpfrag, SDP_WORDS, most=256 * 1024),
    Target(
        "stream",
        (framed(check()) + framed(b"x") + framed(b""), framed(bytes(548))),
        stream,
        (b"\x00\x01a",),
    ),
    Target(
        "room-message",
        MESSAGES,
        room_message,
        (b'"type":', b"null", b"1e999", b"[[[[", b'{"', b"\\ud800", b"-0", b"9" * 40),
        most=16 * 1024,
    ),
    Target("headers", _tokens(), headers, (b".", b'"', b"*", b"=", b"\xff"), most=4096),
)

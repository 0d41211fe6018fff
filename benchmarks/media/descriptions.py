"""The SDP of the crowd: offers with Chromium's numbers, answers to Janus, and what replies say."""

import re
from dataclasses import dataclass
from typing import Final

PORT: Final = 5000  # of every member of the crowd
MID: Final = 4  # ids of header extensions, as Chromium 156 numbers them
ABS_SEND_TIME: Final = 2
TRANSPORT_CC: Final = 3
AUDIO_LEVEL: Final = 1
RID: Final = 10
OPUS: Final = 111
PAYLOAD_TYPES: Final = {"vp8": 96, "h264": 108}
RTX: Final = {96: 97, 108: 109}
NAMES: Final = {"vp8": "VP8", "h264": "H264"}
H264: Final = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


@dataclass(frozen=True, slots=True)
class Remote:
    """What we need to know of the server's side of one session."""

    ufrag: str
    password: str
    fingerprints: tuple[tuple[str, str], ...]
    address: tuple[str, int]
    ssrcs: tuple[int, ...]  # of the first stream of each section, 0 where it names none


def read(text: str) -> Remote:
    """The server's side, as an offer or answer of it states it."""
    candidates = re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", text, re.IGNORECASE)
    host, port = next(found for found in candidates if "." in found[0])
    sections = re.split(r"(?m)^m=", text)[1:]
    streams = (re.search(r"a=ssrc:(\d+)", section) for section in sections)
    return Remote(
        ufrag=_value(text, "ice-ufrag"),
        password=_value(text, "ice-pwd"),
        fingerprints=(tuple(_value(text, "fingerprint").split(" ", 1)),),  # type: ignore[arg-type]
        address=(host, int(port)),
        ssrcs=tuple(int(found[1]) if found else 0 for found in streams),
    )


def _value(text: str, name: str) -> str:
    found = re.search(rf"(?m)^a={name}:(.*?)\r?$", text)
    if found is None:
        raise ValueError(f"no {name} in the server's description")
    return found[1].strip()


def offer(
    ufrag: str,
    password: str,
    fingerprint: str,
    *,
    codecs: tuple[str, ...],
    direction: str,
    ssrcs: tuple[int, int, int] | None = None,
    rids: tuple[str, ...] = (),
) -> str:
    """An offer of one audio and one video section; `ssrcs` are of audio, video and its RTX.

    Of simulcast layers, `rids`, Chromium names no SSRC.
    """
    head = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
    head += ["a=extmap-allow-mixed", "a=msid-semantic: WMS"]
    transport = [
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        "a=ice-options:trickle",
        f"a=fingerprint:sha-256 {fingerprint}",
        "a=setup:actpass",
    ]
    audio = ["m=audio 9 UDP/TLS/RTP/SAVPF 111", *transport, *_audio(direction)]
    numbers = [PAYLOAD_TYPES[codec] for codec in codecs]
    types = " ".join(f"{number} {RTX[number]}" for number in numbers)
    video = [f"m=video 9 UDP/TLS/RTP/SAVPF {types}", *transport, *_video(direction, codecs, rids)]
    if ssrcs is not None:
        audio += [f"a=ssrc:{ssrcs[0]} cname:crowd", "a=msid:crowd sound"]
        video += ["a=msid:crowd picture", f"a=ssrc-group:FID {ssrcs[1]} {ssrcs[2]}"]
        video += [f"a=ssrc:{ssrc} cname:crowd" for ssrc in ssrcs[1:]]
    return "\r\n".join([*head, *audio, *video]) + "\r\n"


def _extensions(*more: tuple[int, str]) -> list[str]:
    common = (
        (ABS_SEND_TIME, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
        (
            TRANSPORT_CC,
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        ),
        (MID, "urn:ietf:params:rtp-hdrext:sdes:mid"),
    )
    return [f"a=extmap:{number} {uri}" for number, uri in (*more, *common)]


def _audio(direction: str) -> list[str]:
    return [
        "a=mid:0",
        *_extensions((AUDIO_LEVEL, "urn:ietf:params:rtp-hdrext:ssrc-audio-level")),
        f"a={direction}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=rtpmap:111 opus/48000/2",
        "a=rtcp-fb:111 transport-cc",
        "a=rtcp-fb:111 nack",
        "a=fmtp:111 minptime=10;useinbandfec=1",
    ]


def _video(direction: str, codecs: tuple[str, ...], rids: tuple[str, ...]) -> list[str]:
    more = ((RID, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),) if rids else ()
    lines = ["a=mid:1", *_extensions((13, "urn:3gpp:video-orientation"), *more)]
    lines += [f"a={direction}", "a=rtcp-mux", "a=rtcp-rsize"]
    for codec in codecs:
        number = PAYLOAD_TYPES[codec]
        lines.append(f"a=rtpmap:{number} {NAMES[codec]}/90000")
        feedback = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
        lines += [f"a=rtcp-fb:{number} {kind}" for kind in feedback]
        lines += [f"a=fmtp:{number} {H264}"] if codec == "h264" else []
        lines += [f"a=rtpmap:{RTX[number]} rtx/90000", f"a=fmtp:{RTX[number]} apt={number}"]
    lines += [f"a=rid:{rid} send" for rid in rids]
    lines += [f"a=simulcast:send {';'.join(rids)}"] if rids else []
    return lines


def answer(text: str, ufrag: str, password: str, fingerprint: str, host: str) -> str:
    """A viewer's answer to that offer: all that it offers is taken, we start DTLS."""
    kept = ("mid", "rtpmap", "fmtp", "rtcp-fb", "extmap", "rtcp-mux")
    lines = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    group = re.search(r"(?m)^a=group:BUNDLE.*?\r?$", text)
    lines += [group[0].strip()] if group else []
    for section in re.split(r"(?m)^m=", text)[1:]:
        first, *rest = section.splitlines()
        media, _, protocol, *types = first.split()
        lines.append(f"m={media} 9 {protocol} {' '.join(types)}")
        lines += [
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{ufrag}",
            f"a=ice-pwd:{password}",
            f"a=fingerprint:sha-256 {fingerprint}",
            "a=setup:active",
            f"a=candidate:1 1 udp 2122260223 {host} {PORT} typ host",
            "a=end-of-candidates",
            "a=recvonly",
        ]
        names = tuple(f"a={name}" for name in kept)
        lines += [line for line in rest if line.startswith(names)]
    return "\r\n".join(lines) + "\r\n"

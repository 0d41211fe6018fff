"""Which stream a packet belongs to: MID and RID extensions, then a=ssrc, then payload type."""

from typing import Final, NamedTuple

from signaling.forwarding.negotiated import Codec, InboundSection
from signaling.forwarding.rtp import RtpHeader, read_extensions

MID: Final = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID: Final = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID: Final = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
MOST_STREAMS: Final = 32  # SSRCs learned in one session; a browser uses six at most


class Stream(NamedTuple):
    """What one SSRC is: media, or the retransmissions of `repairs`."""

    mid: str
    rid: str
    repairs: int | None = None


class TooManyStreams(Exception):  # noqa: N818  a refusal, not a fault
    """The peer invents SSRCs without end."""


class StreamIdentifier:
    """Learns the SSRCs of one session (RFC 9143 §9.2, RFC 8852)."""

    def __init__(self, sections: tuple[InboundSection, ...]) -> None:
        self._sections = {section.mid: section for section in sections}
        self._numbers = {
            extension.uri: extension.id for section in sections for extension in section.extensions
        }
        self._learned: dict[int, Stream] = {}
        self._declared = _declared(sections)
        self._repairs = {
            (section.mid, rtx): media for section in sections for media, rtx in section.rtx_ssrcs
        }

    def identify(self, data: bytes, header: RtpHeader) -> Stream | None:
        """The stream of a packet; raises MalformedPacket and TooManyStreams."""
        known = self._learned.get(header.ssrc)
        if known is not None:
            return known
        stream = self._recognise(data, header)
        if stream is not None:
            if len(self._learned) >= MOST_STREAMS:
                raise TooManyStreams
            self._learned[header.ssrc] = stream
        return stream

    def _recognise(self, data: bytes, header: RtpHeader) -> Stream | None:
        elements = read_extensions(data, header)
        section = self._sections.get(self._text(elements, MID))
        declared = self._declared.get(header.ssrc)
        if section is None and declared is not None:
            return declared
        section = section or self._by_payload_type(header.payload_type)
        if section is None:
            return None
        if _is_retransmission(section, header.payload_type):
            return self._repair(section, header.ssrc, self._text(elements, REPAIRED_RID))
        return Stream(section.mid, self._text(elements, RID))

    def _text(self, elements: dict[int, bytes], uri: str) -> str:
        return elements.get(self._numbers.get(uri, 0), b"").decode(errors="replace")

    def _by_payload_type(self, payload_type: int) -> InboundSection | None:
        """The only section that uses this payload type, if it is only one."""
        found = [
            section
            for section in self._sections.values()
            if any(payload_type in (c.payload_type, c.rtx_payload_type) for c in section.codecs)
        ]
        return found[0] if len(found) == 1 else None

    def _repair(self, section: InboundSection, ssrc: int, rid: str) -> Stream | None:
        """The stream that an RTX stream repairs: by a=ssrc-group, by RID, or as the only one."""
        grouped = self._repairs.get((section.mid, ssrc))
        if grouped is not None:
            return Stream(section.mid, rid, grouped)
        media_streams = {
            known: stream
            for known, stream in self._learned.items()
            if stream.mid == section.mid and stream.repairs is None
        }
        matching = [known for known, stream in media_streams.items() if stream.rid == rid]
        if matching:
            return Stream(section.mid, rid, matching[-1])
        return None


def _declared(sections: tuple[InboundSection, ...]) -> dict[int, Stream]:
    declared: dict[int, Stream] = {}
    for section in sections:
        declared.update((ssrc, Stream(section.mid, "")) for ssrc in section.ssrcs)
        declared.update((rtx, Stream(section.mid, "", media)) for media, rtx in section.rtx_ssrcs)
    return declared


def _is_retransmission(section: InboundSection, payload_type: int) -> bool:
    return any(codec.rtx_payload_type == payload_type for codec in section.codecs)


def codec_of(section: InboundSection, payload_type: int) -> Codec | None:
    """The codec whose media or retransmissions have this payload type."""
    for codec in section.codecs:
        if payload_type in (codec.payload_type, codec.rtx_payload_type):
            return codec
    return None

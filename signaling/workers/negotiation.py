"""SDP on one side, the worker's messages on the other: the only place that knows both."""

import secrets
from base64 import b64encode
from functools import lru_cache

from signaling.refusals import BodyMalformed, OfferUnsupported
from signaling.sdp.agreement import AgreedSection, Agreement
from signaling.sdp.answer import Answerer, Outgoing, host_candidates
from signaling.sdp.codecs import AgreedCodec
from signaling.sdp.errors import MalformedSdpError, UnsupportedSdpError
from signaling.sdp.forms import agreed
from signaling.sdp.fragment import Fragment, parse_fragment
from signaling.sdp.policy import Policy
from signaling.sdp.values import Fingerprint, HeaderExtension, IceParameters
from signaling.sdp.write import format_parameters
from signaling.workers.messages import (
    Codec,
    DtlsPeer,
    Extension,
    Hello,
    IceCredentials,
    InboundSection,
    Kind,
    OutboundSection,
)

_UFRAG_BYTES = 12  # a worker finds its peer by it: 96 bits, 16 characters
_PASSWORD_BYTES = 24  # RFC 8445 §5.3 wants 128 bits: 192, 32 characters
_SSRC_BITS = 32
_MOST_REMEMBERED = 64  # lists of codecs: some kinds of browsers, a few kinds of sections each


def agree_on(offer_text: str, policy: Policy) -> Agreement:
    """What both sides agree on.

    Raises:
        BodyMalformed: the text is no SDP.
        OfferUnsupported: it cannot be answered in full.
    """
    try:
        return agreed(offer_text, policy)
    except MalformedSdpError as error:
        raise BodyMalformed(line=error.line, rule=error.rule) from error
    except UnsupportedSdpError as error:
        raise OfferUnsupported(line=error.line, rule=error.rule) from error


def read_fragment(text: str) -> Fragment:
    """The fragment of a PATCH.

    Raises:
        BodyMalformed: the text is no SDP fragment.
    """
    try:
        return parse_fragment(text)
    except MalformedSdpError as error:
        raise BodyMalformed(line=error.line, rule=error.rule) from error


def new_ice() -> IceParameters:
    """A fresh fragment and password of ours."""
    return IceParameters(_random_text(_UFRAG_BYTES), _random_text(_PASSWORD_BYTES))


def _random_text(size: int) -> str:
    """So many random bytes in ice-chars, which are the letters of base 64 (RFC 8839 §5.4)."""
    return b64encode(secrets.token_bytes(size)).decode()


def answerer(hello: Hello, ice: IceParameters) -> Answerer:
    """The worker as an answer states it."""
    return Answerer(
        session_id=secrets.randbits(62),
        ice=ice,
        fingerprint=Fingerprint("sha-256", hello.fingerprint),
        candidates=host_candidates(
            (candidate.address, candidate.port, candidate.protocol)
            for candidate in hello.candidates
        ),
    )


def credentials(ours: IceParameters, theirs: IceParameters) -> IceCredentials:
    """Both sides of one ICE generation."""
    return IceCredentials(
        local_ufrag=ours.ufrag,
        local_password=ours.password,
        remote_ufrag=theirs.ufrag,
        remote_password=theirs.password,
    )


def dtls_peer(agreement: Agreement) -> DtlsPeer:
    """Who the peer is and which side starts."""
    return DtlsPeer(
        fingerprints=tuple((known.algorithm, known.value) for known in agreement.fingerprints),
        worker_is_server=not agreement.we_start_dtls,
    )


def kind_of(section: AgreedSection) -> Kind:
    """The kind of an agreed section: no other kinds are agreed on."""
    return "audio" if section.kind == "audio" else "video"


def inbound(section: AgreedSection) -> InboundSection:
    """One section that media comes up in."""
    return InboundSection(
        mid=section.mid,
        kind=kind_of(section),
        codecs=_codecs(section.codecs),
        extensions=_extensions(section.extensions),
        ssrcs=section.ssrcs,
        rtx_ssrcs=section.rtx_ssrcs,
        rids=section.layers,
    )


def outbound(section: AgreedSection, stream: Outgoing) -> OutboundSection:
    """One section that media goes down in."""
    return OutboundSection(
        mid=section.mid,
        kind=kind_of(section),
        codecs=_codecs(section.codecs),
        extensions=_extensions(section.extensions),
        ssrc=stream.ssrc,
        rtx_ssrc=stream.rtx_ssrc,
        cname=stream.cname,
    )


def outgoing(agreement: Agreement, cname: str) -> tuple[Outgoing, ...]:
    """Our streams for every section.

    The n-th audio and the n-th video section share a MediaStream, so that a browser plays what
    is attached to them in step.
    """
    used: set[int] = set()
    places = {"audio": 0, "video": 0}
    streams = []
    for section in agreement.sections:
        place = places[section.kind]
        places[section.kind] += 1
        has_rtx = any(agreed.rtx_payload_type is not None for agreed in section.codecs)
        streams.append(
            Outgoing(
                ssrc=_new_ssrc(used),
                rtx_ssrc=_new_ssrc(used) if has_rtx else None,
                cname=cname,
                stream=f"stream-{place}",
                track=f"{section.kind}-{place}",
            )
        )
    return tuple(streams)


def _new_ssrc(used: set[int]) -> int:
    while (ssrc := secrets.randbits(_SSRC_BITS)) in used or not ssrc:
        pass
    used.add(ssrc)
    return ssrc


@lru_cache(_MOST_REMEMBERED)
def _codecs(agreed: tuple[AgreedCodec, ...]) -> tuple[Codec, ...]:
    return tuple(map(_codec, agreed))


def _codec(agreed: AgreedCodec) -> Codec:
    codec = agreed.codec
    return Codec.model_validate(
        {
            "payload_type": codec.payload_type,
            "name": codec.name,
            "clock_rate": codec.clock_rate,
            "channels": codec.channels,
            "rtx_payload_type": agreed.rtx_payload_type,
            "format_parameters": format_parameters(codec),
            "feedback": codec.feedback,
        }
    )


@lru_cache(_MOST_REMEMBERED)
def _extensions(agreed: tuple[HeaderExtension, ...]) -> tuple[Extension, ...]:
    return tuple(Extension(uri=known.uri, id=known.id) for known in agreed)

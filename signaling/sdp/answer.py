"""An agreement and who we are -> the answer (RFC 9725 §4.2, RFC 8829 §5.3)."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from signaling.sdp.agreement import AgreedSection, Agreement
from signaling.sdp.codecs import AgreedCodec
from signaling.sdp.model import MediaSection, Session, Transport
from signaling.sdp.policy import Policy
from signaling.sdp.values import (
    Codec,
    Fingerprint,
    IceCandidate,
    IceParameters,
    Layer,
    Origin,
    Simulcast,
    Source,
    SourceGroup,
    StreamId,
)

ICE_OPTIONS = ("trickle",)  # candidates that come later are accepted, and not needed
_HOST_PREFERENCE = {"udp": 126, "tcp": 90}  # RFC 8421 §4, RFC 6544 §4.2: UDP before TCP
_MOST_ADDRESSES = 64  # that are remembered; the same workers answer every offer
_MOST_CODECS = 64  # lists of them: some kinds of browsers, a few kinds of sections each
_ONLY_COMPONENT = 1  # RTP and RTCP share it (RFC 8858)


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers: one ICE generation, one certificate, the addresses that lead to it."""

    session_id: int  # of o=, below 2**63
    ice: IceParameters
    fingerprint: Fingerprint
    candidates: tuple[IceCandidate, ...]

    def transport(self) -> Transport:
        """ICE as the first section of an answer or fragment states it."""
        return Transport(
            ice=self.ice,
            ice_options=ICE_OPTIONS,
            candidates=self.candidates,
            end_of_candidates=True,
        )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What we will send in one section: our SSRCs, and the stream and track they belong to."""

    ssrc: int
    rtx_ssrc: int | None
    cname: str
    stream: str
    track: str


def host_candidates(addresses: Iterable[tuple[str, int, str]]) -> tuple[IceCandidate, ...]:
    """Candidates for (address, port, protocol), the first the most wanted (RFC 8445 §5.1.2)."""
    return tuple(
        IceCandidate(
            foundation=str(index + 1),
            component=_ONLY_COMPONENT,
            transport=protocol,
            priority=(_HOST_PREFERENCE[protocol] << 24)
            + ((0xFFFF - index) << 8)
            + (256 - _ONLY_COMPONENT),
            address=address,
            port=port,
            type="host",
            extensions=(("tcptype", "passive"),) if protocol == "tcp" else (),
        )
        for index, (address, port, protocol) in enumerate(addresses)
    )


def answer(
    agreement: Agreement,
    answerer: Answerer,
    policy: Policy,
    outgoing: tuple[Outgoing, ...] = (),
) -> Session:
    """The answer to an offer; `outgoing` has one entry a section if we send, none if we receive."""
    mids = tuple(section.mid for section in agreement.sections)
    sent = outgoing or (None,) * len(mids)
    return Session(
        origin=Origin("-", answerer.session_id, 1, "IN", "IP4", "0.0.0.0"),  # noqa: S104  no socket
        groups=(("BUNDLE", mids),) if agreement.is_bundled else (),
        transport=Transport(ice_lite=True),
        extmap_allow_mixed=agreement.allows_mixed_extensions,
        media=tuple(
            _media(section, _transport(agreement, answerer, is_first=index == 0), policy, stream)
            for index, (section, stream) in enumerate(zip(agreement.sections, sent, strict=True))
        ),
    )


def _transport(agreement: Agreement, answerer: Answerer, *, is_first: bool) -> Transport:
    return Transport(
        ice=answerer.ice,
        ice_options=ICE_OPTIONS,
        fingerprints=(answerer.fingerprint,),
        setup="active" if agreement.we_start_dtls else "passive",
        candidates=answerer.candidates if is_first else (),
        end_of_candidates=is_first,
    )


def _media(
    section: AgreedSection, transport: Transport, policy: Policy, stream: Outgoing | None
) -> MediaSection:
    codecs = _stated(section.codecs)
    address, port = default_destination(transport.candidates)
    return MediaSection(
        kind=section.kind,
        port=port,
        protocol=section.protocol,
        formats=tuple(str(codec.payload_type) for codec in codecs),
        address=address,
        mid=section.mid,
        direction=policy.answers,
        transport=transport,
        codecs=codecs,
        extensions=section.extensions,
        stream_ids=(StreamId(stream.stream, stream.track),) if stream else (),
        sources=_sources(stream) if stream else (),
        source_groups=_groups(stream) if stream else (),
        rids=section.rids,
        simulcast=_simulcast(section),
        rtcp_mux=True,
        rtcp_mux_only=True,
        rtcp_rsize=section.has_reduced_size_rtcp,
    )


def default_destination(candidates: tuple[IceCandidate, ...]) -> tuple[str, int]:
    """Address and port for c= and m=: UDP, and IPv4 if possible (RFC 8839 §4.2.1.2)."""
    usable = [
        candidate
        for candidate in candidates
        if candidate.transport == "udp" and _version(candidate.address) is not None
    ]
    usable.sort(key=lambda candidate: _version(candidate.address) or 0)
    return (usable[0].address, usable[0].port) if usable else ("0.0.0.0", 9)  # noqa: S104  "none"


@lru_cache(_MOST_ADDRESSES)
def _version(address: str) -> int | None:
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return None  # a host name (RFC 8839 §5.1 allows it)


@lru_cache(_MOST_CODECS)
def _stated(agreed: tuple[AgreedCodec, ...]) -> tuple[Codec, ...]:
    """Each codec, and its retransmissions behind it."""
    return tuple(line for one in agreed for line in _lines(one))


def _lines(agreed: AgreedCodec) -> Iterable[Codec]:
    yield agreed.codec
    if agreed.rtx_payload_type is not None:
        yield Codec(
            payload_type=agreed.rtx_payload_type,
            name="rtx",
            clock_rate=agreed.codec.clock_rate,
            parameters=(("apt", str(agreed.codec.payload_type)),),
        )


def _simulcast(section: AgreedSection) -> Simulcast | None:
    """None of the layers paused: a publisher may begin with any of them (RFC 8853 §5.3)."""
    streams = tuple((Layer(rid.id),) for rid in section.rids)
    return Simulcast(receive=streams) if streams else None


def _sources(stream: Outgoing) -> tuple[Source, ...]:
    ssrcs = (stream.ssrc,) if stream.rtx_ssrc is None else (stream.ssrc, stream.rtx_ssrc)
    return tuple(Source(ssrc, (("cname", stream.cname),)) for ssrc in ssrcs)


def _groups(stream: Outgoing) -> tuple[SourceGroup, ...]:
    if stream.rtx_ssrc is None:
        return ()
    return (SourceGroup("FID", (stream.ssrc, stream.rtx_ssrc)),)

"""An offer and a policy -> what both sides agree on, or the reason why there is no answer."""

from dataclasses import dataclass

from signaling.sdp.codecs import AgreedCodec, agree
from signaling.sdp.errors import UnsupportedSdpError
from signaling.sdp.model import MediaSection, Session, Transport
from signaling.sdp.policy import RID, Media, Policy
from signaling.sdp.simulcast import as_offered, layers
from signaling.sdp.values import (
    Codec,
    Direction,
    Fingerprint,
    HeaderExtension,
    IceParameters,
    Rid,
)

_PROTOCOLS = frozenset({"UDP/TLS/RTP/SAVPF", "TCP/TLS/RTP/SAVPF"})  # RFC 8829 §5.1.2
_ONE_BYTE_IDS = range(1, 15)  # RFC 8285 §4.2; our own packets use one-byte headers only
_LONGEST_MID = 16  # what a one-byte header extension holds
_NO_STREAM = "-"
_MIRRORED: dict[Direction, Direction] = {"recvonly": "sendonly", "sendonly": "recvonly"}


@dataclass(frozen=True, slots=True)
class AgreedSection:
    """One m-section as the answer settles it; SSRCs are the offerer's."""

    mid: str
    kind: str  # "audio" or "video"
    protocol: str
    codecs: tuple[AgreedCodec, ...]
    extensions: tuple[HeaderExtension, ...]
    ssrcs: tuple[int, ...] = ()  # media only, and only where media comes up
    rtx_ssrcs: tuple[tuple[int, int], ...] = ()  # (media, retransmission)
    rids: tuple[Rid, ...] = ()  # simulcast layers, in the order of the offer
    layers: tuple[str, ...] = ()  # their names, from the smallest picture to the largest
    has_reduced_size_rtcp: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides agree on; the peer's ICE and DTLS as it stated them."""

    ice: IceParameters
    fingerprints: tuple[Fingerprint, ...]
    we_start_dtls: bool  # True only when the offer is passive (RFC 5763 §5)
    is_bundled: bool
    allows_mixed_extensions: bool
    sections: tuple[AgreedSection, ...]


def reach(offer: Session, policy: Policy) -> Agreement:
    """Agree on every section of the offer.

    Raises:
        UnsupportedSdpError: a section cannot be answered; an answer is never partial.
    """
    if not offer.media:
        raise UnsupportedSdpError(0, "an offer has at least one audio or video section")
    _check_bundle(offer)
    sections = tuple(_section(offer, section, policy) for section in offer.media)
    _check_counts(offer, policy)
    _check_shared_numbers(offer, sections)
    if policy.one_stream:
        _check_one_stream(offer)
    transport = offer.transport_of(offer.media[0])
    return Agreement(
        ice=_ice(offer, transport),
        fingerprints=_fingerprints(offer, transport),
        we_start_dtls=_we_start_dtls(offer, transport),
        is_bundled=bool(offer.bundle),
        allows_mixed_extensions=offer.extmap_allow_mixed,
        sections=sections,
    )


def _fail(section: MediaSection, rule: str) -> UnsupportedSdpError:
    return UnsupportedSdpError(section.line, rule)


def _check_bundle(offer: Session) -> None:
    first = offer.media[0]
    for section in offer.media:
        if section.mid is None:
            raise _fail(section, "a section has a=mid")
        if len(section.mid) > _LONGEST_MID:
            raise _fail(section, f"a=mid has at most {_LONGEST_MID} characters")
        if section.mid not in offer.bundle and (offer.bundle or len(offer.media) > 1):
            raise _fail(section, "all sections stand in one BUNDLE group")
        if section.port == 0 and not section.bundle_only:
            raise _fail(section, "a section with port 0 is a=bundle-only")
        if not (section.rtcp_mux or section.rtcp_mux_only):
            raise _fail(section, "a section has a=rtcp-mux")
    if offer.bundle and offer.bundle[0] != first.mid:
        raise _fail(first, "the first section leads the BUNDLE group")


def _section(offer: Session, section: MediaSection, policy: Policy) -> AgreedSection:
    media = policy.kinds.get(section.kind)
    if media is None:
        raise _fail(section, "a section is audio or video")
    if section.protocol not in _PROTOCOLS:
        raise _fail(section, "the protocol is UDP/TLS/RTP/SAVPF")
    if offer.direction_of(section) not in policy.accepts:
        raise _fail(section, f"the direction is {' or '.join(sorted(policy.accepts))}")
    codecs = agree(section.codecs, media, one_profile=policy.one_h264_profile)
    if not codecs:
        raise _fail(section, f"one codec of {section.kind} is {_named(media)}")
    extensions = _extensions(offer, section, media, policy.answers)
    rtx_ssrcs = _rtx_ssrcs(section) if policy.hears else ()
    rids = _rids(section, codecs, extensions, media)
    return AgreedSection(
        mid=section.mid or "",
        kind=section.kind,
        protocol=section.protocol,
        codecs=codecs,
        extensions=extensions,
        ssrcs=_ssrcs(section, rtx_ssrcs) if policy.hears else (),
        rtx_ssrcs=rtx_ssrcs,
        rids=as_offered(section, rids),
        layers=tuple(rid.id for rid in rids),
        has_reduced_size_rtcp=section.rtcp_rsize,
    )


def _named(media: Media) -> str:
    spoken = {"opus": "opus/48000/2", "vp8": "VP8", "h264": "H264 with packetization-mode=1"}
    return " or ".join(spoken[name] for name in sorted(media.codecs))


def _extensions(
    offer: Session, section: MediaSection, media: Media, ours: Direction
) -> tuple[HeaderExtension, ...]:
    found: dict[str, HeaderExtension] = {}
    for extension in offer.extensions_of(section):
        if (
            extension.uri in media.extensions
            and extension.id in _ONE_BYTE_IDS
            and extension.direction in (None, "sendrecv", _MIRRORED[ours])
        ):
            stated = None if extension.direction in (None, "sendrecv") else ours
            found.setdefault(extension.uri, HeaderExtension(extension.id, extension.uri, stated))
    return tuple(found.values())


def _rids(
    section: MediaSection,
    codecs: tuple[AgreedCodec, ...],
    extensions: tuple[HeaderExtension, ...],
    media: Media,
) -> tuple[Rid, ...]:
    if RID not in {extension.uri for extension in extensions}:
        return ()  # nothing on the wire would tell the layers apart
    spoken = (codec.codec.payload_type for codec in codecs)
    return layers(section, spoken, at_most=media.layers)


def _ssrcs(section: MediaSection, rtx_ssrcs: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    resent = {rtx for _, rtx in rtx_ssrcs}
    return tuple(source.ssrc for source in section.sources if source.ssrc not in resent)


def _rtx_ssrcs(section: MediaSection) -> tuple[tuple[int, int], ...]:
    return tuple(
        (group.ssrcs[0], group.ssrcs[1])
        for group in section.source_groups
        if group.semantics == "FID" and len(group.ssrcs) > 1
    )


def _check_counts(offer: Session, policy: Policy) -> None:
    for kind, media in policy.kinds.items():
        of_kind = [section for section in offer.media if section.kind == kind]
        if len(of_kind) > media.at_most:
            raise _fail(
                of_kind[media.at_most], f"there are at most {media.at_most} {kind} sections"
            )


def _check_shared_numbers(offer: Session, sections: tuple[AgreedSection, ...]) -> None:
    """In a bundle a number means one thing (RFC 9143 §9.1, RFC 8285 §5)."""
    payload_types: dict[int, Codec] = {}
    extensions: dict[int, str] = {}
    for stated, agreed in zip(offer.media, sections, strict=True):
        for codec in agreed.codecs:
            known = payload_types.setdefault(codec.codec.payload_type, codec.codec)
            if (known.name, known.clock_rate) != (codec.codec.name, codec.codec.clock_rate):
                raise _fail(stated, "a payload type means one codec in all sections")
        for extension in agreed.extensions:
            if extensions.setdefault(extension.id, extension.uri) != extension.uri:
                raise _fail(stated, "an extension id means one extension in all sections")


def _check_one_stream(offer: Session) -> None:
    streams = {
        stream_id.stream
        for section in offer.media
        for stream_id in section.stream_ids
        if stream_id.stream != _NO_STREAM
    }
    if len(streams) > 1:
        raise _fail(offer.media[-1], "all sections belong to one MediaStream")


def _ice(offer: Session, transport: Transport) -> IceParameters:
    if transport.ice is None:
        raise _fail(offer.media[0], "an offer has a=ice-ufrag and a=ice-pwd")
    if transport.ice_lite:
        raise _fail(offer.media[0], "an offer comes from a full ICE agent, since we are ICE-lite")
    return transport.ice


def _fingerprints(offer: Session, transport: Transport) -> tuple[Fingerprint, ...]:
    if not transport.fingerprints:
        raise _fail(offer.media[0], "an offer has a=fingerprint")
    return transport.fingerprints


def _we_start_dtls(offer: Session, transport: Transport) -> bool:
    match transport.setup:
        case "passive":
            return True
        case "holdconn":
            raise _fail(offer.media[0], "a=setup is actpass, active or passive")
        case _:
            return False  # an offer without a=setup is active (RFC 4145 §4)

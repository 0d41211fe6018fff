"""What the control plane negotiated, in the words of ice, transport and forwarding."""

from datetime import timedelta
from typing import Final, TypedDict

from signaling.forwarding import negotiated
from signaling.forwarding.condition import Condition
from signaling.ice.agent import Credentials
from signaling.transport import dtls
from signaling.workers import messages

MILLISECOND: Final = timedelta(milliseconds=1)


class Fares(TypedDict):
    """The fields of a session's statistics that tell how it fares."""

    lost: float
    trip: int | None
    usable: int | None
    bitrate: int
    layers: dict[str, str]


def condition(found: Condition) -> Fares:
    """How a session fares, in the words of its statistics."""
    trip = None if found.round_trip is None else round(found.round_trip / MILLISECOND)
    return Fares(
        lost=round(found.lost, 3),
        trip=trip,
        usable=found.usable,
        bitrate=found.bitrate,
        layers=found.layers,
    )


def credentials(ice: messages.IceCredentials) -> Credentials:
    """One ICE generation."""
    return Credentials(ice.local_ufrag, ice.local_password, ice.remote_ufrag, ice.remote_password)


def dtls_peer(peer: messages.DtlsPeer) -> dtls.DtlsPeer:
    """Who the peer claims to be."""
    return dtls.DtlsPeer(peer.fingerprints, we_are_server=peer.worker_is_server)


def inbound(section: messages.InboundSection) -> negotiated.InboundSection:
    """One section of a publication."""
    return negotiated.InboundSection(
        mid=section.mid,
        kind=negotiated.Kind(section.kind),
        codecs=tuple(_codec(codec) for codec in section.codecs),
        extensions=_extensions(section.extensions),
        ssrcs=section.ssrcs,
        rtx_ssrcs=section.rtx_ssrcs,
        rids=section.rids,
    )


def outbound(section: messages.OutboundSection) -> negotiated.OutboundSection:
    """One section of a subscription."""
    return negotiated.OutboundSection(
        mid=section.mid,
        kind=negotiated.Kind(section.kind),
        codecs=tuple(_codec(codec) for codec in section.codecs),
        extensions=_extensions(section.extensions),
        ssrc=section.ssrc,
        rtx_ssrc=section.rtx_ssrc,
        cname=section.cname,
    )


def _codec(codec: messages.Codec) -> negotiated.Codec:
    return negotiated.Codec(
        payload_type=codec.payload_type,
        name=codec.name,
        clock_rate=codec.clock_rate,
        rtx_payload_type=codec.rtx_payload_type,
        format_parameters=codec.format_parameters,
        feedback=codec.feedback,
    )


def _extensions(
    extensions: tuple[messages.Extension, ...],
) -> tuple[negotiated.Extension, ...]:
    return tuple(negotiated.Extension(extension.uri, extension.id) for extension in extensions)

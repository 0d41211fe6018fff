"""Session to text: what `parse` reads back as the same value."""

from collections.abc import Iterator
from functools import lru_cache

from signaling.sdp.model import MediaSection, Session, Transport
from signaling.sdp.values import (
    Codec,
    HeaderExtension,
    IceCandidate,
    Layer,
    Origin,
    Simulcast,
    Streams,
)

_MOST_REMEMBERED = 64  # lists of codecs: some kinds of browsers, a few kinds of sections each


def write(session: Session) -> str:
    """The text of a description, every line ended by CRLF (RFC 8866 §5)."""
    return "".join(f"{line}\r\n" for line in _session(session))


def _session(session: Session) -> Iterator[str]:
    yield "v=0"
    yield _origin(session.origin)
    yield f"s={session.name}"
    if session.address is not None:
        yield _connection(session.address)
    yield "t=0 0"
    for semantics, mids in session.groups:
        yield f"a=group:{' '.join((semantics, *mids))}"
    if session.extmap_allow_mixed:
        yield "a=extmap-allow-mixed"
    yield from map(_extension, session.extensions)
    yield from transport_lines(session.transport)
    if session.direction is not None:
        yield f"a={session.direction}"
    for section in session.media:
        yield from _media(section)


def _media(section: MediaSection) -> Iterator[str]:
    yield f"m={section.kind} {section.port} {section.protocol} {' '.join(section.formats)}"
    if section.address is not None:
        yield _connection(section.address)
    if section.mid is not None:
        yield f"a=mid:{section.mid}"
    yield from _flags(section)
    yield from transport_lines(section.transport)
    yield from map(_extension, section.extensions)
    if section.direction is not None:
        yield f"a={section.direction}"
    yield from _codecs(section.codecs)
    yield from _streams(section)


def _flags(section: MediaSection) -> Iterator[str]:
    stated = {
        "bundle-only": section.bundle_only,
        "rtcp-mux": section.rtcp_mux,
        "rtcp-mux-only": section.rtcp_mux_only,
        "rtcp-rsize": section.rtcp_rsize,
        "extmap-allow-mixed": section.extmap_allow_mixed,
    }
    return (f"a={name}" for name, is_stated in stated.items() if is_stated)


def transport_lines(transport: Transport) -> Iterator[str]:
    """The attributes of ICE and DTLS that one level states."""
    if transport.ice_lite:
        yield "a=ice-lite"
    if transport.ice is not None:
        yield f"a=ice-ufrag:{transport.ice.ufrag}"
        yield f"a=ice-pwd:{transport.ice.password}"
    if transport.ice_options:
        yield f"a=ice-options:{' '.join(transport.ice_options)}"
    for fingerprint in transport.fingerprints:
        yield f"a=fingerprint:{fingerprint.algorithm} {fingerprint.value}"
    if transport.setup is not None:
        yield f"a=setup:{transport.setup}"
    yield from map(_candidate, transport.candidates)
    if transport.end_of_candidates:
        yield "a=end-of-candidates"


@lru_cache(_MOST_REMEMBERED)
def _codecs(codecs: tuple[Codec, ...]) -> tuple[str, ...]:
    return tuple(line for codec in codecs for line in _codec(codec))


def _codec(codec: Codec) -> Iterator[str]:
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    yield f"a=rtpmap:{codec.payload_type} {codec.name}/{codec.clock_rate}{channels}"
    if codec.parameters:
        yield f"a=fmtp:{codec.payload_type} {format_parameters(codec)}"
    for feedback in codec.feedback:
        yield f"a=rtcp-fb:{codec.payload_type} {feedback}"


def format_parameters(codec: Codec) -> str:
    """The parameters of a codec as fmtp writes them."""
    return ";".join(
        name if value is None else f"{name}={value}" for name, value in codec.parameters
    )


def _streams(section: MediaSection) -> Iterator[str]:
    for stream in section.stream_ids:
        yield f"a=msid:{' '.join(filter(None, (stream.stream, stream.track)))}"
    for rid in section.rids:
        yield f"a=rid:{rid.id} {rid.direction} {rid.restrictions}".rstrip()
    if section.simulcast is not None:
        yield f"a=simulcast:{_simulcast(section.simulcast)}"
    for group in section.source_groups:
        yield f"a=ssrc-group:{' '.join((group.semantics, *map(str, group.ssrcs)))}"
    for source in section.sources:
        for name, value in source.attributes:
            yield f"a=ssrc:{source.ssrc} {name}" + ("" if value is None else f":{value}")


def _simulcast(simulcast: Simulcast) -> str:
    ways = (("send", simulcast.send), ("recv", simulcast.receive))
    return " ".join(f"{way} {_choices(streams)}" for way, streams in ways if streams)


def _choices(streams: Streams) -> str:
    return ";".join(",".join(map(_layer, stream)) for stream in streams)


def _layer(layer: Layer) -> str:
    return f"~{layer.rid}" if layer.paused else layer.rid


def _extension(extension: HeaderExtension) -> str:
    way = f"/{extension.direction}" if extension.direction else ""
    return f"a=extmap:{extension.id}{way} {extension.uri} {extension.attributes}".rstrip()


def _candidate(candidate: IceCandidate) -> str:
    head = (
        f"a=candidate:{candidate.foundation} {candidate.component} {candidate.transport}"
        f" {candidate.priority} {candidate.address} {candidate.port} typ {candidate.type}"
    )
    return " ".join((head, *(f"{name} {value}" for name, value in candidate.extensions)))


def _origin(origin: Origin) -> str:
    return (
        f"o={origin.username} {origin.session_id} {origin.version}"
        f" {origin.network} {origin.address_type} {origin.address}"
    )


def _connection(address: str) -> str:
    return f"c=IN {'IP6' if ':' in address else 'IP4'} {address}"

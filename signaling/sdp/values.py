"""The small values that SDP attributes carry, as they stand on the wire."""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
Setup = Literal["actpass", "active", "passive", "holdconn"]
RidDirection = Literal["send", "recv"]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """RFC 8122: hash function in lower case, value in upper-case hex with colons."""

    algorithm: str
    value: str


@dataclass(frozen=True, slots=True)
class IceParameters:
    """RFC 8839 §5.4: user fragment and password of one ICE generation."""

    ufrag: str
    password: str


@dataclass(frozen=True, slots=True)
class IceCandidate:
    """RFC 8839 §5.1; `extensions` keeps what follows the type, such as raddr or tcptype."""

    foundation: str
    component: int
    transport: str  # lower case
    priority: int
    address: str  # IP literal or a .local name
    port: int
    type: str
    extensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of a section: rtpmap, fmtp and rtcp-fb joined.

    `parameters` keeps order and spelling of fmtp, trimmed; a parameter without '=' has value None.
    """

    payload_type: int
    name: str
    clock_rate: int  # Hz
    channels: int = 1
    parameters: tuple[tuple[str, str | None], ...] = ()
    feedback: tuple[str, ...] = ()

    def parameter(self, name: str) -> str | None:
        """The value of one fmtp parameter, None when it is not there."""
        return next((value for key, value in self.parameters if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class HeaderExtension:
    """RFC 8285 §8: id on the wire, URI, optional direction and attributes."""

    id: int
    uri: str
    direction: Direction | None = None
    attributes: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """RFC 5576: one SSRC with its attributes in order."""

    ssrc: int
    attributes: tuple[tuple[str, str | None], ...] = ()

    def attribute(self, name: str) -> str | None:
        """The value of one source attribute, None when it is not there."""
        return next((value for key, value in self.attributes if key == name), None)


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """RFC 5576 §4.2: SSRCs that belong together, e.g. FID (media, retransmission)."""

    semantics: str
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rid:
    """RFC 8851: a layer by name; `restrictions` is the text behind the direction."""

    id: str
    direction: RidDirection
    restrictions: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One alternative of one simulcast stream (RFC 8853 §5.1)."""

    rid: str
    paused: bool = False


Streams = tuple[tuple[Layer, ...], ...]  # simulcast streams, each with its alternatives


@dataclass(frozen=True, slots=True)
class Simulcast:
    """RFC 8853: what the describing side can send and receive."""

    send: Streams = ()
    receive: Streams = ()


@dataclass(frozen=True, slots=True)
class StreamId:
    """RFC 8830: the MediaStream ('-' for none) and the track that a section belongs to."""

    stream: str
    track: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """RFC 8866 §5.2."""

    username: str
    session_id: int
    version: int
    network: str  # "IN"
    address_type: str  # "IP4" or "IP6"
    address: str

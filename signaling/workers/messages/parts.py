"""What several messages are made of."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["audio", "video"]


class Value(BaseModel):
    """A frozen value; unknown fields are refused, so both sides must speak the same version."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class IceCredentials(Value):
    """RFC 8445 §5.3: fragment and password of one ICE generation, ours and the peer's."""

    local_ufrag: str
    local_password: str
    remote_ufrag: str
    remote_password: str


class DtlsPeer(Value):
    """Who the peer claims to be (RFC 8122) and which side starts the handshake (RFC 5763)."""

    fingerprints: tuple[tuple[str, str], ...]  # (hash function, upper-case hex with colons)
    worker_is_server: bool  # True unless the offer said setup:passive


class Codec(Value):
    """One codec that both sides agreed on."""

    payload_type: int
    name: Literal["opus", "VP8", "H264"]
    clock_rate: int  # Hz
    channels: int = 1
    rtx_payload_type: int | None = None
    format_parameters: str = ""
    feedback: tuple[str, ...] = ()  # "nack", "nack pli", "transport-cc", "goog-remb", "ccm fir"


class Extension(Value):
    """One negotiated RTP header extension (RFC 8285)."""

    uri: str
    id: int


class InboundSection(Value):
    """One m-section of a publication, as the answer settled it."""

    mid: str
    kind: Kind
    codecs: tuple[Codec, ...]
    extensions: tuple[Extension, ...]
    ssrcs: tuple[int, ...] = ()  # from a=ssrc, where the offer has them
    rtx_ssrcs: tuple[tuple[int, int], ...] = ()  # (media, rtx) from a=ssrc-group:FID
    rids: tuple[str, ...] = ()  # simulcast layers, smallest picture first


class OutboundSection(Value):
    """One m-section of a subscription; the control plane chose our SSRCs."""

    mid: str
    kind: Kind
    codecs: tuple[Codec, ...]
    extensions: tuple[Extension, ...]
    ssrc: int
    rtx_ssrc: int | None
    cname: str


class Inflow(Value):
    """What flows into one section of a subscription: one publication's track of that kind."""

    mid: str
    publication: str
    source_mid: str
    rid: str | None = None  # this layer and no other; None: the one that fits


class Candidate(Value):
    """One host candidate that the worker can be reached at."""

    address: str
    port: int
    protocol: Literal["udp", "tcp"] = "udp"

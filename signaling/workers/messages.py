"""What the control plane and a media worker say to each other: frozen, typed, a JSON text a frame.

The worker never sees SDP: the control plane negotiates and tells the worker the outcome.
Payload types, extension ids and SSRCs are the numbers on the wire of that one session.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

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
    rids: tuple[str, ...] = ()  # simulcast layers, in the order of a=simulcast


class OutboundSection(Value):
    """One m-section of a subscription; the control plane chose our SSRCs."""

    mid: str
    kind: Kind
    codecs: tuple[Codec, ...]
    extensions: tuple[Extension, ...]
    ssrc: int
    rtx_ssrc: int | None
    cname: str


class Candidate(Value):
    """One host candidate that the worker can be reached at."""

    address: str
    port: int
    protocol: Literal["udp", "tcp"] = "udp"


# Control plane -> worker


class OpenPublication(Value):
    """Media will come up in this session."""

    type: Literal["open-publication"] = "open-publication"
    request: int
    session: str
    room: str
    epoch: int
    publication: str
    ice: IceCredentials
    dtls: DtlsPeer
    sections: tuple[InboundSection, ...]


class OpenSubscription(Value):
    """Media will go down in this session; nothing flows until sections are attached."""

    type: Literal["open-subscription"] = "open-subscription"
    request: int
    session: str
    room: str
    epoch: int
    ice: IceCredentials
    dtls: DtlsPeer
    sections: tuple[OutboundSection, ...]


class Attach(Value):
    """Let one publication's track of that kind flow into a section, replacing what flowed there."""

    type: Literal["attach"] = "attach"
    request: int
    session: str
    mid: str
    publication: str
    source_mid: str


class Detach(Value):
    """Nothing flows into that section any more."""

    type: Literal["detach"] = "detach"
    request: int
    session: str
    mid: str


class RestartIce(Value):
    """A new ICE generation for a living session (RFC 9725 §4.3.2)."""

    type: Literal["restart-ice"] = "restart-ice"
    request: int
    session: str
    ice: IceCredentials


class CloseSession(Value):
    """Free ICE, DTLS and every subscription of this session at once."""

    type: Literal["close-session"] = "close-session"
    request: int
    session: str


class Drain(Value):
    """Accept no new session; end when the last one is gone or after `seconds`."""

    type: Literal["drain"] = "drain"
    request: int
    seconds: float


class AskStatistics(Value):
    """Ask for the counters of the worker and its sessions."""

    type: Literal["ask-statistics"] = "ask-statistics"
    request: int


Command = Annotated[
    OpenPublication
    | OpenSubscription
    | Attach
    | Detach
    | RestartIce
    | CloseSession
    | Drain
    | AskStatistics,
    Field(discriminator="type"),
]

# Worker -> control plane


class Hello(Value):
    """The first message of a worker: where it is and which certificate it shows."""

    type: Literal["hello"] = "hello"
    worker: str
    process: int
    fingerprint: str  # SHA-256, upper-case hex with colons
    candidates: tuple[Candidate, ...]


class Done(Value):
    """A command was carried out."""

    type: Literal["done"] = "done"
    request: int


class Failed(Value):
    """A command was refused.

    Codes: `unknown-session`, `unknown-publication`, `unknown-section`, `session-exists`,
    `publication-exists`, `stale-epoch`, `draining`, `full`.
    """

    type: Literal["failed"] = "failed"
    request: int
    code: str
    detail: str = ""


class Connected(Value):
    """ICE and DTLS are up."""

    type: Literal["connected"] = "connected"
    session: str


class Disconnected(Value):
    """The session is gone: `consent-expired`, `dtls-closed`, `dtls-failed`, `closed`."""

    type: Literal["disconnected"] = "disconnected"
    session: str
    reason: str


class MediaStarted(Value):
    """The first packet of a section of a publication came in."""

    type: Literal["media-started"] = "media-started"
    publication: str
    mid: str
    kind: Kind


class SessionStatistics(Value):
    """Counters since the session opened."""

    session: str
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    nacks_in: int
    nacks_out: int
    resent: int
    keyframe_requests_in: int
    keyframe_requests_out: int


class Statistics(Value):
    """The answer to AskStatistics."""

    type: Literal["statistics"] = "statistics"
    request: int
    dropped: dict[str, int]  # reason -> packets that belonged to nobody or were malformed
    sessions: tuple[SessionStatistics, ...]


Report = Annotated[
    Hello | Done | Failed | Connected | Disconnected | MediaStarted | Statistics,
    Field(discriminator="type"),
]

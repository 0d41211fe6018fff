"""What a worker tells the control plane: answers to commands, and what happens by itself."""

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from signaling.workers.messages.parts import Candidate, Kind, Value


class Hello(Value):
    """The first message of a worker: where it is and which certificate it shows."""

    type: Literal["hello"] = "hello"
    worker: str
    process: int
    fingerprint: str  # SHA-256, upper-case hex with colons
    candidates: tuple[Candidate, ...]
    call_at: Candidate | None = None  # where workers of this machine call it; None: any of those


class Done(Value):
    """A command was carried out."""

    type: Literal["done"] = "done"
    request: int


class Failed(Value):
    """A command was refused.

    Codes: `unknown-session`, `unknown-publication`, `unknown-section`, `session-exists`,
    `publication-exists`, `stale-epoch`, `draining`, `full`, `unreachable`,
    `outputs-unreachable`.
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
    """The session is gone.

    Reasons: `consent-expired`, `dtls-closed`, `dtls-failed`, `closed`, and `b-frames` for a
    publisher whose pictures are not in the order in which they are shown.
    """

    type: Literal["disconnected"] = "disconnected"
    session: str
    reason: str


class MediaStarted(Value):
    """The first packet of a section of a publication came in."""

    type: Literal["media-started"] = "media-started"
    publication: str
    mid: str
    kind: Kind


class VoiceChanged(Value):
    """Somebody began to speak, or stopped (RFC 6464 levels, smoothed)."""

    type: Literal["voice-changed"] = "voice-changed"
    publication: str
    mid: str
    speaking: bool


class LayersWanted(Value):
    """Which layers of a simulcast section somebody watches; the publisher may pause the others."""

    type: Literal["layers-wanted"] = "layers-wanted"
    publication: str
    mid: str
    rids: tuple[str, ...]


class SessionStatistics(Value):
    """Counters since the session opened, and how it fares; what is 0 or unknown is not sent."""

    session: str
    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    nacks_in: int = 0
    nacks_out: int = 0
    resent: int = 0
    keyframe_requests_in: int = 0
    keyframe_requests_out: int = 0
    instant: int = 0  # pictures from the cache
    waited: int = 0  # pictures that waited for a key frame
    switches: int = 0  # from layer to layer
    pauses: int = 0  # of a picture, because the link did not carry it
    lost: float = 0  # 0 to 1, lately; of what is sent to a viewer, or comes from a publisher
    trip: int | None = None  # milliseconds there and back
    usable: int | None = None  # bits per second that a viewer's link carries
    bitrate: int = 0  # bits per second, lately
    layers: dict[str, str] = Field(default_factory=dict)  # by MID: what flows, or what comes

    @model_serializer(mode="wrap")
    def _told(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value}


class Statistics(Value):
    """The answer to AskStatistics."""

    type: Literal["statistics"] = "statistics"
    request: int
    worker: str = ""
    dropped: dict[str, int]  # reason -> packets that belonged to nobody or were malformed
    totals: dict[str, int] = Field(default_factory=dict)  # of all sessions, ended ones too
    backlog: int = 0  # datagrams that wait because the kernel took no more
    lag: float = 0  # seconds: the worst lateness of a tick within the last ten seconds
    sessions: tuple[SessionStatistics, ...]


class Flight(Value):
    """The answer to AskFlight: a record as JSON, deflated and in base 64."""

    type: Literal["flight"] = "flight"
    request: int
    session: str
    record: str


Report = Annotated[
    Hello
    | Done
    | Failed
    | Connected
    | Disconnected
    | MediaStarted
    | VoiceChanged
    | LayersWanted
    | Statistics
    | Flight,
    Field(discriminator="type"),
]

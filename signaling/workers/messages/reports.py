"""What a worker tells the control plane: answers to commands, and what happens by itself."""

from typing import Annotated, Literal

from pydantic import Field

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
    Hello
    | Done
    | Failed
    | Connected
    | Disconnected
    | MediaStarted
    | VoiceChanged
    | LayersWanted
    | Statistics,
    Field(discriminator="type"),
]

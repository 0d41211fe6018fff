"""What the control plane asks of a worker; each is answered by Done, Failed or its own report."""

from typing import Annotated, Literal

from pydantic import Field

from signaling.workers.messages.parts import (
    Candidate,
    DtlsPeer,
    IceCredentials,
    InboundSection,
    Inflow,
    OutboundSection,
    Value,
)


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


class OpenRelay(Value):
    """Call the worker that has a publication; what comes is a stream of it, under its name here.

    The other worker holds an ordinary subscription at the end of this call, with one section.
    """

    type: Literal["open-relay"] = "open-relay"
    request: int
    session: str
    room: str
    epoch: int
    publication: str
    rid: str  # the layer that comes; empty where the section has none
    ice: IceCredentials
    dtls: DtlsPeer
    remote: Candidate
    sections: tuple[InboundSection, ...]


class Attach(Value):
    """Let tracks flow into sections, replacing what flowed there.

    Each that can flow does; Failed is about the first that cannot.
    """

    type: Literal["attach"] = "attach"
    request: int
    session: str
    inflows: tuple[Inflow, ...]


class Detach(Value):
    """Nothing flows into that section any more."""

    type: Literal["detach"] = "detach"
    request: int
    session: str
    mid: str


class SetLimit(Value):
    """The page shows a picture at most so high: more need not flow (0: nothing, None: no limit)."""

    type: Literal["set-limit"] = "set-limit"
    request: int
    session: str
    mid: str
    height: int | None  # pixels


class NoteFreezes(Value):
    """The viewer's browser counted so many freezes more, to be kept in the session's record."""

    type: Literal["note-freezes"] = "note-freezes"
    request: int
    session: str
    mid: str
    freezes: int
    milliseconds: int


class StartOutput(Value):
    """Hand the packets of a publication to the outputs process, besides forwarding them."""

    type: Literal["start-output"] = "start-output"
    request: int
    output: str
    publication: str
    mids: tuple[str, ...]
    address: str  # of the outputs process' socket


class StopOutput(Value):
    """Hand out no more packets for that output; nothing happens if it has ended."""

    type: Literal["stop-output"] = "stop-output"
    request: int
    output: str


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


class AskFlight(Value):
    """Ask for the record of the last minute of one session."""

    type: Literal["ask-flight"] = "ask-flight"
    request: int
    session: str


Command = Annotated[
    OpenPublication
    | OpenSubscription
    | OpenRelay
    | Attach
    | Detach
    | SetLimit
    | NoteFreezes
    | StartOutput
    | StopOutput
    | RestartIce
    | CloseSession
    | Drain
    | AskStatistics
    | AskFlight,
    Field(discriminator="type"),
]

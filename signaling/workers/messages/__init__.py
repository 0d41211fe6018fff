"""What the control plane and a media worker say to each other: frozen, typed, a JSON text a frame.

The worker never sees SDP: the control plane negotiates and tells the worker the outcome.
Payload types, extension ids and SSRCs are the numbers on the wire of that one session.
"""

from signaling.workers.messages.commands import (
    AskStatistics,
    Attach,
    CloseSession,
    Command,
    Detach,
    Drain,
    OpenPublication,
    OpenRelay,
    OpenSubscription,
    RestartIce,
    SetLimit,
)
from signaling.workers.messages.parts import (
    Candidate,
    Codec,
    DtlsPeer,
    Extension,
    IceCredentials,
    InboundSection,
    Kind,
    OutboundSection,
    Value,
)
from signaling.workers.messages.reports import (
    Connected,
    Disconnected,
    Done,
    Failed,
    Hello,
    LayersWanted,
    MediaStarted,
    Report,
    SessionStatistics,
    Statistics,
    VoiceChanged,
)

__all__ = [
    "AskStatistics",
    "Attach",
    "Candidate",
    "CloseSession",
    "Codec",
    "Command",
    "Connected",
    "Detach",
    "Disconnected",
    "Done",
    "Drain",
    "DtlsPeer",
    "Extension",
    "Failed",
    "Hello",
    "IceCredentials",
    "InboundSection",
    "Kind",
    "LayersWanted",
    "MediaStarted",
    "OpenPublication",
    "OpenRelay",
    "OpenSubscription",
    "OutboundSection",
    "Report",
    "RestartIce",
    "SessionStatistics",
    "SetLimit",
    "Statistics",
    "Value",
    "VoiceChanged",
]

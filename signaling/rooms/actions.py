"""What the room asks its shell to do. The shell performs them in order; the room does nothing."""

from dataclasses import dataclass

from signaling.rooms.events import RoomEvent
from signaling.rooms.messages.server import ServerMessage
from signaling.rooms.values import ConnectionId, ParticipantId, PublicationId, Role, SessionId


@dataclass(frozen=True, slots=True)
class Deliver:
    """Send this message to this connection."""

    connection: ConnectionId
    message: ServerMessage


@dataclass(frozen=True, slots=True)
class IssueGrants:
    """Send fresh tokens to this connection (the room cannot sign); media only if admitted."""

    connection: ConnectionId
    participant: ParticipantId
    name: str
    role: Role
    admitted: bool
    name_latin: str = ""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Close this connection after what was delivered; codes as in RFC 6455 §7.4."""

    connection: ConnectionId
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Attach:
    """Let a publication's section flow into a subscriber's section, replacing what flowed there."""

    session: SessionId
    mid: str
    publication: PublicationId
    source_mid: str


@dataclass(frozen=True, slots=True)
class Detach:
    """Let nothing flow into that section any more."""

    session: SessionId
    mid: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A page shows that section's picture so high (0: not at all, None: no limit)."""

    session: SessionId
    mid: str
    height: int | None  # pixels


@dataclass(frozen=True, slots=True)
class Saw:
    """A viewer's browser counted so much more of that section's picture."""

    session: SessionId
    mid: str
    freezes: int
    frozen: int  # milliseconds
    dropped: int  # frames

    def and_then(self, later: "Saw") -> "Saw":
        """This and what was counted after it."""
        return Saw(
            self.session,
            self.mid,
            self.freezes + later.freezes,
            self.frozen + later.frozen,
            self.dropped + later.dropped,
        )


@dataclass(frozen=True, slots=True)
class CloseSessions:
    """End these WHIP or WHEP sessions."""

    sessions: tuple[SessionId, ...]


@dataclass(frozen=True, slots=True)
class Emit:
    """Tell the rest of the product."""

    event: RoomEvent


Action = Deliver | IssueGrants | Disconnect | Attach | Detach | Limit | Saw | CloseSessions | Emit

"""The nouns of a room that never change: ids, roles, plans."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NewType, get_args

RoomId = NewType("RoomId", str)
ParticipantId = NewType("ParticipantId", str)
ConnectionId = NewType("ConnectionId", str)
DeviceId = NewType("DeviceId", str)
SessionId = NewType("SessionId", str)
PublicationId = NewType("PublicationId", str)

Role = Literal["panel", "candidate", "observer"]
Presence = Literal["waiting", "in-room", "declined", "left"]
Check = Literal["unknown", "checking", "ready", "failed", "absent"]
Source = Literal["camera", "screen"]
Kind = Literal["audio", "video"]
Outcome = Literal["done", "no-show", "cancelled"]


@dataclass(frozen=True, slots=True)
class Early:
    """How long before its start a room opens, by role (product rule Q6)."""

    panel: timedelta = timedelta(minutes=60)
    candidate: timedelta = timedelta(minutes=15)
    observer: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """When a room opens for whom, and how much it holds; all times aware.

    Raises:
        ValueError: a time without a zone, or an end that is not after the start.
    """

    room: RoomId
    starts_at: datetime
    ends_at: datetime
    early: Early = Early()
    grace: timedelta = timedelta(minutes=10)  # Q6: how late somebody may still enter
    seat_kept: timedelta = timedelta(minutes=10)  # screen 10: "your seat is kept 10 min"
    seats: int = 8  # people in the room; the media map is sized for the same number
    waiting_places: int = 16

    def __post_init__(self) -> None:
        if self.starts_at.utcoffset() is None or self.ends_at.utcoffset() is None:
            raise ValueError("a room plan needs times with a zone")
        if self.ends_at <= self.starts_at:
            raise ValueError("a room ends after it starts")

    def opens_at(self, role: Role) -> datetime:
        """The first moment at which that role may enter."""
        early = {
            "panel": self.early.panel,
            "candidate": self.early.candidate,
            "observer": self.early.observer,
        }
        return self.starts_at - early[role]

    @property
    def closes_at(self) -> datetime:
        """The last moment at which somebody without a seat may enter."""
        return self.ends_at + self.grace


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who asks to come in: the proven part (from the grant) and what their device said."""

    participant: ParticipantId
    name: str
    role: Role
    connection: ConnectionId
    device: DeviceId
    last_seen: int | None = None  # None: a first visit, or another life of this room
    admitted_before: bool = False  # a signed word of ours that survived a restart of the server
    name_latin: str = ""  # for readers of Latin letters; empty where it is the same


@dataclass(frozen=True, slots=True)
class PublicationName:
    """What a publication is called in an address: whose it is and from where, `42:camera`.

    It outlives a session: who publishes again is found under the same name.
    """

    participant: ParticipantId
    source: Source

    @classmethod
    def read(cls, text: str) -> "PublicationName":
        """The name in a text; raises ValueError."""
        participant, _, source = text.rpartition(":")
        for known in get_args(Source):
            if source == known and participant:
                return cls(ParticipantId(participant), known)
        raise ValueError(text)

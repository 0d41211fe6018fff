"""What a room tells the rest of the product; frozen values, numbered by the engine."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from signaling.rooms.values import Outcome, ParticipantId, Role, RoomId


@dataclass(frozen=True, slots=True)
class RoomOpened:
    room: RoomId
    at: datetime


@dataclass(frozen=True, slots=True)
class ParticipantKnocked:
    room: RoomId
    at: datetime
    participant: ParticipantId
    role: Role


@dataclass(frozen=True, slots=True)
class ParticipantAdmitted:
    room: RoomId
    at: datetime
    participant: ParticipantId
    by: ParticipantId


@dataclass(frozen=True, slots=True)
class ParticipantDeclined:
    room: RoomId
    at: datetime
    participant: ParticipantId
    by: ParticipantId


@dataclass(frozen=True, slots=True)
class ParticipantJoined:
    """Somebody is in the room now (panel: at once; others: after they were admitted)."""

    room: RoomId
    at: datetime
    participant: ParticipantId
    role: Role


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    room: RoomId
    at: datetime
    participant: ParticipantId
    role: Role
    reason: Literal["left", "expired"]


@dataclass(frozen=True, slots=True)
class RoomEnded:
    """The interview is over; `by` is None when the product itself ended it."""

    room: RoomId
    at: datetime
    outcome: Outcome
    by: ParticipantId | None


@dataclass(frozen=True, slots=True)
class RoomExpired:
    """Time is up, everybody is gone and nobody said how it went."""

    room: RoomId
    at: datetime


RoomEvent = (
    RoomOpened
    | ParticipantKnocked
    | ParticipantAdmitted
    | ParticipantDeclined
    | ParticipantJoined
    | ParticipantLeft
    | RoomEnded
    | RoomExpired
)

"""One participant: frozen; a change is a new value."""

from dataclasses import dataclass
from datetime import datetime

from signaling.rooms.messages.parts import Person
from signaling.rooms.values import Check, ConnectionId, DeviceId, ParticipantId, Presence, Role


@dataclass(frozen=True, slots=True)
class Seat:
    """The device that a participant is here with."""

    connection: ConnectionId | None  # None: the socket was lost and the seat is kept
    device: DeviceId
    kept_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Challenger:
    """A second device of the same participant that asks which of them to keep."""

    connection: ConnectionId
    device: DeviceId


@dataclass(frozen=True, slots=True)
class Participant:
    """Who somebody is and how they are here. Without a seat they are not here."""

    id: ParticipantId
    name: str
    role: Role
    presence: Presence
    seat: Seat | None
    challenger: Challenger | None = None
    hears_after: int = 0  # room messages up to this number are not for them
    reads_after: int = 0  # chat lines up to this number are not for them, unless sent to them
    camera: Check = "unknown"
    microphone: Check = "unknown"
    muted: bool = False
    camera_off: bool = False
    name_latin: str = ""
    declined_at: datetime | None = None

    @property
    def connection(self) -> ConnectionId | None:
        """The live connection of the seat, if there is one."""
        return self.seat.connection if self.seat else None

    @property
    def is_in_room(self) -> bool:
        """Admitted, and the seat is held (perhaps kept for a lost socket)."""
        return self.seat is not None and self.presence == "in-room"

    @property
    def is_waiting(self) -> bool:
        """Knocking, not yet admitted."""
        return self.seat is not None and self.presence == "waiting"

    @property
    def is_panel_here(self) -> bool:
        """A panel member with a seat: may admit, decline and end."""
        return self.role == "panel" and self.is_in_room

    def card(self, *, media: bool) -> Person:
        """How the others see this participant."""
        return Person(
            id=self.id,
            name=self.name,
            name_latin=self.name_latin,
            role=self.role,
            presence=self.presence,
            connected=self.connection is not None,
            media=media,
            camera=self.camera,
            microphone=self.microphone,
            muted=self.muted,
            camera_off=self.camera_off,
            seat_until=self.seat.kept_until if self.seat else None,
        )

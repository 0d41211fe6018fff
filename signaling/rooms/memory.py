"""What of a room outlives its process: notes of what changed, and the room that they describe.

Connections and media do not: pages bring those back by themselves. The last note about something
counts; whoever keeps the notes keeps their order.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never, get_args

from pydantic import Field, TypeAdapter, model_validator

from signaling.channels import Entry
from signaling.rooms.audience import Audience
from signaling.rooms.events import RoomEvent
from signaling.rooms.messages.parts import ChatLine, Wire
from signaling.rooms.people import Participant, Seat
from signaling.rooms.state import CHAT_KEPT, RoomState
from signaling.rooms.values import Check, DeviceId, Outcome, ParticipantId, Presence, Role

EVENTS = {kind.__name__: TypeAdapter[RoomEvent](kind) for kind in get_args(RoomEvent)}


class PersonNote(Wire):
    """How somebody is here; without a device they have no seat."""

    type: Literal["person"] = "person"
    id: ParticipantId
    name: str
    name_latin: str = ""  # notes of an older version have none
    role: Role
    presence: Presence
    device: DeviceId | None
    kept_until: datetime | None  # None: they were connected
    reads_after: int
    camera: Check
    microphone: Check
    muted: bool
    camera_off: bool
    declined_at: datetime | None


class LineNote(Wire):
    """Somebody said something, and to whom."""

    type: Literal["line"] = "line"
    line: ChatLine
    room: bool
    panel: bool
    named: tuple[ParticipantId, ...]


class MetNote(Wire):
    """Panel and candidate first met."""

    type: Literal["met"] = "met"
    at: datetime


class OverNote(Wire):
    """The room is over; without an outcome it died out."""

    type: Literal["over"] = "over"
    outcome: Outcome | None


class PlanNote(Wire):
    """Until when somebody may enter."""

    type: Literal["plan"] = "plan"
    closes_at: datetime


class EventNote(Wire):
    """The product is to be told this."""

    type: Literal["event"] = "event"
    name: str
    fields: dict[str, Any]

    @model_validator(mode="after")
    def _known(self) -> "EventNote":
        self.event()
        return self

    def event(self) -> RoomEvent:
        """The event itself."""
        if self.name not in EVENTS:
            raise ValueError(f"no event of a room: {self.name}")
        return EVENTS[self.name].validate_python(self.fields)


class AcknowledgedNote(Wire):
    """The product has taken care of the oldest event that it had not yet."""

    type: Literal["acknowledged"] = "acknowledged"


Note = PlanNote | PersonNote | LineNote | MetNote | OverNote | EventNote | AcknowledgedNote
NOTE: TypeAdapter[Note] = TypeAdapter(Annotated[Note, Field(discriminator="type")])


@dataclass(slots=True)
class Memory:
    """All that the notes of a room say so far."""

    plan: PlanNote | None = None
    people: dict[ParticipantId, PersonNote] = field(default_factory=dict)
    lines: deque[LineNote] = field(default_factory=lambda: deque(maxlen=CHAT_KEPT))
    met: MetNote | None = None
    over: OverNote | None = None
    events: list[EventNote] = field(default_factory=list)  # not acknowledged
    _seen: dict[ParticipantId, Participant] = field(default_factory=dict)

    def take(self, note: Note) -> None:
        """One note more."""
        match note:
            case PlanNote():
                self.plan = note
            case PersonNote():
                self.people[note.id] = note
            case LineNote():
                self.lines.append(note)
            case MetNote():
                self.met = note
            case OverNote():
                self.over = note
            case EventNote():
                self.events.append(note)
            case AcknowledgedNote():
                del self.events[:1]
            case _:
                assert_never(note)

    def news(self, room: RoomState) -> list[Note]:
        """What the notes do not yet say of this room."""
        plan = PlanNote(closes_at=room.plan.closes_at)
        notes: list[Note] = [] if plan == self.plan else [plan]
        for person in room.people.values():
            if self._seen.get(person.id) is not person:  # most of the time nobody has changed
                self._seen[person.id] = person
                note = _person(person)
                notes += [note] if self.people.get(note.id) != note else []
        last = self.lines[-1].line.line if self.lines else 0
        if room.chat.last_number > last:
            notes += [_line(entry) for entry in room.chat.latest(lambda e: e.number > last)]
        if room.started_at is not None and self.met is None:
            notes.append(MetNote(at=room.started_at))
        if room.is_over and self.over is None:
            notes.append(OverNote(outcome=room.outcome))
        return notes

    def notes(self) -> list[Note]:
        """The fewest notes that say the same."""
        single = [note for note in (self.plan, self.met, self.over) if note is not None]
        return [*single, *self.people.values(), *self.lines, *self.events]


def recall(room: RoomState, memory: Memory, now: datetime) -> None:
    """Fill a new room with what is remembered; who was connected has a seat kept from now on."""
    until = now + room.plan.seat_kept
    for note in memory.people.values():
        seat = note.device and Seat(None, note.device, kept_until=note.kept_until or until)
        room.set(
            Participant(
                id=note.id,
                name=note.name,
                name_latin=note.name_latin,
                role=note.role,
                presence=note.presence,
                seat=seat or None,
                reads_after=note.reads_after,
                camera=note.camera,
                microphone=note.microphone,
                muted=note.muted,
                camera_off=note.camera_off,
                declined_at=note.declined_at,
            )
        )
    room.chat.restore(
        Entry(n.line.line, n.line, Audience(n.room, n.panel, named=frozenset(n.named)))
        for n in memory.lines
    )
    room.started_at = memory.met.at if memory.met else None
    if memory.over is not None:
        room.outcome = memory.over.outcome
        room.expired = room.outcome is None


def noted(events: Iterable[RoomEvent]) -> list[EventNote]:
    """Notes of events."""
    return [EventNote(name=type(event).__name__, fields=asdict(event)) for event in events]


def untold(memory: Memory) -> list[RoomEvent]:
    """The events that nobody has taken care of, oldest first."""
    return [note.event() for note in memory.events]


def _person(person: Participant) -> PersonNote:
    return PersonNote(
        id=person.id,
        name=person.name,
        name_latin=person.name_latin,
        role=person.role,
        presence=person.presence,
        device=person.seat.device if person.seat else None,
        kept_until=person.seat.kept_until if person.seat else None,
        reads_after=person.reads_after,
        camera=person.camera,
        microphone=person.microphone,
        muted=person.muted,
        camera_off=person.camera_off,
        declined_at=person.declined_at,
    )


def _line(entry: Entry[ChatLine, Audience]) -> LineNote:
    heard = entry.audience
    named = tuple(sorted(heard.named))
    return LineNote(line=entry.body, room=heard.room, panel=heard.panel, named=named)

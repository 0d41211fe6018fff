"""What a room remembers, and how it tells those who may know. The verbs beside it change it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from signaling.channels import Channel, Entry
from signaling.rooms.actions import Action, Deliver
from signaling.rooms.audience import Audience, about, may_see
from signaling.rooms.floor import Floor
from signaling.rooms.limits import TokenBucket
from signaling.rooms.media_map import MediaMap
from signaling.rooms.messages.parts import ChatLine, Person, Timer
from signaling.rooms.messages.server import Numbered, PresenceChanged, ServerMessage, Snapshot
from signaling.rooms.people import Participant
from signaling.rooms.values import ConnectionId, Outcome, ParticipantId, RoomPlan, SessionId

EVENTS_KEPT = 512  # some minutes of a busy room; who was away longer gets a snapshot
CHAT_KEPT = 200  # lines; an interview, not an archive
CHAT_BURST = 8
CHAT_PACE = timedelta(seconds=2)
LIMIT_BURST = 10  # layouts: somebody turns the phone, opens the chat, drags the window
LIMIT_PACE = timedelta(milliseconds=250)

SEEN_BURST = 3  # reports of freezes: our pages send one every five seconds
SEEN_PACE = timedelta(seconds=2)


@dataclass(slots=True)
class RoomState:
    """One room. Changed only by the verbs of this package; numbers belong to `life`."""

    plan: RoomPlan
    life: str
    people: dict[ParticipantId, Participant] = field(default_factory=dict)
    events: Channel[Numbered, Audience] = field(default_factory=lambda: Channel(EVENTS_KEPT))
    chat: Channel[ChatLine, Audience] = field(default_factory=lambda: Channel(CHAT_KEPT))
    chat_pace: dict[ParticipantId, TokenBucket] = field(default_factory=dict)
    limit_pace: dict[ParticipantId, TokenBucket] = field(default_factory=dict)
    seen_pace: dict[ParticipantId, TokenBucket] = field(default_factory=dict)
    media: MediaMap = field(default_factory=MediaMap)
    floor: Floor = field(default_factory=Floor)
    told_speaker: ParticipantId | None = None
    connected_sessions: set[SessionId] = field(default_factory=set)
    started_at: datetime | None = None
    outcome: Outcome | None = None
    expired: bool = False

    @property
    def is_over(self) -> bool:
        """Ended by somebody, or died out."""
        return self.outcome is not None or self.expired

    def set(self, person: Participant) -> Participant:
        """Remember the new value of this participant."""
        self.people[person.id] = person
        return person

    def announce(self, person: Participant) -> list[Action]:
        """Tell those who may know how this participant is doing."""
        card = self.card(person)
        return self.tell(about(person), lambda n: PresenceChanged(number=n, person=card))

    def tell(self, audience: Audience, make: Callable[[int], Numbered]) -> list[Action]:
        """Number the message and deliver it to all whom it is for and who are connected."""
        return self.deliver(audience, self.events.publish(make, audience).body)

    def deliver(self, audience: Audience, message: ServerMessage) -> list[Action]:
        """Deliver a message to all whom it is for and who are connected."""
        return [
            Deliver(connection, message)
            for person in self.people.values()
            if (connection := person.connection) and audience.includes(person)
        ]

    def card(self, person: Participant) -> Person:
        """How the others see this participant now."""
        sessions = self.media.sessions_of(person.id)
        return person.card(media=any(s in self.connected_sessions for s in sessions))

    def timer(self, now: datetime) -> Timer:
        """The clock of the interview."""
        return Timer(
            now=now,
            starts_at=self.plan.starts_at,
            ends_at=self.plan.ends_at,
            closes_at=self.plan.closes_at,
            started_at=self.started_at,
        )

    def snapshot(self, reader: Participant, now: datetime) -> Snapshot:
        """Everything that this participant may know of the room."""
        return Snapshot(
            number=self.events.last_number,
            people=tuple(self.card(p) for p in self.people.values() if may_see(reader, p)),
            chat=tuple(
                entry.body for entry in self.chat.latest(lambda entry: may_read(reader, entry))
            ),
            timer=self.timer(now),
        )

    def holder(self, connection: ConnectionId) -> Participant | None:
        """Who holds a seat with this connection."""
        return next((p for p in self.people.values() if p.connection == connection), None)

    def challenger(self, connection: ConnectionId) -> Participant | None:
        """Whose second device asks through this connection."""
        return next(
            (
                p
                for p in self.people.values()
                if p.challenger and p.challenger.connection == connection
            ),
            None,
        )


def may_read(reader: Participant, entry: Entry[ChatLine, Audience]) -> bool:
    """Whether this line of chat belongs into a snapshot for the reader."""
    if reader.id in entry.audience.named:
        return True
    return entry.number > reader.reads_after and entry.audience.includes(reader)

"""A room, its people and what each of them was told: the language of the room's tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from signaling.rooms.actions import Action, Deliver, Disconnect, Emit, IssueGrants
from signaling.rooms.media_map import Publication, Section, Subscription
from signaling.rooms.messages.client import AfterHello
from signaling.rooms.room import Room
from signaling.rooms.values import (
    ConnectionId,
    DeviceId,
    Entrant,
    ParticipantId,
    PublicationId,
    PublicationName,
    Role,
    RoomId,
    RoomPlan,
    SessionId,
    Source,
)

START = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
PLAN = RoomPlan(RoomId("r1"), START, START + timedelta(minutes=30))
PEOPLE: dict[str, tuple[str, Role]] = {
    "li": ("Li Na", "panel"),
    "wu": ("Wu Di", "panel"),
    "chen": ("陈晨", "candidate"),
    "zhao": ("Zhao Yu", "candidate"),
    "guest": ("Guest", "observer"),
}
LATIN = {"chen": "Chen Chen"}


class Story:
    """Performs inputs at `now` and keeps every action by connection."""

    def __init__(self, plan: RoomPlan = PLAN) -> None:
        self.room = Room(plan, life="life-1")
        self.now = START
        self.heard: dict[str, list[Any]] = {}
        self.closed: dict[str, int] = {}
        self.granted: dict[str, list[bool]] = {}
        self.events: list[Any] = []
        self.actions: list[Action] = []

    def took(self, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        for action in actions:
            self.actions.append(action)
            if isinstance(action, Deliver):
                assert action.connection not in self.closed, "told a closed connection"
                self.heard.setdefault(action.connection, []).append(action.message)
            elif isinstance(action, Disconnect):
                self.closed[action.connection] = action.code
            elif isinstance(action, IssueGrants):
                self.granted.setdefault(action.connection, []).append(action.admitted)
            elif isinstance(action, Emit):
                self.events.append(action.event)
        return actions

    def enter(
        self,
        who: str,
        connection: str | None = None,
        *,
        device: str = "device-1",
        last_seen: int | None = None,
        admitted_before: bool = False,
    ) -> tuple[Action, ...]:
        name, role = PEOPLE[who]
        entrant = Entrant(
            ParticipantId(who),
            name,
            role,
            ConnectionId(connection or who),
            DeviceId(device),
            last_seen,
            admitted_before,
            LATIN.get(who, ""),
        )
        return self.took(self.room.enter(entrant, self.now))

    def says(self, connection: str, message: AfterHello) -> tuple[Action, ...]:
        return self.took(self.room.receive(ConnectionId(connection), message, self.now))

    def loses(self, connection: str) -> tuple[Action, ...]:
        self.closed.setdefault(connection, 1006)
        return self.took(self.room.lost(ConnectionId(connection), self.now))

    def after(self, **duration: float) -> tuple[Action, ...]:
        self.now += timedelta(**duration)
        return self.took(self.room.tick(self.now))

    def publishes(
        self, who: str, publication: str, kinds: str = "av", source: Source = "camera"
    ) -> tuple[Action, ...]:
        value = Publication(
            PublicationId(publication),
            SessionId(f"up-{publication}"),
            ParticipantId(who),
            source,
            sections(kinds),
        )
        return self.took(self.room.published(value))

    def subscribes(
        self, who: str, session: str, kinds: str = "aavv", only: str | None = None
    ) -> tuple[Action, ...]:
        name = None if only is None else PublicationName.read(only)
        value = Subscription(SessionId(session), ParticipantId(who), sections(kinds), name)
        return self.took(self.room.subscribed(value))

    def types(self, connection: str) -> list[str]:
        return [message.type for message in self.heard.get(connection, [])]

    def last(self, connection: str, kind: str) -> Any:
        return next(m for m in reversed(self.heard[connection]) if m.type == kind)

    def number(self) -> int:
        return self.room.state.events.last_number

    def presence(self, who: str) -> str:
        return self.room.state.people[ParticipantId(who)].presence


def sections(kinds: str) -> tuple[Section, ...]:
    return tuple(
        Section(str(mid), "audio" if kind == "a" else "video") for mid, kind in enumerate(kinds)
    )

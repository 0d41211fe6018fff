"""The room: every input with the time it came at, every answer a list of actions."""

from datetime import datetime

from signaling.refusals import Refusal
from signaling.rooms import entering, leaving, media_flow, speaking, verbs, watching
from signaling.rooms.actions import Action, Deliver, Disconnect, Emit
from signaling.rooms.audience import EVERYBODY
from signaling.rooms.events import RoomOpened
from signaling.rooms.media_map import Publication, Subscription
from signaling.rooms.memory import Memory, recall
from signaling.rooms.messages.client import (
    AfterHello,
    Ping,
    TakeOver,
)
from signaling.rooms.messages.server import Pong, Refused, ServerRestart, TimerChanged
from signaling.rooms.refusals import SeatNotYours
from signaling.rooms.state import RoomState
from signaling.rooms.values import (
    ConnectionId,
    Entrant,
    Outcome,
    ParticipantId,
    PublicationId,
    PublicationName,
    RoomPlan,
    SessionId,
    Source,
)

CLOSE_REFUSED = 4000

Actions = tuple[Action, ...]


class Room:
    """One room: a pure state machine. Refusals come back as messages; only media verbs raise."""

    def __init__(self, plan: RoomPlan, life: str) -> None:
        self._state = RoomState(plan, life)

    @classmethod
    def remembered(cls, plan: RoomPlan, life: str, memory: Memory, now: datetime) -> "Room":
        """A room that goes on where another process of ours left it."""
        room = cls(plan, life)
        recall(room._state, memory, now)
        return room

    @property
    def state(self) -> RoomState:
        """What the room remembers; to read, not to change."""
        return self._state

    def opened(self, now: datetime) -> Actions:
        """The room exists."""
        return (Emit(RoomOpened(self._state.plan.room, now)),)

    def replan(self, plan: RoomPlan, now: datetime) -> Actions:
        """The creator moved the room: pages get the new clock."""
        if plan == self._state.plan:
            return ()
        self._state.plan = plan
        timer = self._state.timer(now)
        return tuple(self._state.tell(EVERYBODY, lambda n: TimerChanged(number=n, timer=timer)))

    def enter(self, entrant: Entrant, now: datetime) -> Actions:
        """A connection said hello; one that may not enter is told why and closed."""
        try:
            return tuple(entering.enter(self._state, entrant, now))
        except Refusal as refusal:
            return (
                Deliver(entrant.connection, refused(refusal, "hello")),
                Disconnect(entrant.connection, CLOSE_REFUSED, refusal.code),
            )

    def receive(self, connection: ConnectionId, message: AfterHello, now: datetime) -> Actions:
        """A connection said something after hello; a "no" is delivered as an error message."""
        try:
            return tuple(self._perform(connection, message, now))
        except Refusal as refusal:
            return (Deliver(connection, refused(refusal, message.type)),)

    def lost(self, connection: ConnectionId, now: datetime) -> Actions:
        """A connection is gone; its seat is kept for a while."""
        return tuple(leaving.lost(self._state, connection, now))

    def tick(self, now: datetime) -> Actions:
        """What the time alone changes."""
        return (*leaving.expire(self._state, now), *speaking.settle(self._state, now))

    def end(self, outcome: Outcome, now: datetime) -> Actions:
        """The product ends the room for everybody."""
        return tuple(leaving.end(self._state, outcome, None, now))

    def restart_announced(self, reconnect_in: float) -> Actions:
        """The server is about to restart: all connections are told when to come back."""
        message = ServerRestart(reconnect_in=reconnect_in)
        return tuple(Deliver(connection, message) for connection in self.connections())

    def connections(self) -> tuple[ConnectionId, ...]:
        """Every live connection of the room, with or without a seat."""
        people = self._state.people.values()
        seated = [p.connection for p in people if p.connection]
        asking = [p.challenger.connection for p in people if p.challenger]
        return (*seated, *asking)

    def renew_grants(self) -> Actions:
        """Fresh tokens for everybody who is connected."""
        people = self._state.people.values()
        return tuple(action for person in people for action in entering.issue_grants(person))

    # Media; the shell has asked `check_may_…` before it opened the session at the worker

    def check_may_publish(self, participant: ParticipantId, source: Source = "camera") -> None:
        """Raises InterviewOver, NotAdmitted, ObserverOnly or ScreenTaken when they may not now."""
        media_flow.check_may_publish(self._state, participant, source)

    def check_may_subscribe(
        self, participant: ParticipantId, only: PublicationName | None = None
    ) -> None:
        """Raises InterviewOver, NotAdmitted or PublicationAbsent when they may not hear it now."""
        media_flow.check_may_subscribe(self._state, participant, only)

    def published(self, publication: Publication) -> Actions:
        """The worker opened a publication; its used grant is replaced."""
        actions = media_flow.published(self._state, publication)
        return (*actions, *self._renew(publication.participant))

    def subscribed(self, subscription: Subscription) -> Actions:
        """The worker opened a subscription; its used grant is replaced."""
        actions = media_flow.subscribed(self._state, subscription)
        return (*actions, *self._renew(subscription.participant))

    def session_connected(self, session: SessionId) -> Actions:
        """ICE and DTLS of a session are up."""
        return tuple(media_flow.session_connected(self._state, session))

    def session_gone(self, session: SessionId, reason: str) -> Actions:
        """A session ended at the worker."""
        return tuple(media_flow.session_gone(self._state, session, reason))

    def session_ended(self, session: SessionId) -> Actions:
        """The owner ended a session."""
        return tuple(media_flow.session_ended(self._state, session))

    def voice_changed(
        self, publication: PublicationId, now: datetime, *, speaking_now: bool
    ) -> Actions:
        """Somebody began or stopped speaking into a publication."""
        return tuple(speaking.voice_changed(self._state, publication, now, speaking=speaking_now))

    def layers_wanted(self, publication: PublicationId, rids: tuple[str, ...]) -> Actions:
        """Somebody watches these layers of a publication, and no others."""
        return tuple(watching.layers_wanted(self._state, publication, rids))

    def _renew(self, participant: ParticipantId) -> list[Action]:
        person = self._state.people.get(participant)
        return entering.issue_grants(person) if person else []

    def _perform(
        self, connection: ConnectionId, message: AfterHello, now: datetime
    ) -> list[Action]:
        if isinstance(message, Ping):
            return [Deliver(connection, Pong(nonce=message.nonce, now=now))]
        if isinstance(message, TakeOver):
            return entering.take_over(self._state, connection, now)
        person = self._state.holder(connection)
        if person is None:
            raise SeatNotYours
        return verbs.perform(self._state, person, message, now)


def refused(refusal: Refusal, about: str | None) -> Refused:
    """The error message for a refusal."""
    return Refused(
        code=refusal.code,
        message=refusal.detail,
        next_step=refusal.help,
        parameters={name: str(value) for name, value in refusal.parameters.items()},
        about=about,
    )

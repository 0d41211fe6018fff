"""Going: by choice, by a lost socket, because the seat was kept long enough, or all at once."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from signaling.rooms.actions import Action, CloseSessions, Disconnect, Emit
from signaling.rooms.audience import EVERYBODY, about
from signaling.rooms.entering import hand_over
from signaling.rooms.events import ParticipantLeft, RoomEnded, RoomExpired
from signaling.rooms.media_flow import close_media
from signaling.rooms.media_map import MediaMap
from signaling.rooms.messages.server import Ended, Gone, SeatKept
from signaling.rooms.people import Participant, Seat
from signaling.rooms.state import RoomState
from signaling.rooms.values import ConnectionId, Outcome, ParticipantId

CLOSE_NORMAL = 1000  # RFC 6455 §7.4.1
CLOSE_ENDED = 4002
CLOSE_DECLINED = 4003


def lost(room: RoomState, connection: ConnectionId, now: datetime) -> list[Action]:
    """A socket is gone: its seat is kept for a while."""
    asking = room.challenger(connection)
    if asking is not None:
        room.set(replace(asking, challenger=None))
        return []
    person = room.holder(connection)
    if person is None or person.seat is None:
        return []
    if person.challenger is not None:
        return hand_over(room, room.set(replace(person, seat=None)), person.challenger, now)
    until = now + room.plan.seat_kept
    person = room.set(replace(person, seat=Seat(None, person.seat.device, kept_until=until)))
    return room.tell(
        about(person), lambda n: SeatKept(number=n, participant=person.id, until=until)
    )


def leave(room: RoomState, person: Participant, now: datetime) -> list[Action]:
    """Somebody gives up their seat; if their other device asks for it, that one gets it."""
    if person.challenger is not None:
        actions = _goodbye(person)
        vacant = room.set(replace(person, seat=None))
        return [*actions, *hand_over(room, vacant, person.challenger, now)]
    return _vacate(room, person, "left", now)


def expire(room: RoomState, now: datetime) -> list[Action]:
    """What the time alone changes: seats kept long enough, a room that died out."""
    actions: list[Action] = []
    for person in list(room.people.values()):
        kept_until = person.seat.kept_until if person.seat else None
        if kept_until is not None and now >= kept_until:
            actions += _vacate(room, person, "expired", now)
    empty = all(person.seat is None for person in room.people.values())
    if empty and not room.is_over and now > room.plan.closes_at:
        room.expired = True
        actions.append(Emit(RoomExpired(room.plan.room, now)))
    return actions


def end(room: RoomState, outcome: Outcome, by: ParticipantId | None, now: datetime) -> list[Action]:
    """The interview is over: everybody is told, every session and every connection is closed."""
    if room.is_over:
        return []
    room.outcome = outcome
    actions = room.tell(EVERYBODY, lambda n: Ended(number=n, outcome=outcome, by=by))
    sessions = (*(p.session for p in room.media.publications.values()), *room.media.subscriptions)
    room.media = MediaMap()
    room.connected_sessions.clear()
    if sessions:
        actions.append(CloseSessions(sessions))
    for person in list(room.people.values()):
        actions += _goodbye(person, CLOSE_ENDED, "ended")
        if person.challenger is not None:
            actions.append(Disconnect(person.challenger.connection, CLOSE_ENDED, "ended"))
        if person.seat is not None:
            room.set(replace(person, seat=None, challenger=None, presence="left"))
    return [*actions, Emit(RoomEnded(room.plan.room, now, outcome, by))]


def _vacate(
    room: RoomState, person: Participant, reason: Literal["left", "expired"], now: datetime
) -> list[Action]:
    audience = about(person)
    actions = _goodbye(person)
    actions += close_media(room, person)
    room.set(replace(person, seat=None, presence="left"))
    actions += room.tell(audience, lambda n: Gone(number=n, participant=person.id, reason=reason))
    room.chat_pace.pop(person.id, None)
    room.limit_pace.pop(person.id, None)
    room.seen_pace.pop(person.id, None)
    return [*actions, Emit(ParticipantLeft(room.plan.room, now, person.id, person.role, reason))]


def _goodbye(person: Participant, code: int = CLOSE_NORMAL, reason: str = "left") -> list[Action]:
    if person.connection is None:
        return []
    return [Disconnect(person.connection, code, reason)]

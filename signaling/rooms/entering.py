"""Coming in: a seat, a place before the door, or a question which device to keep."""

from dataclasses import replace
from datetime import datetime, timedelta

from signaling.rooms.actions import Action, Deliver, Disconnect, Emit, IssueGrants
from signaling.rooms.audience import EVERYBODY, Audience
from signaling.rooms.events import ParticipantJoined, ParticipantKnocked
from signaling.rooms.media_flow import close_media
from signaling.rooms.messages.server import (
    Knock,
    Map,
    Replaced,
    SeatTaken,
    Speaker,
    TimerChanged,
    Welcome,
)
from signaling.rooms.people import Challenger, Participant, Seat
from signaling.rooms.refusals import (
    DeclinedRecently,
    InterviewOver,
    RoomClosed,
    RoomFull,
    RoomNotOpenYet,
    SeatNotYours,
)
from signaling.rooms.state import RoomState
from signaling.rooms.values import ConnectionId, DeviceId, Entrant
from signaling.rooms.watching import reminders

CLOSE_REPLACED = 4001  # RFC 6455 §7.4.2: 4000-4999 are ours
DECLINE_REST = timedelta(seconds=30)


def enter(room: RoomState, entrant: Entrant, now: datetime) -> list[Action]:
    """Give somebody their seat back, a new one, a place before the door, or a question.

    Raises:
        InterviewOver, RoomNotOpenYet, RoomClosed, RoomFull, DeclinedRecently: the door is shut.
    """
    if room.is_over:
        raise InterviewOver(outcome=room.outcome or "expired")
    person = room.people.get(entrant.participant)
    if person is None or person.seat is None:
        return _take_place(room, person, entrant, now)
    if person.connection is None or person.seat.device == entrant.device:
        return _come_back(room, person, person.seat, entrant, now)
    return _ask_which(room, person, entrant)


def take_over(room: RoomState, connection: ConnectionId, now: datetime) -> list[Action]:
    """The newer device gets the seat; the older one is told and closed.

    Raises:
        SeatNotYours: nobody asked this connection anything.
    """
    person = room.challenger(connection)
    if person is None or person.challenger is None:
        raise SeatNotYours
    return hand_over(room, person, person.challenger, now)


def hand_over(
    room: RoomState, person: Participant, newer: Challenger, now: datetime
) -> list[Action]:
    """The newer device gets the seat; the older one, if it is still there, is told and closed."""
    actions: list[Action] = []
    if person.connection is not None:
        actions.append(Deliver(person.connection, Replaced()))
        actions.append(Disconnect(person.connection, CLOSE_REPLACED, "replaced"))
    actions += close_media(room, person)
    fresh_seat = Seat(newer.connection, DeviceId(newer.device))
    person = room.set(
        replace(person, seat=fresh_seat, challenger=None, camera="unknown", microphone="unknown")
    )
    return [*actions, *_greet(room, person, newer.connection, now), *room.announce(person)]


def seat_in_room(room: RoomState, person: Participant, now: datetime) -> list[Action]:
    """Somebody is in the room now: tell the product, and start the clock when both sides met."""
    actions: list[Action] = [Emit(ParticipantJoined(room.plan.room, now, person.id, person.role))]
    roles = {p.role for p in room.people.values() if p.is_in_room}
    if room.started_at is None and {"panel", "candidate"} <= roles:
        room.started_at = now
        timer = room.timer(now)
        actions += room.tell(EVERYBODY, lambda n: TimerChanged(number=n, timer=timer))
    return actions


def issue_grants(person: Participant) -> list[Action]:
    """Fresh tokens for whoever holds a live seat."""
    if person.connection is None:
        return []
    return [
        IssueGrants(
            person.connection,
            person.id,
            person.name,
            person.role,
            person.is_in_room,
            person.name_latin,
        )
    ]


def _take_place(
    room: RoomState, before: Participant | None, entrant: Entrant, now: datetime
) -> list[Action]:
    _check_door(room, before, entrant, now)
    remembered = before is None and entrant.admitted_before  # else we know better ourselves
    admitted = entrant.role == "panel" or remembered
    _check_places(room, admitted=admitted)
    person = room.set(
        Participant(
            id=entrant.participant,
            name=entrant.name,
            name_latin=entrant.name_latin,
            role=entrant.role,
            presence="in-room" if admitted else "waiting",
            seat=Seat(entrant.connection, entrant.device),
            hears_after=room.events.last_number,
            reads_after=0 if entrant.role == "panel" else room.chat.last_number,
        )
    )
    actions = _greet(room, person, entrant.connection, now)
    actions += room.announce(person)
    if admitted:
        return [*actions, *seat_in_room(room, person, now)]
    card = room.card(person)
    actions += room.tell(Audience(panel=True), lambda n: Knock(number=n, person=card))
    return [*actions, Emit(ParticipantKnocked(room.plan.room, now, person.id, person.role))]


def _check_door(
    room: RoomState, before: Participant | None, entrant: Entrant, now: datetime
) -> None:
    opens_at = room.plan.opens_at(entrant.role)
    if now < opens_at:
        raise RoomNotOpenYet(opens_at=opens_at.isoformat())
    if now > room.plan.closes_at and not entrant.admitted_before:
        raise RoomClosed(closes_at=room.plan.closes_at.isoformat())
    if before and before.declined_at and now < before.declined_at + DECLINE_REST:
        raise DeclinedRecently(again_at=(before.declined_at + DECLINE_REST).isoformat())


def _check_places(room: RoomState, *, admitted: bool) -> None:
    """Seats and waiting places are counted apart: knocking cannot keep the panel out."""
    if admitted and sum(p.is_in_room for p in room.people.values()) >= room.plan.seats:
        raise RoomFull(seats=room.plan.seats)
    waiting = sum(p.is_waiting for p in room.people.values())
    if not admitted and waiting >= room.plan.waiting_places:
        raise RoomFull(seats=room.plan.waiting_places)


def _come_back(
    room: RoomState, person: Participant, seat: Seat, entrant: Entrant, now: datetime
) -> list[Action]:
    """The seat was kept, or the same device reloaded before we noticed that it was gone."""
    actions: list[Action] = []
    if person.connection is not None:
        actions.append(Disconnect(person.connection, CLOSE_REPLACED, "reconnected"))
    if seat.device != entrant.device:
        actions += close_media(room, person)
    was_lost = person.connection is None
    person = room.set(
        replace(
            person,
            name=entrant.name,
            name_latin=entrant.name_latin,
            seat=Seat(entrant.connection, entrant.device),
        )
    )
    actions += _greet(room, person, entrant.connection, now, last_seen=entrant.last_seen)
    return [*actions, *room.announce(person)] if was_lost else actions


def _ask_which(room: RoomState, person: Participant, entrant: Entrant) -> list[Action]:
    actions: list[Action] = []
    if person.challenger is not None:
        actions.append(Deliver(person.challenger.connection, Replaced()))
        actions.append(Disconnect(person.challenger.connection, CLOSE_REPLACED, "replaced"))
    room.set(replace(person, challenger=Challenger(entrant.connection, entrant.device)))
    return [*actions, Deliver(entrant.connection, SeatTaken(name=person.name))]


def _greet(
    room: RoomState,
    person: Participant,
    connection: ConnectionId,
    now: datetime,
    *,
    last_seen: int | None = None,
) -> list[Action]:
    """Welcome, then what was missed or a snapshot, then the map and fresh tokens."""
    missed = None
    if last_seen is not None and last_seen >= person.hears_after:
        missed = room.events.replay(last_seen, lambda entry: entry.audience.includes(person))
    welcome = Welcome(
        room=room.plan.room,
        you=room.card(person),
        life=room.life,
        resumed=missed is not None,
        timer=room.timer(now),
    )
    actions: list[Action] = [Deliver(connection, welcome)]
    if missed is None:
        actions.append(Deliver(connection, room.snapshot(person, now)))
    else:
        actions += [Deliver(connection, entry.body) for entry in missed]
    if person.is_in_room:
        sections = room.media.described(person.id)
        actions.append(Deliver(connection, Map(sections=sections)))
        actions.append(Deliver(connection, Speaker(participant=room.told_speaker)))
        actions += reminders(room, person)
    return [*actions, *issue_grants(person)]

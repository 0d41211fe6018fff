"""The door: the panel lets somebody in, or not."""

from dataclasses import replace
from datetime import datetime

from signaling.rooms.actions import Action, Deliver, Disconnect, Emit
from signaling.rooms.audience import Audience
from signaling.rooms.entering import issue_grants, seat_in_room
from signaling.rooms.events import ParticipantAdmitted, ParticipantDeclined
from signaling.rooms.leaving import CLOSE_DECLINED
from signaling.rooms.messages.server import Admitted, Declined, Map, Speaker
from signaling.rooms.people import Participant
from signaling.rooms.refusals import NobodyWaits, PanelOnly, RoomFull
from signaling.rooms.state import RoomState
from signaling.rooms.values import ParticipantId


def admit(
    room: RoomState, by: Participant, participant: ParticipantId, now: datetime
) -> list[Action]:
    """Let one who waits into the room.

    Raises:
        PanelOnly, NobodyWaits, RoomFull: it cannot be done.
    """
    person = _waiting(room, by, participant)
    if sum(p.is_in_room for p in room.people.values()) >= room.plan.seats:
        raise RoomFull(seats=room.plan.seats)
    person = room.set(
        replace(
            person,
            presence="in-room",
            hears_after=room.events.last_number + 1,  # from the word that lets them in
            reads_after=room.chat.last_number,
        )
    )
    card = room.card(person)
    audience = Audience(room=True, panel=True, named=frozenset({person.id}))
    actions = room.tell(audience, lambda n: Admitted(number=n, person=card, by=by.id))
    if person.connection is not None:
        actions.append(Deliver(person.connection, room.snapshot(person, now)))
        actions.append(Deliver(person.connection, Map(sections=())))
        actions.append(Deliver(person.connection, Speaker(participant=room.told_speaker)))
        actions += issue_grants(person)
    actions.append(Emit(ParticipantAdmitted(room.plan.room, now, person.id, by.id)))
    return [*actions, *seat_in_room(room, person, now)]


def decline(
    room: RoomState, by: Participant, participant: ParticipantId, now: datetime
) -> list[Action]:
    """Do not let one who waits into the room; they may knock again after a rest.

    Raises:
        PanelOnly, NobodyWaits: it cannot be done.
    """
    person = _waiting(room, by, participant)
    audience = Audience(panel=True, named=frozenset({person.id}))
    actions = room.tell(audience, lambda n: Declined(number=n, participant=person.id, by=by.id))
    connections = [person.connection, person.challenger and person.challenger.connection]
    room.set(replace(person, presence="declined", seat=None, challenger=None, declined_at=now))
    actions += [Disconnect(c, CLOSE_DECLINED, "declined") for c in connections if c]
    return [*actions, Emit(ParticipantDeclined(room.plan.room, now, person.id, by.id))]


def _waiting(room: RoomState, by: Participant, participant: ParticipantId) -> Participant:
    if not by.is_panel_here:
        raise PanelOnly
    person = room.people.get(participant)
    if person is None or not person.is_waiting:
        raise NobodyWaits
    return person

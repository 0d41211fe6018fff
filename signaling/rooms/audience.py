"""Who hears a message. Nobody hears the room before being admitted: that rule lives here."""

from dataclasses import dataclass

from signaling.rooms.people import Participant
from signaling.rooms.values import ParticipantId


@dataclass(frozen=True, slots=True)
class Audience:
    """A message is for everybody of the ticked groups, and for the named ones."""

    room: bool = False  # all who are in the room
    panel: bool = False  # panel members, now or later
    waiting: bool = False  # all who wait to be admitted
    named: frozenset[ParticipantId] = frozenset()

    def includes(self, person: Participant) -> bool:
        """Whether this person, as they are now, is one of those it is for."""
        if person.id in self.named:
            return True
        if person.is_panel_here and self.panel:
            return True
        return (self.room and person.is_in_room) or (self.waiting and person.is_waiting)


EVERYBODY = Audience(room=True, panel=True, waiting=True)
ROOM = Audience(room=True, panel=True)


def about(person: Participant) -> Audience:
    """Who may know how this person is doing.

    The panel is seen by all, also from the waiting room ("the interviewer is checking camera");
    one who waits is seen by the panel alone.
    """
    own = frozenset({person.id})
    if person.role == "panel":
        return Audience(room=True, panel=True, waiting=True, named=own)
    if person.is_waiting:
        return Audience(panel=True, named=own)
    return Audience(room=True, panel=True, named=own)


def may_see(reader: Participant, person: Participant) -> bool:
    """Whether `person` belongs into a snapshot for `reader`."""
    return person.seat is not None and about(person).includes(reader)

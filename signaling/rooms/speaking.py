"""Active speaker: what the worker hears becomes one name that everybody in the room is told."""

from datetime import datetime

from signaling.rooms.actions import Action
from signaling.rooms.audience import ROOM
from signaling.rooms.messages.server import Speaker
from signaling.rooms.people import Participant
from signaling.rooms.state import RoomState
from signaling.rooms.values import PublicationId


def voice_changed(
    room: RoomState, publication: PublicationId, now: datetime, *, speaking: bool
) -> list[Action]:
    """Somebody began or stopped speaking; the sound of a screen is nobody's voice."""
    source = room.media.publications.get(publication)
    if source is None or source.source != "camera":
        return []
    if not speaking:
        room.floor.stops(source.participant, now)
    elif not room.people[source.participant].muted:
        room.floor.speaks(source.participant, now)
    return settle(room, now)


def settle(room: RoomState, now: datetime) -> list[Action]:
    """Tell everybody in the room when somebody else has the floor."""
    speaker = room.floor.settle(now)
    if speaker == room.told_speaker:
        return []
    room.told_speaker = speaker
    return room.deliver(ROOM, Speaker(participant=speaker))


def muted(room: RoomState, person: Participant, now: datetime) -> list[Action]:
    """One who is muted does not speak, whatever the microphone picks up."""
    if not person.muted:
        return []
    room.floor.leaves(person.id)
    return settle(room, now)

"""What somebody with a seat says, and the verb that answers it."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from signaling.rooms import (
    admitting,
    chatting,
    entering,
    leaving,
    seeing,
    sharing,
    speaking,
    watching,
)
from signaling.rooms.actions import Action
from signaling.rooms.messages.client import (
    Admit,
    Decline,
    DeviceState,
    End,
    Leave,
    MediaState,
    RenewGrants,
    SendChat,
    SetLimits,
    StopScreen,
    TellPictures,
)
from signaling.rooms.people import Participant
from signaling.rooms.refusals import CandidateIsPresent, PanelOnly, TooEarlyForNoShow
from signaling.rooms.state import RoomState
from signaling.rooms.values import Outcome

MediaMessage = DeviceState | MediaState | SetLimits | StopScreen | TellPictures
SeatedMessage = MediaMessage | SendChat | Admit | Decline | End | Leave | RenewGrants


def perform(
    room: RoomState, person: Participant, message: SeatedMessage, now: datetime
) -> list[Action]:
    """What follows from the message.

    Raises:
        Refusal: a rule of the room said no.
    """
    match message:
        case DeviceState() | MediaState() | SetLimits() | StopScreen() | TellPictures():
            actions = _about_media(room, person, message, now)
        case SendChat():
            actions = chatting.say(room, person, message, now)
        case Admit(participant=participant):
            actions = admitting.admit(room, person, participant, now)
        case Decline(participant=participant):
            actions = admitting.decline(room, person, participant, now)
        case End(outcome=outcome):
            actions = _end(room, person, outcome, now)
        case Leave():
            actions = leaving.leave(room, person, now)
        case RenewGrants():
            actions = entering.issue_grants(person)
        case _:
            assert_never(message)
    return actions


def _about_media(
    room: RoomState, person: Participant, message: MediaMessage, now: datetime
) -> list[Action]:
    match message:
        case DeviceState(camera=camera, microphone=microphone):
            actions = _change(room, replace(person, camera=camera, microphone=microphone))
        case MediaState(muted=muted, camera_off=camera_off):
            person = replace(person, muted=muted, camera_off=camera_off)
            actions = [*_change(room, person), *speaking.muted(room, person, now)]
        case SetLimits(limits=limits):
            actions = watching.set_limits(room, person, limits, now)
        case TellPictures(pictures=pictures):
            actions = seeing.told(room, person, pictures, now)
        case StopScreen():
            actions = sharing.stop_screen(room, person)
        case _:
            assert_never(message)
    return actions


def _change(room: RoomState, changed: Participant) -> list[Action]:
    if room.people[changed.id] == changed:
        return []
    return room.announce(room.set(changed))


def _end(room: RoomState, by: Participant, outcome: Outcome, now: datetime) -> list[Action]:
    if not by.is_panel_here:
        raise PanelOnly
    candidates = [p for p in room.people.values() if p.role == "candidate" and p.is_in_room]
    if outcome == "no-show" and candidates:
        raise CandidateIsPresent
    earliest = room.plan.starts_at + room.plan.grace
    if outcome == "no-show" and now < earliest:
        raise TooEarlyForNoShow(earliest=earliest.isoformat())
    return leaving.end(room, outcome, by.id, now)

"""Screen share: one screen a room at a time, so that everybody looks at the same thing."""

from signaling.rooms.actions import Action, CloseSessions, Deliver
from signaling.rooms.media_flow import forget
from signaling.rooms.messages.server import ScreenStopped
from signaling.rooms.people import Participant
from signaling.rooms.refusals import NobodyShares, PanelOnly
from signaling.rooms.state import RoomState


def stop_screen(room: RoomState, by: Participant) -> list[Action]:
    """The panel stops the screen that is shared; its page is told, so that it stops capturing.

    Raises:
        PanelOnly, NobodyShares: it cannot be done.
    """
    screen = room.media.screen
    if screen is None:
        raise NobodyShares
    if not by.is_panel_here and screen.participant != by.id:
        raise PanelOnly
    actions = forget(room, screen.session)
    actions.append(CloseSessions((screen.session,)))
    owner = room.people[screen.participant]
    if owner.connection is not None:
        actions.append(Deliver(owner.connection, ScreenStopped(by=by.id)))
    return [*actions, *room.announce(owner)]

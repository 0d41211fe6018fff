"""What is watched: how large a page shows each picture, and which layers nobody needs."""

from datetime import datetime

from signaling.rooms.actions import Action, Deliver, Limit
from signaling.rooms.limits import TokenBucket
from signaling.rooms.media_map import Subscription
from signaling.rooms.messages.parts import PictureLimit
from signaling.rooms.messages.server import Layers
from signaling.rooms.people import Participant
from signaling.rooms.pictures import spoken_of
from signaling.rooms.state import LIMIT_BURST, LIMIT_PACE, RoomState
from signaling.rooms.values import PublicationId


def set_limits(
    room: RoomState, person: Participant, limits: tuple[PictureLimit, ...], now: datetime
) -> list[Action]:
    """The page shows these pictures so high; only what is new is passed on to the worker.

    Raises:
        TooManyMessages: a page tells of a new layout a few times a second at most.
        SectionUnknown: one of them is no video section of the participant's subscription.
    """
    pace = room.limit_pace.setdefault(person.id, TokenBucket(LIMIT_BURST, LIMIT_PACE))
    subscription = spoken_of(room, person, (one.mid for one in limits), pace, now)
    if subscription is None:
        return []  # it has just ended; the next one gets limits of its own
    return [action for limit in limits for action in _limit(room, subscription, limit)]


def _limit(room: RoomState, subscription: Subscription, limit: PictureLimit) -> list[Action]:
    key = (subscription.session, limit.mid)
    if room.media.limits.get(key) == limit.height:
        return []
    room.media.limits[key] = limit.height
    return [Limit(subscription.session, limit.mid, limit.height)]


def layers_wanted(
    room: RoomState, publication: PublicationId, rids: tuple[str, ...]
) -> list[Action]:
    """Somebody watches these layers of a publication: its page may pause the others."""
    source = room.media.publications.get(publication)
    if source is None:
        return []
    room.media.watched[publication] = rids
    connection = room.people[source.participant].connection
    return [Deliver(connection, Layers(source=source.source, rids=rids))] if connection else []


def reminders(room: RoomState, person: Participant) -> list[Action]:
    """What a page that comes (back) needs to know about the layers of its own publications."""
    if person.connection is None:
        return []
    return [
        Deliver(person.connection, Layers(source=source.source, rids=rids))
        for publication, rids in room.media.watched.items()
        if (source := room.media.publications.get(publication)) and source.participant == person.id
    ]

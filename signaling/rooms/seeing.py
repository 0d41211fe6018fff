"""What viewers saw: the freezes that their browsers counted, as their pages tell of them."""

from datetime import datetime

from signaling.rooms.actions import Action, Saw
from signaling.rooms.limits import TokenBucket
from signaling.rooms.messages.parts import PictureSeen
from signaling.rooms.people import Participant
from signaling.rooms.pictures import spoken_of
from signaling.rooms.state import SEEN_BURST, SEEN_PACE, RoomState


def told(
    room: RoomState, person: Participant, pictures: tuple[PictureSeen, ...], now: datetime
) -> list[Action]:
    """A page says what its browser counted since its session began; what is new is passed on.

    Raises:
        TooManyMessages: a page tells of it every few seconds at most.
        SectionUnknown: one of them is no video section of the participant's subscription.
    """
    pace = room.seen_pace.setdefault(person.id, TokenBucket(SEEN_BURST, SEEN_PACE))
    subscription = spoken_of(room, person, (one.mid for one in pictures), pace, now)
    if subscription is None:
        return []  # it has just ended, and its counts with it
    actions: list[Action] = []
    for picture in pictures:
        key = (subscription.session, picture.mid)
        before = room.media.seen.get(key, PictureSeen(mid=picture.mid))
        now_seen = room.media.seen[key] = before.or_more(picture)
        if now_seen != before:
            more = now_seen.since(before)
            actions.append(Saw(*key, more.freezes, more.frozen, more.dropped))
    return actions

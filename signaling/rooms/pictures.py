"""Of which pictures a page may speak: video sections of its own subscription, now and then."""

from collections.abc import Iterable
from datetime import datetime

from signaling.refusals import SectionUnknown
from signaling.rooms.limits import TokenBucket
from signaling.rooms.media_map import Subscription
from signaling.rooms.people import Participant
from signaling.rooms.refusals import TooManyMessages
from signaling.rooms.state import RoomState


def spoken_of(
    room: RoomState, person: Participant, mids: Iterable[str], pace: TokenBucket, now: datetime
) -> Subscription | None:
    """The subscription whose pictures these are; None when it has just ended.

    Raises:
        TooManyMessages: the participant speaks more often than this pace.
        SectionUnknown: one of them is no video section of the participant's subscription.
    """
    if not pace.take(now):
        raise TooManyMessages
    subscription = room.media.subscription_of(person.id)
    if subscription is None:
        return None
    known = {section.mid for section in subscription.sections if section.kind == "video"}
    for mid in mids:
        if mid not in known:
            raise SectionUnknown(mid=mid)
    return subscription

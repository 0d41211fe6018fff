"""Media sessions of a room: who may open one, and what follows when one comes or goes."""

from typing import Literal

from signaling.refusals import PublicationAbsent
from signaling.rooms.actions import Action, Attach, CloseSessions, Deliver, Detach
from signaling.rooms.media_map import Publication, Subscription
from signaling.rooms.messages.server import Map, MediaLost
from signaling.rooms.people import Participant
from signaling.rooms.refusals import InterviewOver, NotAdmitted, ObserverOnly, ScreenTaken
from signaling.rooms.state import RoomState
from signaling.rooms.values import ParticipantId, PublicationName, SessionId, Source


def check_may_publish(room: RoomState, participant: ParticipantId, source: Source) -> None:
    """Whether this participant may send media from that source now.

    Raises:
        InterviewOver, NotAdmitted, ObserverOnly: they may not.
        ScreenTaken: one screen a room at a time.
    """
    check_may_subscribe(room, participant)
    if room.people[participant].role == "observer":
        raise ObserverOnly
    screen = room.media.screen if source == "screen" else None
    if screen is not None and screen.participant != participant:
        raise ScreenTaken(name=room.people[screen.participant].name)


def check_may_subscribe(
    room: RoomState, participant: ParticipantId, only: PublicationName | None = None
) -> None:
    """Whether this participant may hear and see the room, or that one publication, now.

    Raises:
        InterviewOver: nobody may any more.
        NotAdmitted: not in the room (any more).
        PublicationAbsent: nobody sends under that name.
    """
    if room.is_over:
        raise InterviewOver(outcome=room.outcome or "expired")
    person = room.people.get(participant)
    if person is None or not person.is_in_room:
        raise NotAdmitted
    if only is not None and not room.media.has(only):
        raise PublicationAbsent


def published(room: RoomState, publication: Publication) -> list[Action]:
    """A publication is open. One of the same source before it is closed."""
    try:
        check_may_publish(room, publication.participant, publication.source)
    except (
        InterviewOver,
        NotAdmitted,
        ObserverOnly,
        ScreenTaken,
    ):  # it changed while the worker was opening the session
        return [CloseSessions((publication.session,))]
    old = [
        p.session
        for p in room.media.publications.values()
        if p.participant == publication.participant and p.source == publication.source
    ]
    actions = _with_maps(room, room.media.publish(publication))
    room.connected_sessions.difference_update(old)
    if old:
        actions.append(CloseSessions(tuple(old)))
    return [*actions, *_announce(room, publication.participant)]


def subscribed(room: RoomState, subscription: Subscription) -> list[Action]:
    """A subscription is open. The participant's one of that kind before it is closed."""
    try:
        check_may_subscribe(room, subscription.participant)
    except (InterviewOver, NotAdmitted):
        return [CloseSessions((subscription.session,))]
    old = [
        s.session
        for s in room.media.subscriptions.values()
        if s.participant == subscription.participant and s.only == subscription.only
    ]
    for session in old:
        room.media.unsubscribe(session)
    room.connected_sessions.difference_update(old)
    actions = room.media.subscribe(subscription)
    actions += _maps(room, {subscription.participant})
    if old:
        actions.append(CloseSessions(tuple(old)))
    return [*actions, *_announce(room, subscription.participant)]


def session_connected(room: RoomState, session: SessionId) -> list[Action]:
    """ICE and DTLS of a session are up."""
    owner = _owner(room, session)
    if owner is None or session in room.connected_sessions:
        return []
    room.connected_sessions.add(session)
    return _announce(room, owner)


def session_gone(room: RoomState, session: SessionId, reason: str) -> list[Action]:
    """A session ended at the worker: nothing may point to it, and its owner should come again."""
    owner = _owner(room, session)
    if owner is None:
        return []
    publication = room.media.publication_of(session)
    direction: Literal["publish", "subscribe"] = "publish" if publication else "subscribe"
    source = publication.source if publication else None
    subscription = room.media.subscriptions.get(session)
    is_player = subscription is not None and subscription.only is not None  # no page has to act
    actions = forget(room, session)
    connection = room.people[owner].connection
    if connection is not None and not is_player:
        lost = MediaLost(direction=direction, source=source, reason=reason)
        actions.append(Deliver(connection, lost))
    return [*actions, *_announce(room, owner)]


def session_ended(room: RoomState, session: SessionId) -> list[Action]:
    """The owner ended the session (DELETE): nobody needs to be told to come again."""
    owner = _owner(room, session)
    if owner is None:
        return []
    actions = forget(room, session)
    return [*actions, CloseSessions((session,)), *_announce(room, owner)]


def close_media(room: RoomState, person: Participant) -> list[Action]:
    """Everything that this participant sends and receives ends."""
    sessions = room.media.sessions_of(person.id)
    if not sessions:
        return []
    actions: list[Action] = []
    for session in sessions:
        actions += forget(room, session)
    return [*actions, CloseSessions(sessions)]


def forget(room: RoomState, session: SessionId) -> list[Action]:
    """Nothing points to this session any more, and nobody speaks through it."""
    room.connected_sessions.discard(session)
    publication = room.media.publication_of(session)
    if publication is None:
        room.media.unsubscribe(session)
        return []
    if publication.source == "camera":
        room.floor.leaves(publication.participant)
    return _with_maps(room, room.media.unpublish(publication.id))


def _owner(room: RoomState, session: SessionId) -> ParticipantId | None:
    publication = room.media.publication_of(session)
    if publication is not None:
        return publication.participant
    subscription = room.media.subscriptions.get(session)
    return subscription.participant if subscription else None


def _with_maps(room: RoomState, actions: list[Action]) -> list[Action]:
    """The changes of the map, then the new map to each subscriber whose sections changed."""
    sessions = {a.session for a in actions if isinstance(a, Attach | Detach)}
    touched = {
        room.media.subscriptions[s].participant for s in sessions if s in room.media.subscriptions
    }
    return [*actions, *_maps(room, touched)]


def _maps(room: RoomState, participants: set[ParticipantId]) -> list[Action]:
    return [
        Deliver(person.connection, Map(sections=room.media.described(person.id)))
        for person in room.people.values()
        if person.id in participants and person.connection is not None
    ]


def _announce(room: RoomState, participant: ParticipantId) -> list[Action]:
    return room.announce(room.people[participant])

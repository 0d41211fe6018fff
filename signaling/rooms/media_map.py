"""Which publication flows into which section of whose subscription: decided once, changed little.

A subscription has a fixed number of sections; tracks keep their section as
long as both live, a replaced publication passes its sections on, and a freed section goes to the
oldest track that found no place. Sound and picture of a publication get sections of the same place
(the n-th audio and the n-th video section) if they can: those share a MediaStream, so a browser
plays them in step.
"""

from dataclasses import dataclass, field

from signaling.rooms.actions import Action, Attach, Detach
from signaling.rooms.messages.parts import MapSection, PictureSeen
from signaling.rooms.values import (
    Kind,
    ParticipantId,
    PublicationId,
    PublicationName,
    SessionId,
    Source,
)


@dataclass(frozen=True, slots=True)
class Section:
    """One m-section of a session."""

    mid: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Publication:
    """Media going up: one WHIP session of one participant."""

    id: PublicationId
    session: SessionId
    participant: ParticipantId
    source: Source
    sections: tuple[Section, ...]

    @property
    def name(self) -> PublicationName:
        """What it is called in an address."""
        return PublicationName(self.participant, self.source)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Media coming down: the one WHEP session of a participant, or a player of one publication."""

    session: SessionId
    participant: ParticipantId
    sections: tuple[Section, ...]
    only: PublicationName | None = None  # a player that named it; the room's map leaves it alone

    def wants(self, publication: Publication) -> bool:
        """Whether this publication belongs here: all of the others', or the one that was named."""
        if self.only is not None:
            return publication.name == self.only
        return publication.participant != self.participant  # nobody needs to hear themselves


@dataclass(frozen=True, slots=True)
class Track:
    """One section of a publication."""

    publication: PublicationId
    mid: str


def places(sections: tuple[Section, ...]) -> dict[tuple[Kind, int], str]:
    """Kind and place (0 for the first of its kind) -> the section there."""
    found: dict[tuple[Kind, int], str] = {}
    count: dict[Kind, int] = {}
    for section in sections:
        place = count.get(section.kind, 0)
        count[section.kind] = place + 1
        found[section.kind, place] = section.mid
    return found


@dataclass(slots=True)
class MediaMap:
    """Everything that flows in one room."""

    publications: dict[PublicationId, Publication] = field(default_factory=dict)
    subscriptions: dict[SessionId, Subscription] = field(default_factory=dict)
    carried: dict[tuple[SessionId, str], Track] = field(default_factory=dict)
    limits: dict[tuple[SessionId, str], int | None] = field(default_factory=dict)  # heights
    seen: dict[tuple[SessionId, str], PictureSeen] = field(default_factory=dict)  # by browsers
    watched: dict[PublicationId, tuple[str, ...]] = field(default_factory=dict)  # simulcast rids

    def publish(self, publication: Publication) -> list[Action]:
        """A publication is up; it takes over the sections of the one it replaces, if any."""
        old = self._same_source(publication)
        self.publications[publication.id] = publication
        actions = self._hand_over(old, publication) if old else []
        return [*actions, *self._fill_all()]

    def unpublish(self, publication: PublicationId) -> list[Action]:
        """A publication is dead: nothing may point to it any more."""
        if self.publications.pop(publication, None) is None:
            return []
        self.watched.pop(publication, None)
        return [*self._detach_all(publication), *self._fill_all()]

    def subscribe(self, subscription: Subscription) -> list[Action]:
        """A subscription is up: it carries what the others publish, as far as it has sections."""
        self.subscriptions[subscription.session] = subscription
        return self._fill(subscription)

    def unsubscribe(self, session: SessionId) -> None:
        """A subscription is dead, and with it its sections."""
        self.subscriptions.pop(session, None)
        self.carried = {key: t for key, t in self.carried.items() if key[0] != session}
        self.limits = {key: height for key, height in self.limits.items() if key[0] != session}
        self.seen = {key: counts for key, counts in self.seen.items() if key[0] != session}

    @property
    def screen(self) -> Publication | None:
        """The screen that is shared; there is at most one."""
        return next((p for p in self.publications.values() if p.source == "screen"), None)

    def subscription_of(self, participant: ParticipantId) -> Subscription | None:
        """What comes down to this participant's page."""
        subscriptions = self.subscriptions.values()
        own = (s for s in subscriptions if s.participant == participant and s.only is None)
        return next(own, None)

    def sessions_of(self, participant: ParticipantId) -> tuple[SessionId, ...]:
        """All media sessions of a participant, going up and coming down."""
        up = (p.session for p in self.publications.values() if p.participant == participant)
        down = (s.session for s in self.subscriptions.values() if s.participant == participant)
        return (*up, *down)

    def has(self, name: PublicationName) -> bool:
        """Whether a publication of that name is up."""
        return any(publication.name == name for publication in self.publications.values())

    def publication_of(self, session: SessionId) -> Publication | None:
        """The publication of that session, if it is one."""
        return next((p for p in self.publications.values() if p.session == session), None)

    def described(self, participant: ParticipantId) -> tuple[MapSection, ...]:
        """What flows to this participant now, in the order of their sections."""
        subscription = self.subscription_of(participant)
        if subscription is None:
            return ()
        return tuple(
            MapSection(
                mid=section.mid,
                kind=section.kind,
                participant=self.publications[track.publication].participant,
                source=self.publications[track.publication].source,
            )
            for section in subscription.sections
            if (track := self.carried.get((subscription.session, section.mid)))
        )

    def _same_source(self, new: Publication) -> Publication | None:
        return next(
            (
                p
                for p in self.publications.values()
                if p.participant == new.participant and p.source == new.source and p.id != new.id
            ),
            None,
        )

    def _hand_over(self, old: Publication, new: Publication) -> list[Action]:
        """Let the new publication flow where the old one did; detach what it has not."""
        del self.publications[old.id]
        self.watched.pop(old.id, None)
        places_before = {mid: place for place, mid in places(old.sections).items()}
        places_now = places(new.sections)
        actions: list[Action] = []
        for (session, mid), track in list(self.carried.items()):
            if track.publication != old.id:
                continue
            successor = places_now.get(places_before[track.mid])
            if successor is None:
                actions.append(self._drop(session, mid))
            else:
                actions.append(self._carry(session, mid, Track(new.id, successor)))
        return actions

    def _detach_all(self, publication: PublicationId) -> list[Action]:
        doomed = [key for key, t in self.carried.items() if t.publication == publication]
        return [self._drop(session, mid) for session, mid in doomed]

    def _fill_all(self) -> list[Action]:
        return [a for subscription in self.subscriptions.values() for a in self._fill(subscription)]

    def _fill(self, subscription: Subscription) -> list[Action]:
        """Give each track that has no section a free one of its kind."""
        session = subscription.session
        flowing = {track for key, track in self.carried.items() if key[0] == session}
        actions: list[Action] = []
        for publication in self.publications.values():
            if not subscription.wants(publication):
                continue
            for source in publication.sections:
                track = Track(publication.id, source.mid)
                if track in flowing:
                    continue
                free = self._free_section(subscription, publication, source.kind)
                if free is not None:
                    actions.append(self._carry(session, free, track))
        return actions

    def _free_section(
        self, subscription: Subscription, publication: Publication, kind: Kind
    ) -> str | None:
        """Beside the publication's other track, else where nothing flows, else the first free."""
        sections = places(subscription.sections)
        free = {
            place: sections[kind, place]
            for of_kind, place in sections
            if of_kind == kind and (subscription.session, sections[kind, place]) not in self.carried
        }
        here = {
            place: track.publication
            for (_, place), mid in sections.items()
            if (track := self.carried.get((subscription.session, mid)))
        }
        beside = [place for place in free if here.get(place) == publication.id]
        alone = [place for place in free if place not in here]
        return next((free[place] for place in (*beside, *alone, *free)), None)

    def _carry(self, session: SessionId, mid: str, track: Track) -> Attach:
        self.carried[session, mid] = track
        return Attach(session, mid, track.publication, track.mid)

    def _drop(self, session: SessionId, mid: str) -> Detach:
        del self.carried[session, mid]
        return Detach(session, mid)

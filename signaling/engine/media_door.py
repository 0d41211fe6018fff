"""Lets WHIP and WHEP sessions into rooms."""

import secrets
from collections.abc import Awaitable, Callable

from typing_extensions import override

from signaling.endpoints.ports import Admissions, Clock
from signaling.engine.caps import Entrant
from signaling.engine.open_sessions import OpenSessions
from signaling.engine.ports import Media
from signaling.engine.registry import Registry
from signaling.engine.tokens import Tokens
from signaling.grants import Grant
from signaling.refusals import PublicationNameMalformed, Refusal, SessionUnknown
from signaling.rooms.media_map import Publication, Section, Subscription
from signaling.rooms.values import ParticipantId, PublicationId, PublicationName, SessionId
from signaling.workers.opened import IceRestarted, Opened

LONGEST_NAME = 80  # of what a refusal repeats


class MediaDoor(Admissions):
    """The engine's side of WHIP and WHEP: the room decides who may, the worker opens."""

    def __init__(
        self,
        media: Media,
        tokens: Tokens,
        clock: Clock,
        registry: Registry,
        sessions: OpenSessions,
    ) -> None:
        self._media = media
        self._tokens = tokens
        self._clock = clock
        self._registry = registry
        self._sessions = sessions

    @override
    def verify(self, token: str) -> Grant:
        return self._tokens.read(token)

    @override
    async def publish(self, grant: Grant, offer_text: str, address: str) -> Opened:
        host = self._registry.find(grant.room)
        participant = ParticipantId(grant.participant)
        host.room.check_may_publish(participant, grant.source)
        publication = PublicationId(secrets.token_urlsafe(12))
        opened = await self._open(
            grant,
            address,
            lambda: self._media.open_publication(grant.room, publication, offer_text),
        )
        session = SessionId(opened.session_id)
        self._sessions.published(publication, session)
        value = Publication(publication, session, participant, grant.source, _sections(opened))
        host.perform(host.room.published(value))
        return opened

    @override
    async def subscribe(
        self, grant: Grant, offer_text: str, address: str, publication: str | None
    ) -> Opened:
        host = self._registry.find(grant.room)
        participant = ParticipantId(grant.participant)
        only = None if publication is None else _name(publication)
        host.room.check_may_subscribe(participant, only)
        cname = secrets.token_urlsafe(12)
        opened = await self._open(
            grant, address, lambda: self._media.open_subscription(grant.room, offer_text, cname)
        )
        session = SessionId(opened.session_id)
        value = Subscription(session, participant, _sections(opened), only)
        host.perform(host.room.subscribed(value))
        return opened

    @override
    async def restart(
        self, grant: Grant, session: str, fragment_text: str, if_match: str | None
    ) -> IceRestarted | None:
        self._sessions.ledger.require(grant, session)
        return await self._media.restart_ice(session, fragment_text, if_match)

    @override
    async def end(self, grant: Grant, session: str) -> None:
        self._sessions.ledger.require(grant, session)
        room = self._sessions.room_of(session)
        host = None if room is None else self._registry.get(room)
        if host is None:
            raise SessionUnknown
        host.perform(host.room.session_ended(SessionId(session)))

    async def _open(
        self, grant: Grant, address: str, open_session: Callable[[], Awaitable[Opened]]
    ) -> Opened:
        """Take the one use of the grant and a place, and give both back if no session came of it.

        Raises:
            RoomMediaFull, PersonFull, AddressFull: there is no place.
        """
        ledger, occupancy = self._sessions.ledger, self._sessions.occupancy
        publishes = grant.action == "publish"
        entrant = Entrant(grant.room, grant.participant, address, publishes)
        ledger.consume(grant, now=self._clock())
        try:
            occupancy.enter(entrant, seats=self._registry.find(grant.room).seats)
        except Refusal:
            ledger.release(grant)
            raise
        try:
            opened = await open_session()
        except BaseException:
            ledger.release(grant)
            occupancy.leave(entrant)
            raise
        ledger.bind(grant, opened.session_id)
        self._sessions.add(opened.session_id, entrant, self._clock())
        return opened


def _sections(opened: Opened) -> tuple[Section, ...]:
    return tuple(Section(section.mid, section.kind) for section in opened.sections)


def _name(text: str) -> PublicationName:
    try:
        return PublicationName.read(text)
    except ValueError as error:
        raise PublicationNameMalformed(name=text[:LONGEST_NAME]) from error

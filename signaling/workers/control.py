"""The one object through which the control plane opens, moves and ends media sessions."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from signaling.refusals import (
    NoWorker,
    PublicationTaken,
    RestartFailed,
    SectionUnknown,
    SessionUnknown,
    WorkerSilent,
)
from signaling.refusals import Refusal as Refused
from signaling.sdp.agreement import Agreement
from signaling.sdp.answer import Answerer, Outgoing, answer
from signaling.sdp.fragment import write_fragment
from signaling.sdp.policy import DOWNLINK, UPLINK, Policy
from signaling.sdp.values import IceParameters
from signaling.sdp.write import write
from signaling.workers import negotiation
from signaling.workers.events import Events, WorkerLost
from signaling.workers.link import CommandFailedError, Event, LinkError, WorkerLink
from signaling.workers.messages import (
    AskStatistics,
    Attach,
    CloseSession,
    Command,
    Connected,
    Detach,
    Disconnected,
    IceCredentials,
    MediaStarted,
    OpenPublication,
    OpenSubscription,
    RestartIce,
    Statistics,
)
from signaling.workers.opened import IceRestarted, Opened, OpenedSection
from signaling.workers.placement import InMemoryPlacements, Placement, Placements
from signaling.workers.plan import WorkerPlan
from signaling.workers.preconditions import require_match
from signaling.workers.sessions import Session, Sessions
from signaling.workers.supervisor import Supervisor

_SESSION_BYTES = 24  # 192 bits: RFC 9725 §4.2 wants addresses that cannot be guessed
_ETAG_BYTES = 12


@dataclass(frozen=True, slots=True)
class _Opening:
    """What one POST has settled before the worker hears of it."""

    session: str
    room: str
    placement: Placement
    link: WorkerLink
    agreement: Agreement
    answerer: Answerer

    @property
    def ice(self) -> IceCredentials:
        return negotiation.credentials(self.answerer.ice, self.agreement.ice)


class MediaControl:
    """Publications and subscriptions on supervised workers. Every "no" is a Refusal."""

    def __init__(self, plan: WorkerPlan, placements: Placements | None = None) -> None:
        self.events = Events()
        self._placements = InMemoryPlacements() if placements is None else placements
        self._sessions = Sessions()
        self._left: set[str] = set()  # rooms that lost a session and may be empty now
        self._supervisor = Supervisor(plan, self)

    async def run(self) -> None:
        """Keep the workers up until `stop`; a task of the caller's own task group."""
        await self._supervisor.run()

    async def ready(self, workers: int = 1) -> None:
        """Return as soon as so many workers are up."""
        await self._supervisor.ready(workers)

    async def stop(self, *, within: timedelta) -> None:
        """Let sessions end for at most so long, then end the workers; `run` returns."""
        await self._supervisor.stop(within=within)

    @property
    def workers(self) -> tuple[str, ...]:
        """The ids of the workers that are up."""
        return tuple(self._supervisor.links)

    async def open_publication(self, room: str, publication: str, offer_text: str) -> Opened:
        """Answer a WHIP offer and let its media up under that publication id.

        Raises:
            BodyMalformed, OfferUnsupported: the offer gets no answer.
            PublicationTaken: a living session has that publication id.
            NoWorker, WorkerSilent: no worker took it.
        """
        opening = await self._prepare(room, offer_text, UPLINK)
        sections = tuple(map(negotiation.inbound, opening.agreement.sections))
        return await self._open(
            opening,
            UPLINK,
            (),
            lambda number: OpenPublication(
                request=number,
                session=opening.session,
                room=room,
                epoch=opening.placement.epoch,
                publication=publication,
                ice=opening.ice,
                dtls=negotiation.dtls_peer(opening.agreement),
                sections=sections,
            ),
        )

    async def open_subscription(self, room: str, offer_text: str, cname: str) -> Opened:
        """Answer a WHEP offer; nothing flows until its sections are attached.

        The n-th audio and the n-th video section form one MediaStream and play in step.
        Raises as `open_publication`.
        """
        opening = await self._prepare(room, offer_text, DOWNLINK)
        streams = negotiation.outgoing(opening.agreement, cname)
        pairs = zip(opening.agreement.sections, streams, strict=True)
        sections = tuple(negotiation.outbound(section, stream) for section, stream in pairs)
        return await self._open(
            opening,
            DOWNLINK,
            streams,
            lambda number: OpenSubscription(
                request=number,
                session=opening.session,
                room=room,
                epoch=opening.placement.epoch,
                ice=opening.ice,
                dtls=negotiation.dtls_peer(opening.agreement),
                sections=sections,
            ),
        )

    async def attach(self, session: str, mid: str, publication: str, source_mid: str) -> None:
        """Let one section of a publication flow into a section of a subscription.

        Raises:
            SessionUnknown, SectionUnknown: one of them does not exist (any more).
            WorkerSilent: the worker did not answer.
        """
        await self._ask(
            self._sessions.require(session),
            lambda number: Attach(
                request=number,
                session=session,
                mid=mid,
                publication=publication,
                source_mid=source_mid,
            ),
            mid=mid,
        )

    async def detach(self, session: str, mid: str) -> None:
        """Let nothing flow into that section any more. Raises as `attach`."""
        await self._ask(
            self._sessions.require(session),
            lambda number: Detach(request=number, session=session, mid=mid),
            mid=mid,
        )

    async def restart_ice(
        self, session: str, fragment_text: str, if_match: str | None
    ) -> IceRestarted | None:
        """Apply a PATCH body; None if it only trickled candidates, which an ICE-lite agent ignores.

        Args:
            session: The session's id.
            fragment_text: The body, application/trickle-ice-sdpfrag.
            if_match: The If-Match header as it came: quoted tags, `*` or the `"*"` of RFC 9725.

        Raises:
            SessionUnknown: it has ended.
            BodyMalformed: the body is no fragment.
            PreconditionMissing, PreconditionWrong: of If-Match (W14).
            RestartFailed: the old ICE session goes on (W17).
        """
        found = self._sessions.require(session)
        fragment = negotiation.read_fragment(fragment_text)
        async with found.restarting:
            require_match(if_match, found.etag)
            if fragment.ice is None or fragment.ice == found.theirs:
                return None
            return await self._restart(found, fragment.ice)

    async def close(self, session: str) -> None:
        """Free a session at once; its end is not reported as an event.

        Raises:
            SessionUnknown: it has ended before.
        """
        found = self._sessions.require(session)
        self._forget(session)
        with suppress(Refused):  # a worker that is gone has freed it already
            await self._ask(found, lambda number: CloseSession(request=number, session=session))
        await self._release()

    async def statistics(self) -> tuple[Statistics, ...]:
        """The counters of every worker that answers."""
        found = []
        for link in tuple(self._supervisor.links.values()):
            with suppress(LinkError, CommandFailedError):
                counters = await link.ask(lambda number: AskStatistics(request=number))
                if isinstance(counters, Statistics):
                    found.append(counters)
        return tuple(found)

    def happened(self, worker: str, event: Event) -> None:
        """A worker reported this; a session that we closed, or never opened, is no news."""
        match event:
            case MediaStarted():
                self.events.publish(event)
            case Connected():
                if self._lives(event.session, worker):
                    self.events.publish(event)
            case Disconnected():
                if self._lives(event.session, worker):
                    self._forget(event.session)
                    self.events.publish(event)
            case _:
                assert_never(event)

    def lost(self, worker: str) -> None:
        """A worker is gone: all its sessions are."""
        sessions = tuple(session.id for session in self._sessions.of_worker(worker))
        for session in sessions:
            self._forget(session)
            self.events.publish(Disconnected(session=session, reason="worker-lost"))
        self.events.publish(WorkerLost(worker, sessions))

    def _lives(self, session: str, worker: str) -> bool:
        return session in self._sessions and self._sessions.require(session).worker == worker

    def _forget(self, session: str) -> None:
        ended = self._sessions.remove(session)
        if ended is not None:
            self._left.add(ended.room)

    async def _prepare(self, room: str, offer_text: str, policy: Policy) -> _Opening:
        agreement = negotiation.agree_on(offer_text, policy)
        await self._release()
        links = self._supervisor.links
        placement = await self._placements.place(room, up=tuple(links))
        link = links.get(placement.worker) if placement else None
        if placement is None or link is None:
            raise NoWorker
        return _Opening(
            session=secrets.token_urlsafe(_SESSION_BYTES),
            room=room,
            placement=placement,
            link=link,
            agreement=agreement,
            answerer=negotiation.answerer(link.hello, negotiation.new_ice()),
        )

    async def _open(
        self,
        opening: _Opening,
        policy: Policy,
        streams: tuple[Outgoing, ...],
        build: Callable[[int], Command],
    ) -> Opened:
        session = _session(opening)
        self._sessions.add(session)  # before the worker can report that it is connected
        try:
            await self._ask(session, build)
        except Refused:
            self._forget(session.id)
            raise
        sections = opening.agreement.sections
        return Opened(
            session_id=session.id,
            answer_text=write(answer(opening.agreement, opening.answerer, policy, streams)),
            etag=session.etag,
            sections=tuple(
                OpenedSection(section.mid, "audio" if section.kind == "audio" else "video")
                for section in sections
            ),
        )

    async def _restart(self, session: Session, theirs: IceParameters) -> IceRestarted:
        link = self._supervisor.links.get(session.worker)
        if link is None:
            raise RestartFailed
        ours = negotiation.new_ice()
        try:
            await link.ask(
                lambda number: RestartIce(
                    request=number,
                    session=session.id,
                    ice=negotiation.credentials(ours, theirs),
                )
            )
        except (LinkError, CommandFailedError) as error:
            raise RestartFailed from error
        session.theirs, session.etag = theirs, secrets.token_hex(_ETAG_BYTES)
        transport = negotiation.answerer(link.hello, ours).transport()
        return IceRestarted(
            write_fragment(transport, kind=session.first_kind, mid=session.first_mid), session.etag
        )

    async def _ask(
        self, session: Session, build: Callable[[int], Command], *, mid: str = ""
    ) -> None:
        link = self._supervisor.links.get(session.worker)
        if link is None:
            raise WorkerSilent
        try:
            await link.ask(build)
        except LinkError as error:
            raise WorkerSilent from error
        except CommandFailedError as error:
            raise _refusal(error, mid) from error

    async def _release(self) -> None:
        """Give up the placement of every room that has no session any more."""
        while self._left:
            room = self._left.pop()
            if not any(self._sessions.of_room(room)):
                await self._placements.release(room)


def _session(opening: _Opening) -> Session:
    first = opening.agreement.sections[0]
    return Session(
        id=opening.session,
        room=opening.room,
        worker=opening.placement.worker,
        theirs=opening.agreement.ice,
        first_mid=first.mid,
        first_kind=first.kind,
        etag=secrets.token_hex(_ETAG_BYTES),
    )


def _refusal(error: CommandFailedError, mid: str) -> Refused:
    match error.code:
        case "unknown-session":
            return SessionUnknown()
        case "unknown-publication" | "unknown-section":
            return SectionUnknown(mid=mid)
        case "publication-exists":
            return PublicationTaken()
        case _:
            return NoWorker()

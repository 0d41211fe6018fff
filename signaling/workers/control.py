"""The one object through which the control plane opens, moves and ends media sessions."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from signaling.refusals import NoWorker, Refusal, RestartFailed, WorkerSilent
from signaling.sdp.answer import Outgoing, answer
from signaling.sdp.fragment import write_fragment
from signaling.sdp.policy import DOWNLINK, UPLINK, Policy
from signaling.sdp.values import IceParameters
from signaling.sdp.write import write
from signaling.workers import negotiation
from signaling.workers.events import Events
from signaling.workers.link import CommandFailedError, LinkError
from signaling.workers.messages import (
    AskStatistics,
    Attach,
    CloseSession,
    Command,
    Detach,
    OpenPublication,
    OpenSubscription,
    RestartIce,
    SetLimit,
    Statistics,
)
from signaling.workers.opened import IceRestarted, Opened
from signaling.workers.opening import Opening, new_etag, new_session_id, refusal
from signaling.workers.placement import InMemoryPlacements, Placements
from signaling.workers.plan import WorkerPlan
from signaling.workers.preconditions import require_match
from signaling.workers.sessions import Session, Sessions
from signaling.workers.supervisor import Supervisor


class MediaControl:
    """Publications and subscriptions on supervised workers. Every "no" is a Refusal."""

    def __init__(self, plan: WorkerPlan, placements: Placements | None = None) -> None:
        self.events = Events()
        self._placements = InMemoryPlacements() if placements is None else placements
        self._sessions = Sessions(self.events)
        self._supervisor = Supervisor(plan, self._sessions)

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

    async def set_limit(self, session: str, mid: str, height: int | None) -> None:
        """Let a section get a picture of at most that height, pixels. Raises as `attach`."""
        await self._ask(
            self._sessions.require(session),
            lambda number: SetLimit(request=number, session=session, mid=mid, height=height),
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
        self._sessions.forget(session)
        with suppress(Refusal):  # a worker that is gone has freed it already
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

    async def _prepare(self, room: str, offer_text: str, policy: Policy) -> Opening:
        agreement = negotiation.agree_on(offer_text, policy)
        await self._release()
        links = self._supervisor.links
        placement = await self._placements.place(room, up=tuple(links))
        link = links.get(placement.worker) if placement else None
        if placement is None or link is None:
            raise NoWorker
        return Opening(
            session=new_session_id(),
            room=room,
            placement=placement,
            link=link,
            agreement=agreement,
            answerer=negotiation.answerer(link.hello, negotiation.new_ice()),
        )

    async def _open(
        self,
        opening: Opening,
        policy: Policy,
        streams: tuple[Outgoing, ...],
        build: Callable[[int], Command],
    ) -> Opened:
        session = opening.new_session()
        self._sessions.add(session)  # before the worker can report that it is connected
        try:
            await self._ask(session, build)
        except Refusal:
            self._sessions.forget(session.id)
            raise
        return Opened(
            session_id=session.id,
            answer_text=write(answer(opening.agreement, opening.answerer, policy, streams)),
            etag=session.etag,
            sections=opening.sections,
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
        session.theirs, session.etag = theirs, new_etag()
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
            raise refusal(error, mid) from error

    async def _release(self) -> None:
        """Give up the placement of every room that has no session any more."""
        for room in self._sessions.emptied_rooms():
            await self._placements.release(room)

"""The one object through which the control plane opens, moves and ends media sessions."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from signaling.forwarding.record import FlightRecord
from signaling.refusals import (
    PublicationTaken,
    Refusal,
    RestartFailed,
    SectionUnknown,
    WorkerSilent,
)
from signaling.sdp.fragment import write_fragment
from signaling.sdp.policy import DOWNLINK, UPLINK
from signaling.sdp.values import IceParameters
from signaling.workers import negotiation
from signaling.workers.events import Events
from signaling.workers.link import Answer, CommandFailedError, Event, LinkError, WorkerLink
from signaling.workers.messages import (
    AskFlight,
    AskStatistics,
    Attach,
    CloseSession,
    Command,
    Detach,
    Flight,
    Inflow,
    NoteFreezes,
    OpenPublication,
    OpenSubscription,
    RestartIce,
    SetLimit,
    Statistics,
)
from signaling.workers.opened import IceRestarted, Opened
from signaling.workers.opening import Opening, new_etag, refusal
from signaling.workers.openings import Openings, Wish
from signaling.workers.packing import unpacked
from signaling.workers.placement import InMemoryPlacements, Placements
from signaling.workers.plan import WorkerPlan
from signaling.workers.preconditions import require_match
from signaling.workers.recording_plan import OutputsPlan
from signaling.workers.recordings import Recordings
from signaling.workers.relays import Relays
from signaling.workers.sessions import OpenSession, Published, Session, Sessions
from signaling.workers.supervisor import Supervisor
from signaling.workers.tenure import Tenure


class MediaControl:
    """Publications and subscriptions on supervised workers. Every "no" is a Refusal."""

    def __init__(
        self,
        plan: WorkerPlan,
        placements: Placements | None = None,
        outputs: OutputsPlan | None = None,
    ) -> None:
        """Without a plan for outputs nothing can be recorded."""
        self.events = Events()
        self._sessions = Sessions(self.events)
        self._supervisor = Supervisor(plan, self)
        self._relays = Relays(lambda: self._supervisor.links, self._sessions)
        self._openings = Openings(
            self._supervisor,
            self._sessions,
            self._relays,
            InMemoryPlacements() if placements is None else placements,
            plan.enough,
        )
        self._tenure = Tenure(self._supervisor, self._sessions, self._openings)
        self.recordings = Recordings(outputs, self._origin, self.events)

    async def run(self) -> None:
        """Keep the workers up until `stop`; a task of the caller's own task group."""
        async with asyncio.TaskGroup() as group:
            others = [group.create_task(self._relays.run()), group.create_task(self._tenure.run())]
            group.create_task(self.recordings.run())
            await self._supervisor.run()
            self.recordings.stop()
            for task in others:
                task.cancel()

    def place_by(self, placements: Placements) -> None:
        """From now on these say where rooms live; to be told before the first session opens."""
        self._openings.placements = placements

    async def ready(self, workers: int = 1) -> None:
        """Return as soon as so many workers are up."""
        await self._supervisor.ready(workers)

    async def stop(self, *, within: timedelta) -> None:
        """Let sessions end for at most so long, then end the workers; `run` returns."""
        self.recordings.stop()
        await self._supervisor.stop(within=within)

    async def renew(self, *, within: timedelta) -> None:
        """Replace the workers one by one: each lets its sessions end for at most so long."""
        await self._supervisor.renew(within=within)

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
        if self._sessions.publishing(publication) is not None:
            raise PublicationTaken

        def shape(opening: Opening) -> Wish:
            sections = tuple(map(negotiation.inbound, opening.agreement.sections))
            return Wish(
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
                published=Published(publication, sections),
            )

        return await self._openings.open(room, offer_text, UPLINK, shape)

    async def open_subscription(self, room: str, offer_text: str, cname: str) -> Opened:
        """Answer a WHEP offer; nothing flows until its sections are attached.

        The n-th audio and the n-th video section form one MediaStream and play in step.
        Raises as `open_publication`.
        """

        def shape(opening: Opening) -> Wish:
            streams = negotiation.outgoing(opening.agreement, cname)
            pairs = zip(opening.agreement.sections, streams, strict=True)
            sections = tuple(negotiation.outbound(section, stream) for section, stream in pairs)
            return Wish(
                lambda number: OpenSubscription(
                    request=number,
                    session=opening.session,
                    room=room,
                    epoch=opening.placement.epoch,
                    ice=opening.ice,
                    dtls=negotiation.dtls_peer(opening.agreement),
                    sections=sections,
                ),
                streams,
            )

        return await self._openings.open(room, offer_text, DOWNLINK, shape)

    async def attach(self, session: str, mid: str, publication: str, source_mid: str) -> None:
        """Let one section of a publication flow into a section of a subscription.

        Raises as `attach_all`.
        """
        inflow = Inflow(mid=mid, publication=publication, source_mid=source_mid)
        await self.attach_all(session, (inflow,))

    async def attach_all(self, session: str, inflows: Sequence[Inflow]) -> None:
        """Let sections of publications flow into sections of a subscription, by one command.

        Each that can flow does.

        Raises:
            SessionUnknown, SectionUnknown: one of them does not exist (any more).
            WorkerSilent: the worker did not answer.
        """
        viewer = self._sessions.require(session)
        refused: Refusal | None = None
        ready = []
        for inflow in inflows:
            try:
                await self._bring(viewer, inflow)
            except Refusal as refusal_of_one:
                refused = refused or refusal_of_one
            else:
                ready.append(inflow)
        if ready:
            await self._ask(
                viewer,
                lambda number: Attach(request=number, session=session, inflows=tuple(ready)),
                mid=", ".join(inflow.mid for inflow in ready),
            )
        if refused is not None:
            raise refused

    async def detach(self, session: str, mid: str) -> None:
        """Let nothing flow into that section any more. Raises as `attach`."""
        self._relays.let_go(session, mid)
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

    async def note_freezes(self, session: str, mid: str, freezes: int, milliseconds: int) -> None:
        """Keep in a viewer's record what its browser counted. Raises as `attach`."""
        await self._ask(
            self._sessions.require(session),
            lambda number: NoteFreezes(
                request=number, session=session, mid=mid, freezes=freezes, milliseconds=milliseconds
            ),
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
        async with found.restarting:
            require_match(if_match, found.etag)
            fragment = negotiation.read_fragment(fragment_text)
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
        await self._openings.release()

    async def statistics(self) -> tuple[Statistics, ...]:
        """The counters of every worker that answers."""
        found = []
        for link in tuple(self._supervisor.links.values()):
            with suppress(LinkError, CommandFailedError):
                counters = await link.ask(lambda number: AskStatistics(request=number))
                if isinstance(counters, Statistics):
                    found.append(counters)
        return tuple(found)

    async def flight(self, session: str) -> FlightRecord:
        """The record of the last minute of a session.

        Raises:
            SessionUnknown: it has ended.
            WorkerSilent: the worker did not answer.
        """
        found = self._sessions.require(session)
        answer = await self._ask(found, lambda number: AskFlight(request=number, session=session))
        if not isinstance(answer, Flight):
            raise WorkerSilent
        try:
            return unpacked(answer.record)
        except ValueError as error:
            raise WorkerSilent from error

    def open_sessions(self) -> tuple[OpenSession, ...]:
        """Every living session, and where it is."""
        return tuple(self._sessions.listed())

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

    # what the workers report

    def happened(self, worker: str, event: Event) -> None:
        """A worker reported this."""
        if not self._relays.happened(worker, event):
            self._sessions.happened(worker, event)

    def lost(self, worker: str) -> None:
        """A worker is gone, with everything in it."""
        self._sessions.lost(worker)

    def _origin(self, publication: str) -> WorkerLink | None:
        """The worker that a publication comes to."""
        session = self._sessions.publishing(publication)
        return None if session is None else self._supervisor.links.get(session.worker)

    async def _bring(self, viewer: Session, inflow: Inflow) -> None:
        """Let the viewer's worker have what is to flow."""
        origin = self._sessions.publishing(inflow.publication)
        if origin is None:
            raise SectionUnknown(mid=inflow.mid)
        try:
            await self._relays.bring(viewer, inflow.mid, origin, inflow.source_mid)
        except LinkError as error:
            raise WorkerSilent from error
        except CommandFailedError as error:
            raise refusal(error, inflow.mid) from error

    async def _ask(
        self, session: Session, build: Callable[[int], Command], *, mid: str = ""
    ) -> Answer:
        link = self._supervisor.links.get(session.worker)
        if link is None:
            raise WorkerSilent
        try:
            return await link.ask(build)
        except LinkError as error:
            raise WorkerSilent from error
        except CommandFailedError as error:
            raise refusal(error, mid) from error

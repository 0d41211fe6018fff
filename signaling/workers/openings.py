"""Opens sessions: which worker takes one, and what the answer to its offer says."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from signaling.refusals import NoWorker, Refusal, WorkerSilent
from signaling.sdp.agreement import Agreement
from signaling.sdp.answer import Outgoing, answer
from signaling.sdp.policy import Policy
from signaling.sdp.write import write
from signaling.workers import negotiation
from signaling.workers.link import CommandFailedError, LinkError, WorkerLink
from signaling.workers.messages import Command
from signaling.workers.opened import Opened
from signaling.workers.opening import Opening, new_session_id, refusal
from signaling.workers.placement import Placement, Placements
from signaling.workers.relays import Relays
from signaling.workers.sessions import Published, Sessions
from signaling.workers.spread import at_home, ranked
from signaling.workers.supervisor import Supervisor

NEXT_PLEASE = frozenset({"draining", "full"})  # codes with which a worker sends us to another one


@dataclass(frozen=True, slots=True)
class Wish:
    """What a session shall be on the worker that takes it."""

    build: Callable[[int], Command]  # from the number of the request
    streams: tuple[Outgoing, ...] = ()
    published: Published | None = None


class Openings:
    """Finds the worker for a new session, and opens it there."""

    def __init__(
        self,
        supervisor: Supervisor,
        sessions: Sessions,
        relays: Relays,
        placements: Placements,
        enough: int,
    ) -> None:
        self.placements = placements
        self._supervisor = supervisor
        self._sessions = sessions
        self._relays = relays
        self._enough = enough

    async def open(
        self, room: str, offer_text: str, policy: Policy, shape: Callable[[Opening], Wish]
    ) -> Opened:
        """Answer an offer with a session on the first worker that takes it.

        Raises:
            BodyMalformed, OfferUnsupported: the offer gets no answer.
            PublicationTaken: a living session has that publication id.
            NoWorker, WorkerSilent: no worker took it.
        """
        agreement = negotiation.agree_on(offer_text, policy)
        await self.release()
        placement, order = await self._place(room)
        for link in self._up(order):
            opening = _opening(placement, link, agreement)
            opened = await self._try(opening, policy, shape(opening))
            if opened is not None:
                return opened
        raise NoWorker

    async def release(self) -> None:
        """Give up the placement of every room that has no session any more."""
        for room in self._sessions.emptied_rooms():
            await self.placements.release(room)

    async def _place(self, room: str) -> tuple[Placement, tuple[str, ...]]:
        """Where the room lives, and which workers are to be asked, in that order."""
        takers = self._supervisor.takers
        load = self._load() if len(takers) > 1 else Counter()  # else there is no choice
        here = self._sessions.spread(room) if len(takers) > 1 else Counter()
        order = ranked(takers, load=load, here=here, enough=self._enough)
        placement = await self.placements.place(room, up=order)
        if placement is None:
            raise NoWorker
        return placement, at_home(order, placement.worker, load=load, enough=self._enough)

    def _load(self) -> Counter[str]:
        return self._sessions.load() + self._relays.load()

    def _up(self, order: Collection[str]) -> Iterator[WorkerLink]:
        """Those that are still up when their turn comes."""
        for worker in order:
            link = self._supervisor.links.get(worker)
            if link is not None:
                yield link

    async def _try(self, opening: Opening, policy: Policy, wish: Wish) -> Opened | None:
        """The session on that worker; None if it sends us to another one."""
        session = opening.new_session(wish.published)
        self._sessions.add(session)  # before the worker can report that it is connected
        try:
            await opening.link.ask(wish.build)
        except (LinkError, CommandFailedError) as error:
            self._sessions.forget(session.id)
            if isinstance(error, CommandFailedError) and error.code in NEXT_PLEASE:
                return None
            raise _refusal(error) from error
        return Opened(
            session_id=session.id,
            answer_text=write(answer(opening.agreement, opening.answerer, policy, wish.streams)),
            etag=session.etag,
            sections=opening.sections,
        )


def _opening(placement: Placement, link: WorkerLink, agreement: Agreement) -> Opening:
    return Opening(
        session=new_session_id(),
        placement=placement,
        link=link,
        agreement=agreement,
        answerer=negotiation.answerer(link.hello, negotiation.new_ice()),
    )


def _refusal(error: LinkError | CommandFailedError) -> Refusal:
    return refusal(error, "") if isinstance(error, CommandFailedError) else WorkerSilent()

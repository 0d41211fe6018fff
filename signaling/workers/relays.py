"""Streams that one worker gets from another, because somebody there watches them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from signaling.refusals import SectionUnknown
from signaling.workers.hops import Hop, Stretch
from signaling.workers.link import CommandFailedError, Event, LinkError, WorkerLink
from signaling.workers.messages import (
    Attach,
    CloseSession,
    Command,
    Connected,
    Disconnected,
    InboundSection,
    Inflow,
    LayersWanted,
    MediaStarted,
    VoiceChanged,
)
from signaling.workers.sessions import Session, Sessions

SWEEP: Final = timedelta(seconds=1)  # how late an unused relay is noticed, and a broken one mended
LINGER: Final = timedelta(seconds=5)  # a handshake and a key frame cost more than a few seconds

_log = structlog.get_logger()


@dataclass(slots=True)
class Relay:
    """One section of a publication on its way to one worker, a hop for each layer."""

    origin: Session
    section: InboundSection
    edge: str
    wanted: frozenset[str] | None = None  # layers; None: the edge has not said, so all of them
    users: set[tuple[str, str]] = field(default_factory=set)  # sessions and mids there
    hops: dict[str, Hop] = field(default_factory=dict)  # by layer
    spare: dict[str, float] = field(default_factory=dict)  # since when nobody wants a layer
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that there may be, the smallest first."""
        return self.section.rids or ("",)

    def needed(self) -> frozenset[str]:
        """The layers that have to come now; with a viewer at least the smallest."""
        if not self.users:
            return frozenset()
        asked = frozenset(self.layers) if self.wanted is None else self.wanted
        return (asked & frozenset(self.layers)) or frozenset(self.layers[:1])


class Relays:
    """Opened when a viewer's worker lacks a publication, shared there, closed when unused."""

    def __init__(self, links: Callable[[], Mapping[str, WorkerLink]], sessions: Sessions) -> None:
        self._links = links
        self._sessions = sessions
        self._relays: dict[tuple[str, str, str], Relay] = {}  # origin's session, mid, edge
        self._ended: set[str] = set()  # sessions of hops that ended by themselves
        self._news = asyncio.Event()

    def load(self) -> Counter[str]:
        """How many sessions of each worker are ends of relays."""
        return Counter(worker for hop in self._hops() for worker, _ in hop.ends)

    def _hops(self) -> Iterator[Hop]:
        return (hop for relay in self._relays.values() for hop in relay.hops.values())

    async def bring(self, viewer: Session, mid: str, origin: Session, source_mid: str) -> None:
        """Let a viewer's worker have that section of a publication; raises as `WorkerLink.ask`.

        Raises:
            SectionUnknown: the publication has no such section.
        """
        self.let_go(viewer.id, mid)
        if origin.worker == viewer.worker or origin.published is None:
            return
        section = origin.published.section(source_mid)
        if section is None:
            raise SectionUnknown(mid=mid)
        key = (origin.id, source_mid, viewer.worker)
        relay = self._relays.setdefault(key, Relay(origin, section, viewer.worker))
        user = viewer.id, mid
        relay.users.add(user)
        try:
            await self._settle(relay, but=user)
        except BaseException:
            relay.users.discard(user)
            raise

    def let_go(self, session: str, mid: str) -> None:
        """That section of a viewer does not need its relay any more."""
        for relay in self._relays.values():
            relay.users.discard((session, mid))

    def happened(self, worker: str, event: Event) -> bool:
        """Whether an event is about a relay, and nobody else's business."""
        match event:
            case Connected(session=session):
                return self._is_end(session)
            case Disconnected(session=session):
                if not self._is_end(session):
                    return False
                self._ended.add(session)
            case LayersWanted(publication=publication, mid=mid, rids=rids):
                if self._is_origin(worker, publication):
                    return False
                self._want(worker, publication, mid, frozenset(rids))
            case MediaStarted(publication=publication) | VoiceChanged(publication=publication):
                return not self._is_origin(worker, publication)
        self._news.set()
        return True

    def _is_end(self, session: str) -> bool:
        return any(session in {hop.sender, hop.receiver} for hop in self._hops())

    def _is_origin(self, worker: str, publication: str) -> bool:
        origin = self._sessions.publishing(publication)
        return origin is None or origin.worker == worker

    def _want(self, edge: str, publication: str, mid: str, rids: frozenset[str]) -> None:
        origin = self._sessions.publishing(publication)
        relay = self._relays.get((origin.id, mid, edge)) if origin else None
        if relay is not None:
            relay.wanted = rids

    async def run(self) -> None:
        """Open, mend and close what the time and the edges ask for, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP.total_seconds()):
                    await self._news.wait()
            self._news.clear()
            self._ended &= {session for hop in self._hops() for _, session in hop.ends}
            async with asyncio.TaskGroup() as group:
                for relay in tuple(self._relays.values()):
                    group.create_task(self._look_after(relay))

    async def _look_after(self, relay: Relay) -> None:
        lives = self._lives(relay)
        relay.users = {user for user in relay.users if lives and self._sessions.knows(user[0])}
        try:
            await self._settle(relay)
        except (LinkError, CommandFailedError) as error:  # the next sweep tries again
            _log.warning("relay-failed", edge=relay.edge, error=str(error))
        if not relay.users and not relay.hops:
            self._relays.pop((relay.origin.id, relay.section.mid, relay.edge), None)

    def _lives(self, relay: Relay) -> bool:
        return self._sessions.knows(relay.origin.id) and relay.edge in self._links()

    async def _settle(self, relay: Relay, *, but: tuple[str, str] | None = None) -> None:
        """Let exactly the layers come that are needed; `but` that user, who attaches itself."""
        async with relay.lock:
            await self._forget_broken(relay)
            lives = self._lives(relay)
            needed = relay.needed() if lives else frozenset()
            was_empty = not relay.hops
            for rid in relay.layers:
                if rid in needed and rid not in relay.hops:
                    relay.hops[rid] = await self._open(relay, rid)
            await self._close_spare(relay, needed, at_once=not lives)
            if was_empty and relay.hops:
                await self._attach_again(relay, relay.users - {but})

    async def _forget_broken(self, relay: Relay) -> None:
        for rid, hop in tuple(relay.hops.items()):
            broken = {hop.sender, hop.receiver} & self._ended
            if broken:
                self._ended -= broken
                del relay.hops[rid]
                await self._close(hop)

    async def _open(self, relay: Relay, rid: str) -> Hop:
        links = self._links()
        origin, edge = links.get(relay.origin.worker), links.get(relay.edge)
        if origin is None or edge is None or relay.origin.published is None:
            raise LinkError("a worker is gone")
        room = relay.origin.room
        hop = Hop(
            Stretch(
                room=room,
                epoch=self._sessions.epochs().get(room, relay.origin.epoch),
                publication=relay.origin.published.name,
                section=relay.section,
                rid=rid,
                origin=origin.hello,
                edge=edge.hello,
            )
        )
        try:
            await origin.ask(hop.subscription)
            await origin.ask(hop.attachment)
            await edge.ask(hop.relay)
        except BaseException:
            await self._close(hop)
            raise
        return hop

    async def _close_spare(self, relay: Relay, needed: frozenset[str], *, at_once: bool) -> None:
        now = asyncio.get_running_loop().time()
        for rid, hop in tuple(relay.hops.items()):
            if rid in needed:
                relay.spare.pop(rid, None)
            elif at_once or now - relay.spare.setdefault(rid, now) >= LINGER.total_seconds():
                del relay.hops[rid]
                relay.spare.pop(rid, None)
                await self._close(hop)

    async def _close(self, hop: Hop) -> None:
        for worker, session in hop.ends:
            await self._tell(worker, _closing(session))

    async def _attach_again(self, relay: Relay, users: set[tuple[str, str]]) -> None:
        """The publication was gone from the edge, and is there again."""
        if relay.origin.published is not None:
            for user in users:
                attachment = _attaching(user, relay.origin.published.name, relay.section.mid)
                await self._tell(relay.edge, attachment)

    async def _tell(self, worker: str, build: Callable[[int], Command]) -> None:
        """Say it to a worker that may have gone, or may have ended by itself what it is about."""
        link = self._links().get(worker)
        if link is not None:
            with suppress(LinkError, CommandFailedError):
                await link.ask(build)


def _closing(session: str) -> Callable[[int], Command]:
    return lambda request: CloseSession(request=request, session=session)


def _attaching(user: tuple[str, str], name: str, source_mid: str) -> Callable[[int], Command]:
    session, mid = user
    inflow = Inflow(mid=mid, publication=name, source_mid=source_mid)
    return lambda request: Attach(request=request, session=session, inflows=(inflow,))

"""The forwarding core of one worker: sessions, who is attached to whom, packets in, actions out."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from signaling.forwarding.actions import Action, Fanout, MediaBegan, SendRtcp
from signaling.forwarding.counters import DropReason, Drops, SessionCounters
from signaling.forwarding.negotiated import InboundSection, OutboundSection
from signaling.forwarding.publication import Publication
from signaling.forwarding.rtp import MalformedPacket
from signaling.forwarding.subscription import Subscription


class UnknownSession(LookupError):  # noqa: N818  a refusal, not a fault
    """There is no such session of the kind that the verb needs."""


class UnknownPublication(LookupError):  # noqa: N818
    """Nobody publishes under that name."""


class UnknownSection(LookupError):  # noqa: N818
    """The session or publication has no section with that MID, or of another kind."""


class Forwarder:
    """Publications and subscriptions by session; `draw(n)` gives a random number below n."""

    def __init__(self, draw: Callable[[int], int]) -> None:
        self.drops: Drops = Counter()
        self._draw = draw
        self._publications: dict[str, Publication] = {}  # by session
        self._names: dict[str, Publication] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._relays: dict[str, dict[str, Publication]] = {}

    def open_publication(
        self, session: str, name: str, sections: tuple[InboundSection, ...]
    ) -> None:
        """Let media come up in a session under a publication's name."""
        publication = Publication(session, name, sections, self.drops)
        self._publications[session] = self._names[name] = publication

    def open_subscription(self, session: str, sections: tuple[OutboundSection, ...]) -> None:
        """Prepare sections that media can flow into."""
        self._subscriptions[session] = Subscription(session, sections, self._draw, self.drops)

    def has_publication(self, name: str) -> bool:
        """Whether somebody publishes under that name."""
        return name in self._names

    def open_relay(
        self, session: str, name: str, rid: str, sections: tuple[InboundSection, ...]
    ) -> None:
        """Let a stream of another worker's publication come up here in a session of its own."""
        del rid
        publication = Publication(session, name, sections, self.drops)
        self._publications[session] = publication
        self._relays.setdefault(name, {}).update((s.mid, publication) for s in sections)

    def attach(
        self,
        session: str,
        mid: str,
        name: str,
        source_mid: str,
        now: timedelta,
        *,
        rid: str | None = None,
    ) -> list[Action]:
        """Let a track flow; raises UnknownSession, UnknownPublication, UnknownSection."""
        subscription = self._subscription(session, mid)
        del rid
        publication = self._names.get(name) or self._relays.get(name, {}).get(source_mid)
        if publication is None:
            raise UnknownPublication(name)
        track = publication.tracks.get(source_mid)
        if track is None:
            raise UnknownSection(source_mid)
        if track.section.kind != subscription.outputs[mid].section.kind:
            raise UnknownSection(f"{source_mid} is {track.section.kind}")
        subscription.attach(mid, track)
        return self._sent(publication.key_frame_requests(now))

    def detach(self, session: str, mid: str) -> None:
        """Let nothing flow into a section; raises UnknownSession and UnknownSection."""
        self._subscription(session, mid).detach(mid)

    def limit(self, session: str, mid: str, height: int | None, now: timedelta) -> list[Action]:
        """Let a section get no higher picture than that; raises UnknownSession, UnknownSection."""
        del now
        self._subscription(session, mid).limits[mid] = height
        return []

    def _subscription(self, session: str, mid: str) -> Subscription:
        subscription = self._subscriptions.get(session)
        if subscription is None:
            raise UnknownSession(session)
        if mid not in subscription.outputs:
            raise UnknownSection(mid)
        return subscription

    def close(self, session: str) -> None:
        """Forget a session; sections that it fed stay attached to nothing."""
        publication = self._publications.pop(session, None)
        if publication is not None:
            self._names.pop(publication.name, None)
            relays = self._relays.get(publication.name, {})
            for mid in [mid for mid, relay in relays.items() if relay is publication]:
                del relays[mid]
            gone = set(publication.tracks.values())
            for subscription in self._subscriptions.values():
                subscription.leave(gone)
        closed = self._subscriptions.pop(session, None)
        if closed is not None:
            for mid in closed.outputs:
                closed.detach(mid)

    def connected(self, session: str, now: timedelta) -> list[Action]:
        """Let media flow to a viewer, who can receive from now on."""
        subscription = self._subscriptions.get(session)
        if subscription is not None:
            subscription.connect()
        publications = self._publications.values()
        return self._sent(a for p in publications for a in p.key_frame_requests(now))

    def receive(self, session: str, packets: Iterable[tuple[bytes, timedelta]]) -> list[Action]:
        """Take a batch of decrypted RTP and RTCP packets of one session, each with its arrival."""
        fan: list[tuple[str, bytes]] = []
        actions: list[Action] = []
        for data, arrived_at in packets:
            try:
                actions.extend(self._receive_one(session, data, arrived_at, fan))
            except MalformedPacket:
                self.drops[DropReason.MALFORMED] += 1
        if fan:
            actions.append(Fanout(tuple(fan)))
        return self._sent(actions)

    def _receive_one(
        self, session: str, data: bytes, now: timedelta, fan: list[tuple[str, bytes]]
    ) -> Iterable[Action]:
        publication = self._publications.get(session)
        if publication is not None:
            _count_in(publication.counters, data)
            return list(publication.receive(data, now, fan))
        subscription = self._subscriptions.get(session)
        if subscription is None:
            self.drops[DropReason.UNKNOWN_SESSION] += 1
            return ()
        _count_in(subscription.counters, data)
        subscription.receive(data, fan)
        return ()

    def tick(self, now: timedelta) -> list[Action]:
        """Everything that time makes due; call about every 20 ms."""
        return self._sent(
            action
            for publication in self._publications.values()
            for action in publication.tick(now)
        )

    def _sent(self, actions: Iterable[Action]) -> list[Action]:
        """The same actions, counted."""
        listed = list(actions)
        for action in listed:
            match action:
                case Fanout(packets):
                    for session, data in packets:
                        self._count_out(session, data)
                case SendRtcp(session, data):
                    self._count_out(session, data)
                case MediaBegan():
                    pass
        return listed

    def _count_out(self, session: str, data: bytes) -> None:
        counters = self._counters(session)
        if counters is not None:
            counters.packets_out += 1
            counters.bytes_out += len(data)

    def _counters(self, session: str) -> SessionCounters | None:
        if session in self._subscriptions:
            return self._subscriptions[session].counters
        if session in self._publications:
            return self._publications[session].counters
        return None

    def statistics(self) -> Mapping[str, SessionCounters]:
        """The counters of every session."""
        counters = {session: owner.counters for session, owner in self._publications.items()}
        counters.update((session, owner.counters) for session, owner in self._subscriptions.items())
        return counters


def _count_in(counters: SessionCounters, data: bytes) -> None:
    counters.packets_in += 1
    counters.bytes_in += len(data)

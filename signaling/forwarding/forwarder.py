"""The forwarding core of one worker: sessions, who is attached to whom, packets in, actions out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta

from signaling.forwarding.actions import Action, Burst, Send, SendRtcp
from signaling.forwarding.condition import Condition
from signaling.forwarding.counters import DropReason, Drops, SessionCounters
from signaling.forwarding.flight import SPAN, Ticks
from signaling.forwarding.negotiated import InboundSection, OutboundSection
from signaling.forwarding.publication import Publication
from signaling.forwarding.record import FlightRecord
from signaling.forwarding.rtp import MalformedPacket
from signaling.forwarding.subscription import Subscription
from signaling.forwarding.uplink import Uplink


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
        self.gone = SessionCounters()  # what sessions that have ended counted, added up
        self._ticks = Ticks()
        self._draw = draw
        self._uplinks: dict[str, Uplink] = {}
        self._names: dict[str, Publication] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._due_at = timedelta()  # the earliest turn of any of them
        self._lacks = False  # something that has to be asked for

    def open_publication(
        self, session: str, name: str, sections: tuple[InboundSection, ...]
    ) -> None:
        """Let media come up in a session under a publication's name."""
        self._names[name] = publication = Publication(name, sections, self.drops)
        self._uplinks[session] = Uplink(session, publication, sections, self.drops)

    def open_relay(
        self, session: str, name: str, rid: str, sections: tuple[InboundSection, ...]
    ) -> None:
        """Let one layer of a publication come from another worker; "" for what has no layers."""
        publication = self._names.get(name)
        if publication is None:
            publication = self._names[name] = Publication(name, sections, self.drops)
        publication.add(sections)
        self._uplinks[session] = Uplink(session, publication, sections, self.drops, rid)

    def open_subscription(self, session: str, sections: tuple[OutboundSection, ...]) -> None:
        """Prepare sections that media can flow into."""
        subscription = Subscription(session, sections, self._draw, self.drops)
        self._subscriptions[session] = subscription
        self._due_at = min(self._due_at, subscription.due_at)

    def has_publication(self, name: str) -> bool:
        """Whether somebody publishes under that name."""
        return name in self._names

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
        """Let a track flow; raises UnknownSession, UnknownPublication, UnknownSection.

        A `rid` pins one simulcast layer, whatever the viewer's link carries.
        """
        subscription = self._subscription(session, mid)
        publication = self._names.get(name)
        if publication is None:
            raise UnknownPublication(name)
        track = publication.tracks.get(source_mid)
        if track is None:
            raise UnknownSection(source_mid)
        if track.section.kind != subscription.outputs[mid].section.kind:
            raise UnknownSection(f"{source_mid} is {track.section.kind}")
        facts = {"publication": name, "source": source_mid, "pin": "-" if rid is None else rid}
        subscription.notes.add("attach", mid, now, **facts)
        subscription.attach(mid, publication, source_mid, rid)
        self._hurry([subscription], now)
        return self._counted([*subscription.aim(now), *publication.key_frame_requests(now)])

    def detach(self, session: str, mid: str) -> None:
        """Let nothing flow into a section; raises UnknownSession and UnknownSection."""
        subscription = self._subscription(session, mid)
        subscription.notes.add("detach", mid)
        subscription.detach(mid)

    def limit(self, session: str, mid: str, height: int | None, now: timedelta) -> list[Action]:
        """Let a section get no higher picture than that; raises UnknownSession, UnknownSection."""
        subscription = self._subscription(session, mid)
        subscription.notes.add("limit", mid, now, height=-1 if height is None else height)
        subscription.limit(mid, height)
        self._hurry([subscription], now)
        return self._counted([*subscription.aim(now), *self._key_frame_requests(now)])

    def froze(self, session: str, mid: str, freezes: int, spent: timedelta, now: timedelta) -> None:
        """Note what a viewer's browser counted; raises UnknownSession, UnknownSection."""
        milliseconds = round(spent / timedelta(milliseconds=1))
        notes = self._subscription(session, mid).notes
        notes.add("froze", mid, now, freezes=freezes, milliseconds=milliseconds)

    def tap(
        self, output: str, name: str, mids: tuple[str, ...] | None, now: timedelta
    ) -> list[Action]:
        """Let an output have the tracks of a publication (None: all); raises as `attach`."""
        publication = self._names.get(name)
        if publication is None:
            raise UnknownPublication(name)
        for mid in publication.tracks if mids is None else mids:
            if mid not in publication.tracks:
                raise UnknownSection(mid)
            track = publication.tracks[mid]
            track.taps.add(output)
            for stream in track.layers.values():
                stream.requests.want()
        return self._counted(publication.key_frame_requests(now))

    def untap(self, output: str) -> None:
        """Let an output have nothing more."""
        for publication in self._names.values():
            for track in publication.tracks.values():
                track.taps.remove(output)

    def _subscription(self, session: str, mid: str) -> Subscription:
        subscription = self._subscriptions.get(session)
        if subscription is None:
            raise UnknownSession(session)
        if mid not in subscription.outputs:
            raise UnknownSection(mid)
        return subscription

    def close(self, session: str) -> None:
        """Forget a session; sections that it fed stay attached to nothing."""
        uplink = self._uplinks.pop(session, None)
        if uplink is not None:
            self.gone += uplink.counters
            self._close_uplink(uplink)
        closed = self._subscriptions.pop(session, None)
        if closed is not None:
            self.gone += closed.statistics()
            for mid in closed.outputs:
                closed.detach(mid)

    def _close_uplink(self, uplink: Uplink) -> None:
        publication = uplink.publication
        if any(other.publication is publication for other in self._uplinks.values()):
            for track in publication.tracks.values():
                track.lose(uplink.session)
            return
        if self._names.get(publication.name) is publication:
            del self._names[publication.name]
        for subscription in self._subscriptions.values():
            subscription.leave(publication)

    def connected(self, session: str, now: timedelta) -> list[Action]:
        """Let media flow to a viewer, who can receive from now on."""
        subscription = self._subscriptions.get(session)
        actions: list[Action] = []
        if subscription is not None and not subscription.is_connected:
            subscription.is_connected = True
            subscription.notes.add("connected", "", now)
            actions.extend(subscription.aim(now))
        return self._counted([*actions, *self._key_frame_requests(now)])

    def _key_frame_requests(self, now: timedelta) -> Iterator[Action]:
        for publication in self._names.values():
            yield from publication.key_frame_requests(now)

    def receive(self, session: str, packets: Iterable[tuple[bytes, timedelta]]) -> list[Action]:
        """Take a batch of decrypted RTP and RTCP packets of one session, each with its arrival."""
        receiver = self._uplinks.get(session) or self._subscriptions.get(session)
        actions: list[Action] = []
        for data, arrived_at in packets:
            if receiver is None:
                self.drops[DropReason.UNKNOWN_SESSION] += 1
                continue
            try:
                actions.extend(receiver.receive(data, arrived_at))
            except MalformedPacket:
                self.drops[DropReason.MALFORMED] += 1
        if isinstance(receiver, Subscription):
            self._due_at = min(self._due_at, receiver.due_at)
        elif receiver is not None:
            self._lacks = self._lacks or receiver.publication.lacks
            if receiver.publication.has_held_back():
                waiting = [s for s in self._subscriptions.values() if s.is_behind]
                self._hurry(waiting, arrived_at)
        return self._counted(actions) if actions else actions

    def rest(self, session: str, now: timedelta) -> timedelta:
        """How long a session's reports may go unread: a viewer's for whom nothing is to choose."""
        subscription = self._subscriptions.get(session)
        return timedelta(0) if subscription is None else subscription.rest(now)

    def is_pressed(self, now: timedelta) -> bool:
        """Whether to call `tick` soon: somebody's turn has come, or something is missing."""
        return self._lacks or self._due_at <= now

    def tick(self, now: timedelta) -> list[Action]:
        """Everything that time makes due; call every 50 ms, or every 20 ms while it is pressed."""
        self._ticks.add(now)
        actions: list[Action] = []
        if [publication for publication in self._names.values() if publication.stirs(now)]:
            self._hurry(self._subscriptions.values(), now)
        if self._due_at <= now:  # else to ask hundreds would take longer than to answer
            for subscription in self._subscriptions.values():
                if subscription.due_at <= now:
                    actions.extend(subscription.tick(now))
            due = (subscription.due_at for subscription in self._subscriptions.values())
            self._due_at = min(due, default=timedelta.max)
        for publication in self._names.values():
            actions.extend(publication.tick(now))
        for uplink in self._uplinks.values():
            actions.extend(uplink.tick(now))
        self._lacks = any(publication.lacks for publication in self._names.values())
        return self._counted(actions)

    def _hurry(self, subscriptions: Iterable[Subscription], now: timedelta) -> None:
        for subscription in subscriptions:
            subscription.hurry(now)
        self._due_at = min(self._due_at, now)

    def _counted(self, actions: Iterable[Action]) -> list[Action]:
        """The same actions, with what goes to one session alone counted there."""
        listed = list(actions)
        for action in listed:
            match action:
                case Send(session, packets):
                    self._count(session, packets)
                case Burst(session, laid):
                    self._count(session, tuple(packet.data for packet in laid))
                case SendRtcp(session, data):
                    self._count(session, (data,))
                    if session in self._uplinks:
                        self._uplinks[session].asked(data)
                case _:
                    pass
        return listed

    def _count(self, session: str, packets: tuple[bytes, ...]) -> None:
        owner = self._uplinks.get(session) or self._subscriptions.get(session)
        if owner is not None:
            owner.counters.packets_out += len(packets)
            owner.counters.bytes_out += sum(map(len, packets))

    def statistics(self) -> Mapping[str, SessionCounters]:
        """The counters of every session."""
        counters = {session: uplink.counters for session, uplink in self._uplinks.items()}
        counters.update((name, found.statistics()) for name, found in self._subscriptions.items())
        return counters

    def conditions(self, now: timedelta) -> Mapping[str, Condition]:
        """How every session fares."""
        found = {session: uplink.condition(now) for session, uplink in self._uplinks.items()}
        found.update((name, viewer.condition()) for name, viewer in self._subscriptions.items())
        return found

    def flight(self, session: str, now: timedelta, span: timedelta = SPAN) -> FlightRecord:
        """The last minute of a session; raises UnknownSession."""
        owner = self._uplinks.get(session) or self._subscriptions.get(session)
        if owner is None:
            raise UnknownSession(session)
        return owner.record(self._ticks, now, span)

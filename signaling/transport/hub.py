"""All sessions behind one port: who a datagram belongs to, and how packets leave."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from secrets import token_bytes
from typing import Final
from typing import Protocol as Interface

from aiortc.rtcdtlstransport import RTCCertificate

from signaling.ice.agent import Answer, Credentials, IceAgent
from signaling.ice.controlling import ControllingAgent
from signaling.ice.stun import Address, MessageType, StunError, StunMessage, parse_stun
from signaling.transport.demultiplex import Protocol, is_report, protocol_of
from signaling.transport.dialing import DialledPath
from signaling.transport.dtls import DtlsPeer
from signaling.transport.intake import Received
from signaling.transport.paths import Source, StreamPath, mapped
from signaling.transport.peer import Arrived, Peer
from signaling.transport.port import Datagram

ANSWERS: Final = frozenset({MessageType.BINDING_SUCCESS, MessageType.BINDING_ERROR})


CONSENT_LOOK: Final = timedelta(seconds=1)  # how late the end of a consent may be noticed
REPORTS_LOOK: Final = timedelta(milliseconds=40)  # how long a report may wait for others
MOST_REPORTS: Final = 4096  # that wait; more are read at once

LetRest = Callable[[Address, timedelta, int], None]


class Listener(Interface):
    """Who hears what happens to sessions; called on the loop, must not block."""

    def connected(self, session: str) -> None:
        """ICE and DTLS are up."""

    def disconnected(self, session: str, reason: str) -> None:
        """The session is gone."""

    def media(self, session: str, packets: Sequence[Arrived]) -> None:
        """Decrypted RTP and RTCP packets of one batch, in order of arrival."""

    def rest(self, session: str) -> timedelta:
        """How long what a viewer reports may go unread, as nothing depends on it."""


class Hub:
    """Sessions by ICE fragment and by address; tasks belong to the given group."""

    def __init__(
        self,
        certificate: RTCCertificate,
        listener: Listener,
        tasks: asyncio.TaskGroup,
        clock: Callable[[], timedelta],
    ) -> None:
        self.drops: Counter[str] = Counter()
        self.generation = 0  # changes whenever keys or a way do that were asked for
        self._certificate = certificate
        self._listener = listener
        self._tasks = tasks
        self._clock = clock
        self._peers: dict[str, Peer] = {}
        self._by_ufrag: dict[str, Peer] = {}
        self._by_address: dict[Source, Peer] = {}
        self._calling: dict[str, ControllingAgent[Source]] = {}
        self._awaited: set[str] = set()  # sessions that have not connected
        self._looked_at = timedelta()
        self._reports: list[Received] = []
        self._reports_since = timedelta()
        self._send: Callable[[Iterable[Datagram]], None] = self._drop
        self._let_rest: LetRest | None = None

    def bind(
        self, send: Callable[[Iterable[Datagram]], None], let_rest: LetRest | None = None
    ) -> None:
        """Say where datagrams leave; those of streams never come there.

        `let_rest(address, until, tag)` may leave reports unread, see `UdpPort.let_rest`.
        """
        self._send = send
        self._let_rest = let_rest

    def _drop(self, datagrams: Iterable[Datagram]) -> None:
        self.drops["no-port"] += len(list(datagrams))

    def open(self, session: str, credentials: Credentials, dtls: DtlsPeer) -> None:
        """Expect a peer; nothing is sent before its first valid check."""
        agent = IceAgent[Source](credentials, now=self._clock())
        peer = Peer(session, agent, self._certificate, dtls, self.transmit, drops=self.drops)
        self._peers[session] = self._by_ufrag[credentials.local_ufrag] = peer
        self._awaited.add(session)

    def dial(
        self, session: str, credentials: Credentials, dtls: DtlsPeer, address: Address
    ) -> None:
        """Call a peer that waits to be called; raises OSError when no way leads there."""
        path = DialledPath(address, self.receive)
        agent = ControllingAgent[Source](credentials, path, draw=token_bytes, now=self._clock())
        peer = Peer(session, agent, self._certificate, dtls, self.transmit, drops=self.drops)
        self._peers[session] = self._by_address[path] = peer
        self._calling[session] = agent
        self._awaited.add(session)
        peer.addresses = {path}
        self._call(self._clock())

    def _call(self, now: timedelta) -> None:
        """Send the checks that are due to those whom we have dialled."""
        for agent in self._calling.values():
            if check := agent.due(now):
                self.transmit((check, path) for path in agent.addresses)

    def connected(self, session: str) -> Peer | None:
        """The peer of a session, if media can be sent to it."""
        peer = self._peers.get(session)
        if peer is None:
            return None
        is_reached = peer.srtp is not None and peer.agent.selected is not None
        peer.is_missed = peer.is_missed or not is_reached
        return peer if is_reached else None

    def awaits(self) -> bool:
        """Whether somebody is about to connect."""
        return bool(self._awaited)

    def has(self, session: str) -> bool:
        """Whether the session lives."""
        return session in self._peers

    def restart(self, session: str, credentials: Credentials) -> None:
        """Begin a new ICE generation of a living session."""
        peer = self._peers[session]
        peer.restart(credentials)
        self._follow(peer)

    def close(self, session: str, reason: str) -> None:
        """Forget a session at once and tell the peer; the listener hears the reason."""
        peer = self._peers.pop(session, None)
        if peer is None:
            return
        for ufrag in peer.ufrags:
            self._by_ufrag.pop(ufrag, None)
        for address in peer.addresses:
            self._leave(address, peer)
        self._calling.pop(session, None)
        self._awaited.discard(session)
        task, peer.task = peer.task, None  # whose end holds on to the peer, which must not hold it
        if task is not None:
            task.cancel()
        else:
            peer.hang_up()
        self.generation += 1
        self._listener.disconnected(session, reason)

    def close_all(self, reason: str) -> None:
        """Close every session."""
        for session in tuple(self._peers):
            self.close(session, reason)

    def receive(self, batch: Sequence[Received]) -> None:
        """Take a batch of datagrams; each session's media is handed over once.

        What begins with a receiver report can wait: hundreds of viewers send five a second, and
        many in a row cost a fraction of what each costs alone, when nothing is in a cache.
        """
        media: dict[str, list[Arrived]] = {}
        for received in batch:
            data, source, _ = received
            match protocol_of(data):
                case Protocol.RTP if is_report(data) and len(self._reports) < MOST_REPORTS:
                    self._reports.append(received)
                case Protocol.RTP:
                    self._receive_media(received, media)
                case Protocol.STUN:
                    self._receive_stun(data, source)
                case Protocol.DTLS:
                    self._receive_dtls(data, source)
                case Protocol.UNKNOWN:
                    self.drops["unknown-protocol"] += 1
        self._hand_over(media)

    def _read_reports(self) -> None:
        reports, self._reports = self._reports, []
        media: dict[str, list[Arrived]] = {}
        sound = [received for received in reports if self._receive_media(received, media)]
        self._hand_over(media)
        for _, source, at in sound:
            peer = self._by_address.get(source)
            if peer is not None and (rest := self._listener.rest(peer.session)):
                self._rest(peer, source, at + rest)

    def _rest(self, peer: Peer, source: Source, until: timedelta) -> None:
        """A browser reports five times a second, and hundreds have no choice of layers."""
        if self._let_rest is None or peer.srtp is None or isinstance(source, StreamPath):
            return
        self._let_rest(source, until, peer.srtp.tag)
        peer.rests = True

    def _hand_over(self, media: dict[str, list[Arrived]]) -> None:
        for session, packets in media.items():
            self._listener.media(session, packets)

    def _receive_media(self, received: Received, media: dict[str, list[Arrived]]) -> bool:
        """Whether it is from a peer of ours."""
        peer = self._by_address.get(received.source)
        if peer is None:
            self.drops["unknown-address"] += 1
            return False
        plain = peer.decrypt((received.data, received.at))
        if plain is None:
            return False
        media.setdefault(peer.session, []).append(plain)
        if peer.rests and not is_report(received.data):  # it asks for something: hear all of it
            self._rest(peer, received.source, received.at)
            peer.rests = False
        return True

    def _receive_dtls(self, data: bytes, source: Source) -> None:
        peer = self._by_address.get(source)
        if peer is None:
            self.drops["unknown-address"] += 1
        elif not peer.deliver_dtls(data):
            self.drops["dtls-inbox-full"] += 1

    def _receive_stun(self, data: bytes, source: Source) -> None:
        known = self._by_address.get(source)
        again = known.agent.again(data, source, self._clock()) if known is not None else None
        if again is not None:  # nothing has changed
            self.transmit([(again, source)])
            return
        try:
            message = parse_stun(data)
            peer = self._called(message, source)
            if peer is None:
                self.drops["stun-unknown-session"] += 1
                return
            if self._is_taken(source, peer):
                return
            answer = peer.agent.receive(message, source, mapped(source), self._clock())
        except StunError:
            self.drops["stun-malformed"] += 1
            return
        if not isinstance(answer, Answer):
            self.drops[answer.reason] += 1
            return
        if answer.valid:
            self._accept(peer, source)
        if answer.data:
            self.transmit([(answer.data, source)])

    def _is_taken(self, source: Source, peer: Peer) -> bool:
        """Whether a check comes from where another peer is: counted, and not answered.

        A stream belongs to its first session. Nobody takes a living peer's address by forging the
        source of a check, nor has what is meant for himself sent there.
        """
        owner = self._by_address.get(source, peer)
        if owner is peer:
            return False
        if isinstance(source, StreamPath):
            self.drops["stun-other-session"] += 1
            return True
        is_living = owner.agent.hears(source, self._clock())
        self.drops["address-taken"] += is_living
        return is_living

    def _called(self, message: StunMessage, source: Source) -> Peer | None:
        """Whom a message is for: a request names its session, an answer comes where we asked."""
        if message.type in ANSWERS:
            return self._by_address.get(source)
        return self._by_ufrag.get(message.username[0])

    def _accept(self, peer: Peer, source: Source) -> None:
        """A check was valid: follow the peer's addresses, and shake hands if not yet begun."""
        self._by_address[source] = peer
        if isinstance(source, StreamPath):
            source.accept()
        self._follow(peer)
        if peer.task is None:
            run = peer.run(self._connected, lambda reason: self.close(peer.session, reason))
            peer.task = self._tasks.create_task(run, name=f"peer {peer.session}")

    def _follow(self, peer: Peer) -> None:
        ufrags, addresses = set(peer.agent.local_ufrags), set(peer.agent.addresses)
        for ufrag in peer.ufrags - ufrags:
            self._by_ufrag.pop(ufrag, None)
        peer.ufrags = ufrags
        self._by_ufrag.update(dict.fromkeys(ufrags, peer))
        for address in peer.addresses - addresses:
            self._leave(address, peer)
            if isinstance(address, StreamPath):
                address.close()
        peer.addresses = addresses
        if peer.way != peer.agent.selected:
            peer.way = peer.agent.selected
            self.generation += peer.srtp is not None  # before that it is in nobody's plan

    def lost(self, path: StreamPath) -> None:
        """A stream has ended: its session lives on as long as its consent does."""
        peer = self._by_address.get(path)
        if peer is not None:
            peer.agent.forget(path)
            self._follow(peer)

    def _leave(self, address: Source, peer: Peer) -> None:
        if self._by_address.get(address) is peer:
            del self._by_address[address]

    def _connected(self, peer: Peer) -> None:
        self.generation += peer.is_missed
        self._awaited.discard(peer.session)
        self._listener.connected(peer.session)
        early = peer.take_early()
        if early:
            self._listener.media(peer.session, early)

    def send(self, packets: Iterable[tuple[str, bytes]]) -> None:
        """Protect plain packets for their sessions and send them as one batch."""
        batch: list[tuple[bytes, Source]] = []
        for session, packet in packets:
            peer = self._peers.get(session)
            if peer is None or peer.srtp is None or peer.agent.selected is None:
                self.drops["not-connected"] += 1
                continue
            data = peer.srtp.protect(packet)
            if data is None:
                self.drops["srtp-refused-out"] += 1
                continue
            batch.append((data, peer.agent.selected))
        self.transmit(batch)

    def transmit(self, datagrams: Iterable[tuple[bytes, Source]]) -> None:
        """Write to streams one by one, and let the rest leave through the port as one batch."""
        batch: list[Datagram] = []
        for data, source in datagrams:
            if isinstance(source, StreamPath):
                source.send(data)
            else:
                batch.append((data, source))
        if batch:
            self._send(batch)

    def tick(self, now: timedelta) -> None:
        """Ask for consent, read reports, close the sessions whose consent has ended."""
        self._call(now)
        if self._reports and now >= self._reports_since + REPORTS_LOOK:
            self._reports_since = now
            self._read_reports()
        if now < self._looked_at + CONSENT_LOOK:
            return
        self._looked_at = now
        for session in [s for s, peer in self._peers.items() if peer.agent.expired(now)]:
            self.close(session, "consent-expired")

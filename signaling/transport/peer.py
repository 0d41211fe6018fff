"""One session on the wire: its ICE agent, its DTLS, its media keys."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import structlog
from aiortc.rtcdtlstransport import RTCCertificate

from signaling.ice.agent import Credentials, IceAgent
from signaling.transport.dtls import DtlsPeer, DtlsSession
from signaling.transport.paths import Source, StreamPath
from signaling.transport.srtp import SrtpSession

HANDSHAKE_TIMEOUT: Final = timedelta(seconds=30)  # the same as for consent
EARLY_PACKETS: Final = 128  # media that overtook the end of the handshake; older ones drop

Arrived = tuple[bytes, timedelta]  # a packet and when it arrived

log = structlog.get_logger()


class Peer:
    """State of one session; `run` lives as long as the session does."""

    def __init__(
        self,
        session: str,
        agent: IceAgent[Source],
        certificate: RTCCertificate,
        dtls: DtlsPeer,
        send: Callable[[list[tuple[bytes, Source]]], None],
        *,
        drops: Counter[str],
    ) -> None:
        self.session = session
        self.agent = agent
        self.srtp: SrtpSession | None = None
        self.task: asyncio.Task[None] | None = None
        self.ufrags: set[str] = set(agent.local_ufrags)
        self.addresses: set[Source] = set()
        self.way: Source | None = None  # where plans for many viewers have it
        self.is_missed = False  # plans were made without it
        self.rests = False  # whether its reports may go unread
        self._send = send
        self._drops = drops
        self._has_spoken = False
        self._early: deque[Arrived] = deque(maxlen=EARLY_PACKETS)
        self._dtls = DtlsSession(certificate, dtls, self._send_dtls, drops)

    def restart(self, credentials: Credentials) -> None:
        """Begin a new ICE generation; DTLS and keys stay."""
        self.agent.restart(credentials)

    def _send_dtls(self, data: bytes) -> None:
        if self.agent.selected is not None:
            self._send([(data, self.agent.selected)])

    def deliver_dtls(self, data: bytes) -> bool:
        """Hand a DTLS datagram to the handshake; False when it is dropped."""
        return self._dtls.pipe.deliver(data)

    def decrypt(self, arrived: Arrived) -> Arrived | None:
        """The plain packet; one that overtook the handshake is kept for `take_early`."""
        if self.srtp is None:
            if len(self._early) == EARLY_PACKETS:
                self._drops["early-media-full"] += 1
            self._early.append(arrived)
            return None
        plain = self.srtp.unprotect(arrived[0])
        if plain is None:
            is_new = self.srtp.one_too_many(arrived[0])
            self._drops["srtp-too-many-streams" if is_new else "srtp-refused"] += 1
            return None
        if not self._has_spoken:  # it has our last flight, or it would have no keys
            self._has_spoken = True
            self._dtls.last_flight.answered()
        return plain, arrived[1]

    def take_early(self) -> list[Arrived]:
        """The packets that came before the keys, now in plain."""
        waiting, self._early = self._early, deque(maxlen=EARLY_PACKETS)
        plain = (self.decrypt(arrived) for arrived in waiting)
        return [packet for packet in plain if packet is not None]

    async def run(self, connected: Callable[["Peer"], None], ended: Callable[[str], None]) -> None:
        """Shake hands, then wait for the end: `ended` gets the reason unless it was cancelled."""
        try:
            reason = await self._live(connected)
        finally:
            await self._dtls.shut()
            self.hang_up()
        ended(reason)

    def hang_up(self) -> None:
        """Close what only this session uses, now that it has said goodbye."""
        for address in self.addresses:
            if isinstance(address, StreamPath):
                address.close()

    async def _live(self, connected: Callable[["Peer"], None]) -> str:
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT.total_seconds()):
                self.srtp = await self._dtls.handshake()
        except TimeoutError:
            return "dtls-failed"
        except Exception:  # a vendor's fault in one session must not end the others
            log.exception("dtls-fault", session=self.session)
            return "dtls-failed"
        if self.srtp is None:
            return "dtls-failed"
        connected(self)
        await self._dtls.ended.wait()
        return "dtls-closed"

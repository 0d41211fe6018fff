"""The one door to aiortc: its DTLS transport over our own port, its certificate, its SRTP keys.

Private names of aiortc that are used here are pinned by tests/signaling/transport/test_contract.py.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    SRTPProtectionProfile,
    State,
)
from OpenSSL import SSL
from pylibsrtp import Policy, Session
from typing_extensions import override

from signaling.transport.flights import LastFlight
from signaling.transport.records import split_flight
from signaling.transport.sealing import Sealer
from signaling.transport.srtp import GCM_TAG, SHA1_TAG, SrtpSession

INBOX: Final = 64  # datagrams of a handshake that wait for their task; more are dropped
FLIGHT: Final = 1 << 16
LARGEST_RECORD: Final = 1 << 14  # bytes (RFC 6347 §4.1)
MOST_DATA: Final = 16  # records of application data, for which nobody has a use; then it ends
RECEIVED_WINDOW: Final = 1024  # packets that may overtake another; a publisher's burst and its RTX
# Each packet shifts the window by one, which at 1024 is a fifth of what encryption costs. Repeats
# that go inside RTX are in order; those of peers without it are of the last second.
SENT_WINDOW: Final = 256


@dataclass(frozen=True, slots=True)
class DtlsPeer:
    """Who the peer claims to be (RFC 8122) and which side starts (RFC 5763)."""

    fingerprints: tuple[tuple[str, str], ...]
    we_are_server: bool


class DatagramPipe:
    """What aiortc's DTLS takes for its ICE transport: datagrams in and out, nothing else."""

    role = "controlled"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._inbox: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._forward = send

    def deliver(self, datagram: bytes) -> bool:
        """Hand a datagram to the transport; False when its inbox is full."""
        if len(self._inbox) >= INBOX:
            return False
        self._inbox.append(datagram)
        self._wake()
        return True

    async def next(self, seconds: float | None) -> bytes | None:
        """The next datagram; None if none comes for so long."""
        if not self._inbox:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = None if seconds is None else loop.call_later(seconds, self._wake)
            try:
                await self._waiter
            finally:
                self._waiter = None
                if timer is not None:
                    timer.cancel()
        return self._inbox.popleft() if self._inbox else None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """Forget who sent, who would otherwise be kept until garbage is looked for."""
        self._forward = _nowhere

    async def _send(self, data: bytes) -> None:
        self._forward(data)


def _nowhere(_: bytes) -> None:
    """The session has ended."""


class DtlsSession(RTCDtlsTransport):
    """One DTLS association; media does not pass through it, only its keys come from it."""

    def __init__(
        self,
        certificate: RTCCertificate,
        peer: DtlsPeer,
        send: Callable[[bytes], None],
        drops: Counter[str] | None = None,
    ) -> None:
        self.pipe = DatagramPipe(send)
        self.ended = asyncio.Event()  # the peer said goodbye, or the handshake failed
        self.sealer: Sealer | None = None  # of what we send, where it is not libsrtp's matter
        self.last_flight = LastFlight()
        self.drops = Counter() if drops is None else drops
        self.unasked = 0  # records of it that have come
        super().__init__(cast("Any", self.pipe), [certificate])
        self._set_role("server" if peer.we_are_server else "client")
        # GCM with 128 bits costs the least CPU; the other is mandatory (RFC 8827)
        self._srtp_profiles = [SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80]
        self._parameters = RTCDtlsParameters(
            fingerprints=[RTCDtlsFingerprint(*pair) for pair in peer.fingerprints]
        )

    async def handshake(self) -> SrtpSession | None:
        """The media keys of the finished handshake; None when it failed."""
        await self.start(self._parameters)
        if self._state != State.CONNECTED:
            return None
        if self._role == "client":  # the server speaks last (RFC 6347 §4.2.4)
            self.last_flight.answered()
        else:  # twice: without it nothing of what comes next can be read
            await self._send_all(self.last_flight.datagrams)
        return SrtpSession(self._rx_srtp, self._tx_srtp, self._tag(), self.sealer)

    def _profile(self) -> SRTPProtectionProfile | None:
        chosen = self._ssl.get_selected_srtp_profile() if self._ssl is not None else b""
        return next((p for p in self._srtp_profiles if p.openssl_profile == chosen), None)

    def _tag(self) -> int:
        return GCM_TAG if self._profile() is SRTP_AEAD_AES_128_GCM else SHA1_TAG

    @override
    def _setup_srtp(self) -> None:
        """Make the keys of both directions (RFC 5764 §4.2), each with a window of its own."""
        profile = self._profile()
        if profile is None or self._ssl is None:
            self._set_state(State.FAILED)
            return
        size = 2 * (profile.key_length + profile.salt_length)
        exported = self._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", size)
        ours = int(self._role == "server")  # the client's keys come first
        self._tx_srtp = _keys(profile, exported, ours, is_sent=True)
        self._rx_srtp = _keys(profile, exported, 1 - ours, is_sent=False)
        if profile is SRTP_AEAD_AES_128_GCM:
            self.sealer = Sealer.gcm(profile.get_key_and_salt(exported, ours))

    async def shut(self) -> None:
        """Say goodbye to the peer, wait for aiortc's own task, and free what OpenSSL holds."""
        pump = self._task
        await self.stop()
        if pump is not None:
            await asyncio.wait([pump])
        self._ssl = None
        self.pipe.close()

    @override
    def _set_state(self, state: State) -> None:
        super()._set_state(state)
        if state in {State.CLOSED, State.FAILED}:
            self.ended.set()

    @override
    async def _recv_next(self) -> None:
        """Take a datagram, or repeat a flight that was not answered in time (RFC 6347 §4.2.4).

        aiortc does the same, but makes a task to wait in for each.
        """
        if self._ssl is None:
            raise ConnectionError
        loop = asyncio.get_running_loop()
        waits = (self._ssl.DTLSv1_get_timeout(), self.last_flight.wait(loop.time()))
        known = [wait for wait in waits if wait is not None]
        datagram = await self.pipe.next(min(known) if known else None)
        if datagram is None:
            await self._repeat(self._ssl, loop.time())
            return
        self._ssl.bio_write(datagram)
        has_ended = self._reads_end(self._ssl)
        await self._write_ssl()
        if has_ended:
            raise ConnectionError

    async def _repeat(self, ssl: SSL.Connection, now: float) -> None:
        if ssl.DTLSv1_handle_timeout():
            await self._write_ssl()
        await self._send_all(self.last_flight.again(now))

    def _reads_end(self, ssl: SSL.Connection) -> bool:
        """Whether what has come is a goodbye or a quarrel, behind data for which nobody asked.

        What is not read OpenSSL would keep, however much it is, and it reads no more after a
        quarrel.
        """
        try:
            while self.unasked < MOST_DATA:
                ssl.recv(LARGEST_RECORD)
                self.unasked += 1
                self.drops["dtls-data"] += 1
        except (SSL.WantReadError, SSL.WantWriteError):
            return False
        except SSL.ZeroReturnError:
            return True
        except SSL.Error:  # a handshake that fails says so by itself
            return self._state == State.CONNECTED
        return True

    @override
    async def _write_ssl(self) -> None:
        """Send what OpenSSL wrote, one datagram per piece that fits the path."""
        if self._ssl is None:
            return
        try:
            flight = self._ssl.bio_read(FLIGHT)
        except SSL.Error:  # nothing to send
            return
        datagrams = split_flight(flight)
        self.last_flight.sent(datagrams, asyncio.get_running_loop().time())
        await self._send_all(datagrams)

    async def _send_all(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            await self.transport._send(datagram)  # noqa: SLF001  it is our own pipe


def _keys(profile: SRTPProtectionProfile, exported: bytes, side: int, *, is_sent: bool) -> Session:
    """What one side (0: the DTLS client) protects its media with."""
    policy = Policy(
        key=profile.get_key_and_salt(exported, side),
        ssrc_type=Policy.SSRC_ANY_OUTBOUND if is_sent else Policy.SSRC_ANY_INBOUND,
        srtp_profile=profile.libsrtp_profile,
    )
    policy.allow_repeat_tx = True  # what a viewer without RTX asks for again is sent as it was
    policy.window_size = SENT_WINDOW if is_sent else RECEIVED_WINDOW
    return Session(policy)


class Certificate(RTCCertificate):
    """A certificate with one OpenSSL context for all its sessions, which costs more than a join."""

    def __init__(self, key: Any, cert: Any) -> None:
        super().__init__(key, cert)
        self._contexts: dict[bytes, SSL.Context] = {}

    @override
    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        names = b":".join(profile.openssl_profile for profile in srtp_profiles)
        if names not in self._contexts:
            context = super()._create_ssl_context(srtp_profiles)
            context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # nobody resumes
            self._contexts[names] = context
        return self._contexts[names]


def make_certificate() -> RTCCertificate:
    """A certificate for the life of this process: small, ECDSA on P-256."""
    return Certificate.generateCertificate()


def fingerprint(certificate: RTCCertificate) -> str:
    """Its SHA-256 fingerprint as SDP writes it."""
    prints = certificate.getFingerprints()
    return next(p.value for p in prints if p.algorithm == "sha-256")

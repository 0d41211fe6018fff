"""One WebRTC peer of the crowd: it checks, shakes hands, and then has the keys of its media."""

import asyncio
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate
from pylibsrtp._binding import ffi, lib

from benchmarks.media.descriptions import Remote
from signaling.ice.stun import Attribute, MessageType, binding_success, build_stun, parse_stun
from signaling.transport.dtls import DtlsPeer, DtlsSession

CHECK_FIRST = 0.05  # seconds until an unanswered check is repeated
CHECK_AGAIN = 0.48  # seconds between checks of a pair that works but is young
PATIENCE = 0.05  # seconds from the server's check until it listens to DTLS
PRIORITY = 1845501695  # of a peer-reflexive host candidate (RFC 8445 §5.1.2)
TRAILER = 64
LARGEST = 2048


class ConnectError(RuntimeError):
    """A member did not get through; the message says how far it came."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Our side of ICE."""

    ufrag: str
    password: str


def new_credentials() -> Credentials:
    """Fresh ones, as long as a browser's."""
    return Credentials(secrets.token_hex(4), secrets.token_hex(12))


class Member:
    """Full ICE agent in the controlling role, DTLS client, SRTP contexts."""

    def __init__(
        self,
        certificate: RTCCertificate,
        ours: Credentials,
        remote: Remote,
        send: Callable[[bytes, tuple[str, int]], None],
        *,
        patient: bool = False,  # the server throws away a ClientHello that comes before its checks
    ) -> None:
        self._ours = ours
        self.remote = remote
        self._send = send
        self._checked = asyncio.Event()
        self._asked = asyncio.Event()
        self._patient = patient
        peer = DtlsPeer(fingerprints=remote.fingerprints, we_are_server=False)
        self.dtls = DtlsSession(certificate, peer, self.transmit)
        self.receive_context: Any = None
        self.send_context: Any = None
        self._cells = ffi.new("char[]", LARGEST + TRAILER)
        self._buffer = ffi.buffer(self._cells)
        self._length = ffi.new("int *")
        self.handshake_seconds = 0.0

    def transmit(self, data: bytes) -> None:
        """Send a datagram to the server."""
        self._send(data, self.remote.address)

    async def connect(self, within: float = 20) -> None:
        """ICE, then DTLS.

        Raises:
            ConnectError: one of them came to nothing.
        """
        began = perf_counter()
        try:
            async with asyncio.timeout(within):
                async with asyncio.TaskGroup() as tasks:
                    checks = tasks.create_task(self._keep_checking())
                    await self._checked.wait()
                    if self._patient:
                        await self._asked.wait()
                        await asyncio.sleep(PATIENCE)
                    keys = await self.dtls.handshake()
                    checks.cancel()
        except TimeoutError as error:
            stage = "DTLS" if self._checked.is_set() else "ICE"
            raise ConnectError(f"{stage} took longer than {within} s") from error
        if keys is None:
            raise ConnectError("DTLS failed")
        self.receive_context = self.dtls._rx_srtp._srtp[0]  # noqa: SLF001  as the server does
        self.send_context = self.dtls._tx_srtp._srtp[0]  # noqa: SLF001
        self.handshake_seconds = perf_counter() - began

    async def _keep_checking(self) -> None:
        """As Chromium does until a pair is stable; an agent may forget what came too early."""
        while True:
            self.check(nominate=True)
            await asyncio.sleep(CHECK_AGAIN if self._checked.is_set() else CHECK_FIRST)

    def check(self, *, nominate: bool = False) -> None:
        """Send a check: the first ones connect, later ones renew our consent (RFC 7675)."""
        attributes = [
            (int(Attribute.USERNAME), f"{self.remote.ufrag}:{self._ours.ufrag}".encode()),
            (int(Attribute.PRIORITY), struct.pack("!I", PRIORITY)),
            (int(Attribute.ICE_CONTROLLING), bytes(8)),
        ]
        if nominate:
            attributes.append((int(Attribute.USE_CANDIDATE), b""))
        self.transmit(
            build_stun(
                MessageType.BINDING_REQUEST,
                secrets.token_bytes(12),
                tuple(attributes),
                self.remote.password,
            )
        )

    def receive(self, data: bytes) -> None:
        """Take a datagram that is no media."""
        if data[0] >= 20:
            self.dtls.pipe.deliver(data)
            return
        message = parse_stun(data)
        if message.type == MessageType.BINDING_SUCCESS:
            self._checked.set()
        elif message.type == MessageType.BINDING_REQUEST:  # libnice checks even where it is lite
            self.transmit(
                binding_success(message.transaction, self.remote.address, self._ours.password)
            )
            self._asked.set()

    def protect(self, packet: bytes, *, rtcp: bool = False) -> bytes:
        """The packet as it goes on the wire."""
        self._length[0] = len(packet)
        self._buffer[0 : len(packet)] = packet
        verb = lib.srtp_protect_rtcp if rtcp else lib.srtp_protect
        if verb(self.send_context, self._cells, self._length):
            raise ValueError("libsrtp refused a packet of ours")
        protected: bytes = self._buffer[0 : self._length[0]]
        return protected

    def unprotect_rtcp(self, data: bytes) -> bytes | None:
        """The plain RTCP packet, or None if it is not for us."""
        self._length[0] = len(data)
        self._buffer[0 : len(data)] = data
        if lib.srtp_unprotect_rtcp(self.receive_context, self._cells, self._length):
            return None
        plain: bytes = self._buffer[0 : self._length[0]]
        return plain

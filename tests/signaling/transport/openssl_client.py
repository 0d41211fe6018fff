"""A bare OpenSSL DTLS client: the other end of one association, driven by what it gets."""

import asyncio
from collections.abc import Callable

from aiortc.rtcdtlstransport import SRTP_AES128_CM_SHA1_80, RTCCertificate, SRTPProtectionProfile
from OpenSSL import SSL
from pylibsrtp import Policy, Session

from signaling.transport.records import split_flight


class Client:
    """Datagrams go out through `send` and come in through `inbox`."""

    def __init__(
        self,
        certificate: RTCCertificate,
        send: Callable[[bytes], object],
        *,
        offers: tuple[bytes, ...] = (b"webrtc",),
        profiles: tuple[SRTPProtectionProfile, ...] = (SRTP_AES128_CM_SHA1_80,),
    ) -> None:
        context = certificate._create_ssl_context(list(profiles))
        context.set_alpn_protos(list(offers))
        context.set_options(SSL.OP_NO_QUERY_MTU)
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self.flights: list[list[bytes]] = []
        self._send = send
        self._profiles = profiles
        self._connection = SSL.Connection(context)
        self._connection.set_ciphertext_mtu(1200)
        self._connection.set_connect_state()

    async def shake_hands(self) -> None:
        while True:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                self._write()
                self._connection.bio_write(await self.inbox.get())
            except SSL.Error:
                self._write()
                raise
            else:
                self._write()
                return

    def say_goodbye(self) -> None:
        """Close the connection (RFC 5246 §7.2.1)."""
        self._connection.shutdown()
        self._write()

    async def quarrel(self) -> None:
        """Ask for another handshake (RFC 5746), and end everything because it is refused."""
        self._connection.renegotiate()
        await self.shake_hands()

    def tell(self, data: list[bytes], *, is_over: bool) -> None:
        """Send application data, a record each, and maybe a goodbye behind it: one datagram."""
        for piece in data:
            self._connection.send(piece)
        if is_over:
            self._connection.shutdown()
        self._send(self._connection.bio_read(1 << 16))

    def _write(self) -> None:
        try:
            flight = split_flight(self._connection.bio_read(1 << 16))
        except SSL.WantReadError:
            return
        self.flights.append(flight)
        for datagram in flight:
            self._send(datagram)

    @property
    def profile(self) -> SRTPProtectionProfile:
        """What both sides agreed on."""
        chosen = self._connection.get_selected_srtp_profile()
        return next(p for p in self._profiles if p.openssl_profile == chosen)

    def keys(self) -> tuple[Session, Session]:
        """SRTP to receive and to send with, as RFC 5764 §4.2 lays the exported keys out."""
        profile = self.profile
        length = 2 * (profile.key_length + profile.salt_length)
        material = self._connection.export_keying_material(b"EXTRACTOR-dtls_srtp", length)
        ours, theirs = (profile.get_key_and_salt(material, index) for index in (0, 1))
        suite = profile.libsrtp_profile
        return (
            Session(Policy(theirs, Policy.SSRC_ANY_INBOUND, srtp_profile=suite)),
            Session(Policy(ours, Policy.SSRC_ANY_OUTBOUND, srtp_profile=suite)),
        )

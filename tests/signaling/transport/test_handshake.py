"""Handshakes with a bare OpenSSL client: a hello of several datagrams, keys on both sides."""

import asyncio

import pytest
from aiortc.rtcdtlstransport import SRTP_AES128_CM_SHA1_80, RTCCertificate
from OpenSSL import SSL

from signaling.transport.dtls import DtlsPeer, DtlsSession, fingerprint, make_certificate
from signaling.transport.records import split_flight
from signaling.transport.srtp import SrtpSession

LONG_OFFERS = [b"x%039d" % number for number in range(40)]  # 1,640 bytes in the hello


class Client:
    """The other end of one association, driven by the datagrams that it gets."""

    def __init__(self, certificate: RTCCertificate, offers: list[bytes]) -> None:
        context = certificate._create_ssl_context([SRTP_AES128_CM_SHA1_80])
        context.set_alpn_protos(offers)
        context.set_options(SSL.OP_NO_QUERY_MTU)
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self.flights: list[list[bytes]] = []
        self._connection = SSL.Connection(context)
        self._connection.set_ciphertext_mtu(1200)
        self._connection.set_connect_state()

    async def shake_hands(self, server: DtlsSession) -> None:
        while True:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                self._send(server)
                self._connection.bio_write(await self.inbox.get())
            else:
                self._send(server)
                return

    def _send(self, server: DtlsSession) -> None:
        try:
            flight = split_flight(self._connection.bio_read(1 << 16))
        except SSL.WantReadError:
            return
        self.flights.append(flight)
        for datagram in flight:
            assert server.pipe.deliver(datagram)


async def meet(client: Client, certificate: RTCCertificate) -> SrtpSession | None:
    peer = DtlsPeer((("sha-256", fingerprint(certificate)),), we_are_server=True)
    server = DtlsSession(make_certificate(), peer, client.inbox.put_nowait)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        keys = tasks.create_task(server.handshake())
        await client.shake_hands(server)
        await keys
    await server.shut()
    return keys.result()


@pytest.mark.parametrize("offers", [[b"webrtc"], LONG_OFFERS])
async def test_a_hello_of_any_length_ends_in_keys(offers: list[bytes]) -> None:
    certificate = make_certificate()
    client = Client(certificate, offers)
    assert await meet(client, certificate) is not None
    assert (len(client.flights[0]) > 1) == (offers is LONG_OFFERS)


async def test_a_client_with_another_certificate_gets_no_keys() -> None:
    client = Client(make_certificate(), [b"webrtc"])
    assert await meet(client, make_certificate()) is None

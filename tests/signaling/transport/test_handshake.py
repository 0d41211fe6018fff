"""Handshakes with a bare OpenSSL client: a hello of several datagrams, keys on both sides."""

import asyncio
import gc
import itertools
import weakref
from collections import Counter
from typing import Any

import pytest
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
)
from OpenSSL import SSL

from signaling.transport.dtls import (
    MOST_DATA,
    DtlsPeer,
    DtlsSession,
    fingerprint,
    make_certificate,
)
from signaling.transport.srtp import SrtpSession
from tests.signaling.transport.hellos import firefox_hello
from tests.signaling.transport.openssl_client import Client
from tests.signaling.workers.control import until

LONG_OFFERS = tuple(b"x%039d" % number for number in range(40))  # 1,640 bytes in the hello
SERVER_HELLO = 2  # RFC 5246 §7.4


class Meeting:
    """A session of ours that serves, and the client that it expects."""

    def __init__(self, certificate: RTCCertificate, expected: RTCCertificate, **more: Any) -> None:
        peer = DtlsPeer((("sha-256", fingerprint(expected)),), we_are_server=True)
        self.sent: asyncio.Queue[bytes] = asyncio.Queue()
        self.drops: Counter[str] = Counter()
        self.server = DtlsSession(make_certificate(), peer, self.sent.put_nowait, self.drops)
        self.client = Client(certificate, self.server.pipe.deliver, **more)
        self.client.inbox = self.sent

    async def keys(self) -> SrtpSession | None:
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            keys = tasks.create_task(self.server.handshake())
            await self.client.shake_hands()
            await keys
        await self.server.shut()
        return keys.result()


@pytest.mark.parametrize("offers", [(b"webrtc",), LONG_OFFERS])
async def test_a_hello_of_any_length_ends_in_keys(offers: tuple[bytes, ...]) -> None:
    certificate = make_certificate()
    meeting = Meeting(certificate, certificate, offers=offers)
    assert await meeting.keys() is not None
    assert (len(meeting.client.flights[0]) > 1) == (offers is LONG_OFFERS)


@pytest.mark.parametrize("fragment", [1100, 300])
@pytest.mark.parametrize("order", [1, -1])
async def test_a_post_quantum_hello_in_fragments_is_answered_whatever_their_order(
    fragment: int, order: int
) -> None:
    meeting = Meeting(make_certificate(), make_certificate())
    datagrams = firefox_hello(fragment)
    assert sum(map(len, datagrams)) > 1400
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        handshake = tasks.create_task(meeting.server.handshake())
        for datagram in datagrams[::order]:
            assert meeting.server.pipe.deliver(datagram)
        answer = await meeting.sent.get()
        handshake.cancel()
    await meeting.server.shut()
    assert answer[13] == SERVER_HELLO


async def test_the_goodbye_of_a_client_ends_the_session() -> None:
    certificate = make_certificate()
    meeting = Meeting(certificate, certificate)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        keys = tasks.create_task(meeting.server.handshake())
        await meeting.client.shake_hands()
        await keys
        meeting.client.say_goodbye()
        await meeting.server.ended.wait()
    await meeting.server.shut()


async def test_a_fatal_alert_of_a_client_ends_the_session() -> None:
    certificate = make_certificate()
    meeting = Meeting(certificate, certificate)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        keys = tasks.create_task(meeting.server.handshake())
        await meeting.client.shake_hands()
        await keys
        with pytest.raises(SSL.Error, match="no renegotiation"):
            await meeting.client.quarrel()
        await meeting.server.ended.wait()
    await meeting.server.shut()


async def test_neither_forged_records_nor_such_as_have_come_before_end_a_session() -> None:
    certificate = make_certificate()
    meeting = Meeting(certificate, certificate)
    alert, epochs = b"\x02\x28", (0, 1, 2)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        keys = tasks.create_task(meeting.server.handshake())
        await meeting.client.shake_hands()
        await keys
        for flight in (*meeting.client.flights, firefox_hello(1100)):
            for datagram in flight:
                meeting.server.pipe.deliver(datagram)
        for kind, epoch in itertools.product((20, 21, 22, 23, 24, 30), epochs):
            head = bytes((kind, 0xFE, 0xFD, 0, epoch)) + bytes(5) + b"\x07"
            for body in (alert, alert + bytes(40)):
                meeting.server.pipe.deliver(head + len(body).to_bytes(2, "big") + body)
        meeting.client.tell([b"x"], is_over=False)
        await until(lambda: meeting.drops == {"dtls-data": 1})
        assert not meeting.server.ended.is_set()
    await meeting.server.shut()


@pytest.mark.parametrize(("records", "is_over"), [(15, True), (15, False), (40, False)])
async def test_pitfall_04_data_for_which_nobody_asked_is_thrown_away_and_ends_what_brings_more(
    records: int, *, is_over: bool
) -> None:
    certificate = make_certificate()
    meeting = Meeting(certificate, certificate)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        keys = tasks.create_task(meeting.server.handshake())
        await meeting.client.shake_hands()
        await keys
        meeting.client.tell([b"x"] * records, is_over=is_over)
        if is_over or records > MOST_DATA:
            await meeting.server.ended.wait()
        await until(lambda: meeting.drops == {"dtls-data": min(records, MOST_DATA)})
        assert meeting.server.ended.is_set() == (is_over or records > MOST_DATA)
    await meeting.server.shut()


async def test_what_a_session_held_is_free_as_soon_as_it_has_ended() -> None:
    certificate = make_certificate()
    meeting = Meeting(certificate, certificate)
    assert await meeting.keys() is not None
    server = weakref.ref(meeting.server)
    gc.collect()
    gc.disable()
    try:
        del meeting
        assert server() is None
    finally:
        gc.enable()


async def test_gcm_is_taken_even_where_the_client_puts_it_last() -> None:
    certificate = make_certificate()
    profiles = (SRTP_AES128_CM_SHA1_80, SRTP_AEAD_AES_128_GCM)
    meeting = Meeting(certificate, certificate, profiles=profiles)
    assert await meeting.keys() is not None
    assert meeting.client.profile is SRTP_AEAD_AES_128_GCM


async def test_a_client_with_another_certificate_gets_no_keys() -> None:
    assert await Meeting(make_certificate(), make_certificate()).keys() is None


@pytest.mark.parametrize(
    ("algorithms", "wrong", "has_keys"),
    [
        (("sha-256", "sha-512"), (), True),
        (("sha-256", "SHA-384"), (), True),
        (("sha-256", "md2"), ("md2",), True),  # what we cannot compute proves nothing either way
        (("sha-256", "sha-512"), ("sha-512",), False),
        (("md2",), (), False),
    ],
)
async def test_pitfall_05_every_fingerprint_that_we_can_compute_has_to_match(
    algorithms: tuple[str, ...], wrong: tuple[str, ...], *, has_keys: bool
) -> None:
    certificate = make_certificate()
    right = {known.algorithm: known.value for known in certificate.getFingerprints()}
    zeros = ":".join(["00"] * 32)
    prints = tuple(
        (name, zeros if name in wrong else right.get(name.lower(), zeros)) for name in algorithms
    )
    meeting = Meeting(certificate, certificate)
    meeting.server._parameters = RTCDtlsParameters([RTCDtlsFingerprint(*pair) for pair in prints])
    assert (await meeting.keys() is not None) == has_keys

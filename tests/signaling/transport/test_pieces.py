"""The small parts of the transport: first bytes, records, SRTP, certificate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from signaling.transport.beat import BEAT, next_beat
from signaling.transport.demultiplex import Protocol, protocol_of
from signaling.transport.dtls import (
    DatagramPipe,
    DtlsPeer,
    DtlsSession,
    fingerprint,
    make_certificate,
)
from signaling.transport.records import LARGEST_DATAGRAM, split_flight
from signaling.transport.sealing import Sealer
from signaling.transport.srtp import MOST_STREAMS, SrtpSession
from tests.signaling.forwarding.packets import rtp

KEY = bytes(range(28))


def srtp() -> SrtpSession:
    """A session that can read what it wrote."""
    profile = Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    inbound = Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=profile)
    outbound = Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)
    return SrtpSession(Session(inbound), Session(outbound), sealer=Sealer.gcm(KEY))


@pytest.mark.parametrize(
    ("first", "protocol"),
    [
        (0, Protocol.STUN),
        (3, Protocol.STUN),
        (4, Protocol.UNKNOWN),
        (19, Protocol.UNKNOWN),
        (20, Protocol.DTLS),
        (63, Protocol.DTLS),
        (64, Protocol.UNKNOWN),
        (127, Protocol.UNKNOWN),
        (128, Protocol.RTP),
        (191, Protocol.RTP),
        (192, Protocol.UNKNOWN),
    ],
)
def test_the_first_byte_tells_the_protocol(first: int, protocol: Protocol) -> None:
    assert protocol_of(bytes((first, 0))) is protocol


def test_an_empty_datagram_is_of_no_protocol() -> None:
    assert protocol_of(b"") is Protocol.UNKNOWN


def classic(size: int) -> bytes:
    return b"\x16\xfe\xfd" + bytes(8) + size.to_bytes(2, "big") + bytes(size)


def unified(size: int) -> bytes:
    return b"\x2c\x00\x01" + size.to_bytes(2, "big") + bytes(size)


def test_records_leave_together_while_they_fit() -> None:
    assert split_flight(classic(500) + classic(500)) == [classic(500) + classic(500)]
    assert split_flight(classic(700) + unified(600)) == [classic(700), unified(600)]


def test_a_record_without_a_length_is_the_rest() -> None:
    assert split_flight(b"\x20\x01" + bytes(90)) == [b"\x20\x01" + bytes(90)]
    assert split_flight(b"\x24\x01\x00\x02ab" + b"\x16") == [b"\x24\x01\x00\x02ab\x16"]


@given(st.binary(max_size=5000))
def test_no_byte_of_a_flight_is_lost(flight: bytes) -> None:
    datagrams = split_flight(flight)
    assert b"".join(datagrams) == flight
    assert all(datagrams)


@given(st.lists(st.integers(1, 1000), max_size=12))
def test_datagrams_fit_the_path(sizes: list[int]) -> None:
    datagrams = split_flight(b"".join(classic(size) for size in sizes))
    assert all(len(datagram) <= LARGEST_DATAGRAM for datagram in datagrams)


def test_media_and_reports_come_back_as_they_were() -> None:
    session = srtp()
    for packet in (rtp(1, bytes(1400)), b"\x80\xc9\x00\x01\x00\x00\x00\x01"):
        protected = session.protect(packet)
        assert protected is not None
        assert protected != packet
        assert session.unprotect(protected) == packet


def test_a_replayed_packet_is_refused() -> None:
    session = srtp()
    protected = session.protect(rtp(1, b"payload"))
    assert protected is not None
    assert session.unprotect(protected) is not None
    assert session.unprotect(protected) is None


def test_packets_that_fit_no_path_are_refused() -> None:
    assert srtp().protect(rtp(1, bytes(1500))) is None
    assert srtp().unprotect(rtp(1, bytes(2100))) is None


@given(st.binary(max_size=2200))
def test_forged_packets_are_refused(data: bytes) -> None:
    session = srtp()
    assert session.unprotect(b"\x80\x60" + data) is None
    assert session.unprotect(b"\x80\xc8" + data) is None


@pytest.mark.parametrize("is_control", [False, True])
def test_nobody_has_more_streams_than_a_browser_could_use(*, is_control: bool) -> None:
    session = srtp()

    def heard(ssrc: int) -> bool:
        plain = _report(ssrc) if is_control else rtp(1, b"payload", ssrc=ssrc)
        protected = session.protect(plain)
        assert protected is not None
        return session.unprotect(protected) is not None

    assert [heard(ssrc) for ssrc in range(1, MOST_STREAMS + 3)].count(True) == MOST_STREAMS
    assert session.one_too_many(rtp(1, ssrc=MOST_STREAMS + 1))
    assert session.one_too_many(_report(MOST_STREAMS + 1))
    assert not session.one_too_many(rtp(2, ssrc=1))
    last = session.protect(_report(MOST_STREAMS) if is_control else rtp(2, ssrc=MOST_STREAMS))
    assert last is not None
    assert session.unprotect(last) is not None


@given(st.integers(0, 2**32 - 1))
def test_forged_streams_take_no_place(ssrc: int) -> None:
    session = srtp()
    assert session.unprotect(rtp(1, bytes(40), ssrc=ssrc)) is None
    assert session.unprotect(_report(ssrc) + bytes(30)) is None
    assert not session._streams


def _report(ssrc: int) -> bytes:
    return b"\x80\xc9\x00\x01" + ssrc.to_bytes(4, "big")


def test_the_fingerprint_is_written_as_sdp_wants_it() -> None:
    text = fingerprint(make_certificate())
    assert len(text.split(":")) == 32
    assert text == text.upper()


def test_the_inbox_of_a_handshake_is_bounded() -> None:
    pipe = DatagramPipe(lambda _: None)
    assert [pipe.deliver(b"x") for _ in range(65)] == [True] * 64 + [False]


async def test_a_session_without_handshake_writes_nothing() -> None:
    sent: list[bytes] = []
    peer = DtlsPeer((("sha-256", "00"),), we_are_server=False)
    session = DtlsSession(make_certificate(), peer, sent.append)
    await session._write_ssl()
    await session.shut()
    assert sent == []


@given(now=st.floats(0, 1e7), every=st.integers(1, 8))
def test_a_beat_comes_soon_but_never_twice(now: float, every: int) -> None:
    due = next_beat(now, every)
    assert 0 < due - now <= BEAT * (every + 0.1) + 1e-8
    assert next_beat(due, every) - due > BEAT * every * 0.9

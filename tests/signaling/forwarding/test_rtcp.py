"""RTCP: what we build is read by us and by aiortc; hostile bytes end quietly."""

import pytest
from aiortc.rtp import RtcpPacket as PeerPacket
from aiortc.rtp import RtcpPsfbPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket, unpack_remb_fci
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding import rtcp_build
from signaling.forwarding.rtcp import (
    MOST_LOST,
    Goodbye,
    KeyFrameRequest,
    Nack,
    ReceiverEstimate,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    parse_rtcp,
)
from signaling.forwarding.rtp import MalformedPacket

word = st.integers(0, 2**32 - 1)
blocks = st.builds(
    ReportBlock, word, st.integers(0, 255), st.integers(0, 2**23 - 1), word, word, word, word
)


@given(word, st.lists(blocks, max_size=31))
def test_a_receiver_report_is_read_back(ssrc: int, listed: list[ReportBlock]) -> None:
    data = rtcp_build.receiver_report(ssrc, listed)
    assert parse_rtcp(data) == [ReceiverReport(ssrc, tuple(listed))]
    (peer,) = PeerPacket.parse(data)
    assert isinstance(peer, RtcpRrPacket)
    assert [report.ssrc for report in peer.reports] == [block.ssrc for block in listed]


@given(st.builds(SenderReport, word, st.integers(0, 2**64 - 1), word, word, word, st.just(())))
def test_a_sender_report_and_its_description_are_read_back(report: SenderReport) -> None:
    data = rtcp_build.sender_report(report) + rtcp_build.source_description(report.ssrc, "name")
    assert parse_rtcp(data) == [report]
    peer, description = PeerPacket.parse(data)
    assert isinstance(peer, RtcpSrPacket)
    assert peer.sender_info.ntp_timestamp == report.ntp
    assert description.chunks[0].items == [(1, b"name")]  # type: ignore[union-attr]


@given(st.sets(st.integers(0, 2**20), min_size=1, max_size=200))
def test_a_nack_names_exactly_the_lost_numbers(lost: set[int]) -> None:
    data = rtcp_build.nack(1, 2, sorted(lost))
    (nack,) = parse_rtcp(data)
    assert isinstance(nack, Nack)
    assert nack.media_ssrc == 2
    assert set(nack.lost) == {number & 0xFFFF for number in lost}


def test_no_more_numbers_of_a_nack_are_read_than_a_cache_holds() -> None:
    (nack,) = parse_rtcp(rtcp_build.nack(1, 2, range(8000)))
    assert isinstance(nack, Nack)
    assert MOST_LOST <= len(nack.lost) <= MOST_LOST + 16
    assert nack.lost == tuple(range(len(nack.lost)))


def test_a_stream_named_often_in_one_request_is_asked_for_once() -> None:
    entries = b"".join(ssrc.to_bytes(4, "big") + bytes(4) for ssrc in (7, 8, 7, 7))
    found = parse_rtcp(rtcp_build.packet(4, 206, bytes(8) + entries))
    assert found == [KeyFrameRequest(7, 0), KeyFrameRequest(8, 0)]


def test_a_nack_over_the_wrap_is_one_entry() -> None:
    data = rtcp_build.nack(1, 2, [65535, 65536, 65540])
    assert len(data) == 16
    assert parse_rtcp(data) == [Nack(2, (65535, 0, 4))]


def test_a_peer_understands_our_nack_and_pli() -> None:
    nack, pli = PeerPacket.parse(rtcp_build.nack(1, 2, [5, 7]) + rtcp_build.picture_loss(1, 2))
    assert isinstance(nack, RtcpRtpfbPacket)
    assert nack.lost == [5, 7]
    assert isinstance(pli, RtcpPsfbPacket)
    assert (pli.fmt, pli.media_ssrc) == (1, 2)


@given(st.integers(1, 2**40), st.lists(word, min_size=1, max_size=5))
def test_an_estimate_is_read_back_to_eighteen_bits(bitrate: int, ssrcs: list[int]) -> None:
    data = rtcp_build.receiver_estimate(1, bitrate, ssrcs)
    (estimate,) = parse_rtcp(data)
    assert isinstance(estimate, ReceiverEstimate)
    assert estimate.ssrcs == tuple(ssrcs)
    assert 0 <= bitrate - estimate.bitrate <= bitrate >> 17
    (peer,) = PeerPacket.parse(data)
    assert isinstance(peer, RtcpPsfbPacket)
    assert unpack_remb_fci(peer.fci) == (estimate.bitrate, ssrcs)


def test_key_frame_requests_of_both_kinds_are_read() -> None:
    fir = bytes.fromhex("84ce0004 00000001 00000000 00000007 01000000".replace(" ", ""))
    assert parse_rtcp(rtcp_build.picture_loss(1, 9) + fir) == [
        KeyFrameRequest(9),
        KeyFrameRequest(7, 1),
    ]


def test_a_goodbye_is_read() -> None:
    assert parse_rtcp(rtcp_build.packet(2, 203, bytes.fromhex("0000000100000002"))) == [
        Goodbye((1, 2))
    ]


def test_profile_extensions_and_unknown_types_are_skipped() -> None:
    report = rtcp_build.packet(0, 201, bytes(4) + b"more")
    extended = rtcp_build.packet(0, 207, bytes(8))
    assert parse_rtcp(report + extended) == [ReceiverReport(0, ())]


def test_padding_of_the_last_packet_is_left_out() -> None:
    padded = b"\xa1\xcb\x00\x02" + bytes.fromhex("00000001") + b"\x00\x00\x00\x04"
    assert parse_rtcp(padded) == [Goodbye((1,))]


@pytest.mark.parametrize(
    "data",
    [
        b"\x80",
        b"\x40\xc9\x00\x00",  # version 1
        b"\x80\xc9\x00\x05\x00\x00\x00\x01",  # longer than the datagram
        b"\x81\xc9\x00\x01\x00\x00\x00\x01",  # a block that is not there
        b"\x80\xc8\x00\x01\x00\x00\x00\x01",  # half a sender report
        b"\xa0\xc9\x00\x01\x00\x00\x00\x00",  # a padding count of zero
        b"\xa0\xcb\x00\x00",  # padding in an empty packet
        b"\x81\xce\x00\x01\x00\x00\x00\x01",  # half a PLI
        b"\x80\xcb\x00\x00" * 40,
    ],
)
def test_bytes_that_are_no_compound_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_rtcp(data)


def test_application_feedback_that_is_no_estimate_is_skipped() -> None:
    assert parse_rtcp(rtcp_build.packet(15, 206, bytes(8) + b"ELSE")) == []


@given(
    st.integers(0, 31),
    st.sampled_from([200, 201, 202, 203, 205, 206, 207]),
    st.binary(max_size=80).map(lambda b: b + bytes(-len(b) % 4)),
)
def test_no_body_raises_anything_but_a_malformed_packet(count: int, kind: int, body: bytes) -> None:
    try:
        parse_rtcp(rtcp_build.packet(count, kind, body))
    except MalformedPacket:
        return


@given(st.binary(max_size=80))
def test_no_bytes_raise_anything_but_a_malformed_packet(data: bytes) -> None:
    try:
        parse_rtcp(data)
    except MalformedPacket:
        return

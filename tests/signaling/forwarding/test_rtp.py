"""RTP headers and extensions: what is read, what is built, and that hostile bytes end quietly."""

import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.rtp import (
    MalformedPacket,
    build_extensions,
    is_rtcp,
    parse_rtp,
    read_extensions,
    restore_from_rtx,
)
from tests.signaling.forwarding.packets import rtp

elements = st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=6)
long_elements = st.dictionaries(st.integers(1, 255), st.binary(max_size=60), max_size=6)


def test_a_header_is_read() -> None:
    data = rtp(65535, b"payload", timestamp=2**32 - 1, marker=True, extensions=[(4, b"1")])
    header = parse_rtp(data)
    assert (header.sequence, header.timestamp, header.ssrc) == (65535, 2**32 - 1, 0x1111)
    assert (header.payload_type, header.marker) == (96, True)
    assert data[header.payload_start : header.payload_end] == b"payload"
    assert read_extensions(data, header) == {4: b"1"}


def test_padding_is_left_out_of_the_payload() -> None:
    data = rtp(1, b"payload", padding=9)
    header = parse_rtp(data)
    assert data[header.payload_start : header.payload_end] == b"payload"


def test_contributing_sources_are_skipped() -> None:
    packet = RtpPacket(payload_type=96, sequence_number=7, payload=b"payload")
    packet.csrc = [1, 2, 3]
    data = packet.serialize()
    header = parse_rtp(data)
    assert header.csrc_end == 24
    assert data[header.payload_start :] == b"payload"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        rtp(1)[:11],
        b"\x40" + rtp(1)[1:],  # version 1
        rtp(1, b"", extensions=[(1, b"x")])[:14],  # no room for the extension header
        rtp(1, b"", extensions=[(1, b"x" * 16)])[:20],  # an extension beyond the end
        b"\xa0" + rtp(1)[1:12] + b"\x00",  # a padding count of zero
        b"\xa0" + rtp(1)[1:12] + b"\x02",  # more padding than there is
        b"\x8f" + rtp(1)[1:20],  # fifteen sources and no room for them
    ],
)
def test_bytes_that_are_no_packet_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse_rtp(data)


@given(elements)
def test_one_byte_extensions_are_read_back(values: dict[int, bytes]) -> None:
    data = rtp(1, b"payload", extensions=values.items())
    header = parse_rtp(data)
    assert read_extensions(data, header) == values
    assert data[header.payload_start :] == b"payload"


@given(long_elements)
def test_two_byte_extensions_are_read_back(values: dict[int, bytes]) -> None:
    data = rtp(1, b"payload", extensions=values.items())
    assert read_extensions(data, parse_rtp(data)) == values


def test_extensions_of_an_unknown_profile_are_ignored() -> None:
    data = rtp(1, b"payload", extensions=[(4, b"1")]).replace(b"\xbe\xde", b"\x12\x34")
    assert read_extensions(data, parse_rtp(data)) == {}


def test_padding_and_the_end_mark_between_elements_are_understood() -> None:
    block = b"\xbe\xde\x00\x02" + b"\x00\x10\xaa\x00" + b"\xf0\xff\xff\xff"
    data = b"\x90" + rtp(1)[1:12] + block
    assert read_extensions(data, parse_rtp(data)) == {1: b"\xaa"}


@pytest.mark.parametrize(
    "block",
    [
        b"\xbe\xde\x00\x01\x1f\x00\x00\x00",
        b"\x10\x00\x00\x01\x00\x00\x00\x05",
        b"\x10\x00\x00\x01\x05\x09\x00\x00",
    ],
)
def test_an_element_beyond_the_block_is_refused(block: bytes) -> None:
    data = b"\x90" + rtp(1)[1:12] + block
    with pytest.raises(MalformedPacket):
        read_extensions(data, parse_rtp(data))


@given(st.binary(max_size=64).map(lambda b: b"\x90" + b))
def test_no_bytes_raise_anything_but_a_malformed_packet(data: bytes) -> None:
    try:
        read_extensions(data, parse_rtp(data))
    except MalformedPacket:
        return


@given(st.integers(0, 65535), elements, st.binary(max_size=50))
def test_a_packet_comes_out_of_its_retransmission_as_it_was(
    sequence: int, values: dict[int, bytes], payload: bytes
) -> None:
    original = rtp(sequence, payload, timestamp=9, marker=True, extensions=values.items())
    wrapped = rtp(
        77,
        sequence.to_bytes(2, "big") + payload,
        timestamp=9,
        marker=True,
        extensions=values.items(),
        ssrc=5,
        payload_type=97,
        padding=3,
    )
    assert restore_from_rtx(wrapped, parse_rtp(wrapped), 96, 0x1111) == original


def test_a_retransmission_that_is_only_a_probe_holds_no_packet() -> None:
    probe = rtp(77, b"", padding=200)
    assert restore_from_rtx(probe, parse_rtp(probe), 96, 1) is None


def test_rtcp_is_told_by_its_second_byte() -> None:
    assert is_rtcp(b"\x80\xc8")
    assert is_rtcp(b"\x80\xdf")
    assert not is_rtcp(rtp(1, payload_type=96, marker=True))
    assert not is_rtcp(b"\x80")


def test_no_extension_takes_no_room() -> None:
    assert build_extensions([]) == b""

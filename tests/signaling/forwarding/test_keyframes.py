"""Where a viewer may start, by codec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding.keyframes import starts_key_frame

STAP = b"\x78" + b"\x00\x02\x67\x42" + b"\x00\x02\x68\xce" + b"\x00\x02\x65\x88"


@pytest.mark.parametrize(
    "payload",
    [
        b"\x10\x00\x01",  # no extension
        b"\x90\x80\x05\x00",  # picture id of 7 bits
        b"\x90\x80\x85\x00\x00",  # of 15 bits
        b"\x90\xf0\x85\x00\x01\x20\x00",  # with TL0PICIDX and TID
    ],
)
def test_the_first_packet_of_a_vp8_key_frame_starts(payload: bytes) -> None:
    assert starts_key_frame("VP8", payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x10",  # no frame
        b"\x10\x01",  # a delta frame
        b"\x00\x00",  # not the start of a partition
        b"\x11\x00",  # of the second partition
        b"\x90\x80",  # cut
        b"\x90\xf0\x85\x00\x01\x20",
    ],
)
def test_other_vp8_packets_do_not_start(payload: bytes) -> None:
    assert not starts_key_frame("VP8", payload)


@pytest.mark.parametrize("payload", [b"\x67\x42", STAP, b"\x7c\x87\x00"])
def test_sequence_parameter_sets_start(payload: bytes) -> None:
    assert starts_key_frame("H264", payload)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x41\x9a",
        b"\x65\x88",  # an IDR whose sets went before it, or nowhere
        b"\x7c\x85\x88",
        b"\x68\xce",
        b"\x7c\x05\x88",
        b"\x7c",
        b"\x78\x00\x02\x41\x9a",
    ],
)
def test_other_h264_packets_do_not_start(payload: bytes) -> None:
    assert not starts_key_frame("H264", payload)


def test_audio_starts_anywhere() -> None:
    assert starts_key_frame("opus", b"\xfc")


@given(st.binary(max_size=60))
def test_any_payload_has_an_answer(payload: bytes) -> None:
    assert starts_key_frame("H264", payload) in {True, False}
    assert starts_key_frame("VP8", payload) in {True, False}

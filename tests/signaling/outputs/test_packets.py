"""Messages on the socket between a media worker and the outputs process."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.outputs.packets import (
    LENGTH,
    KeyFrameWanted,
    LinkFault,
    MediaPacket,
    Message,
    SenderClock,
    SourceEnded,
    decode,
    decode_wanted,
    encode,
)

AT = timedelta(days=30, microseconds=7)
EXAMPLES: list[Message] = [
    MediaPacket("ab12", "1", "vp8", AT, 1 << 40, 4_294_967_295, 4_294_967_295, True, b"payload"),
    MediaPacket("ab12", "", "opus", AT, 0, 0, 0, False, b""),
    SenderClock("ab12", "video-0", 4_294_967_295, AT, (1 << 64) - 1, 90_000),
    SourceEnded("ab12"),
]


@pytest.mark.parametrize("message", EXAMPLES)
def test_what_is_encoded_is_read_back(message: Message):
    data = encode(message)
    assert LENGTH.unpack_from(data)[0] == len(data) - LENGTH.size
    assert decode(data[LENGTH.size :]) == message


def test_a_wish_for_a_key_frame_is_read_back():
    wanted = KeyFrameWanted("ab12", "1")
    assert decode_wanted(encode(wanted)[LENGTH.size :]) == wanted


@given(st.binary(max_size=80))
def test_no_bytes_raise_anything_but_a_link_fault(body: bytes):
    for read in (decode, decode_wanted):
        with contextlib.suppress(LinkFault):
            read(body)


@pytest.mark.parametrize("message", EXAMPLES)
def test_a_message_without_its_names_is_a_fault(message: Message):
    body = encode(message)[LENGTH.size :]
    with pytest.raises(LinkFault):
        decode(body[:4])


def test_another_kind_of_message_is_a_fault():
    with pytest.raises(LinkFault):
        decode(b"\x09")
    with pytest.raises(LinkFault):
        decode_wanted(encode(SourceEnded("abc"))[LENGTH.size :])

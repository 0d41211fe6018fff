"""Streams are told by MID and RID, then by a=ssrc, then by payload type."""

from dataclasses import replace

import pytest

from signaling.forwarding.identify import MOST_STREAMS, Stream, StreamIdentifier, TooManyStreams
from signaling.forwarding.negotiated import InboundSection
from signaling.forwarding.rtp import parse_rtp
from tests.signaling.forwarding.packets import AUDIO_UP, OPUS, VIDEO_UP, rtp

NAMED = replace(VIDEO_UP, ssrcs=(10,), rtx_ssrcs=((10, 11),))
SECOND_AUDIO = replace(AUDIO_UP, mid="2")


def ask(identifier: StreamIdentifier, data: bytes) -> Stream | None:
    return identifier.identify(data, parse_rtp(data))


def identifier(*sections: InboundSection) -> StreamIdentifier:
    return StreamIdentifier(sections or (AUDIO_UP, VIDEO_UP))


def test_the_mid_extension_names_the_section() -> None:
    streams = identifier(AUDIO_UP, SECOND_AUDIO)
    first = rtp(1, ssrc=5, payload_type=111, extensions=[(4, b"2")])
    assert ask(streams, first) == Stream("2", "")
    assert ask(streams, rtp(2, ssrc=5, payload_type=111)) == Stream("2", "")


def test_the_rid_extension_names_the_layer_and_its_repairs() -> None:
    streams = identifier(replace(VIDEO_UP, rids=("q", "f")))
    for ssrc, rid in ((5, b"q"), (6, b"f")):
        named = [(4, b"1"), (10, rid)]
        assert ask(streams, rtp(1, ssrc=ssrc, extensions=named)) == Stream("1", rid.decode())
    repairs = rtp(1, ssrc=7, payload_type=97, extensions=[(4, b"1"), (11, b"q")])
    assert ask(streams, repairs) == Stream("1", "q", 5)


def test_a_declared_ssrc_names_the_section_and_what_it_repairs() -> None:
    streams = identifier(AUDIO_UP, NAMED)
    assert ask(streams, rtp(1, ssrc=10)) == Stream("1", "")
    assert ask(streams, rtp(1, ssrc=11, payload_type=97)) == Stream("1", "", 10)


def test_the_mid_is_believed_before_the_declared_ssrc() -> None:
    streams = identifier(replace(AUDIO_UP, ssrcs=(10,)), VIDEO_UP)
    assert ask(streams, rtp(1, ssrc=10, extensions=[(4, b"1")])) == Stream("1", "")


def test_a_repair_with_a_mid_finds_its_declared_media() -> None:
    repairs = rtp(1, ssrc=11, payload_type=97, extensions=[(4, b"1")])
    assert ask(identifier(NAMED), repairs) == Stream("1", "", 10)


def test_the_payload_type_decides_when_only_one_section_has_it() -> None:
    streams = identifier()
    assert ask(streams, rtp(1, ssrc=5)) == Stream("1", "")
    assert ask(streams, rtp(1, ssrc=6, payload_type=111)) == Stream("0", "")
    assert ask(streams, rtp(1, ssrc=7, payload_type=97)) == Stream("1", "", 5)


def test_a_payload_type_of_two_sections_decides_nothing() -> None:
    streams = identifier(AUDIO_UP, SECOND_AUDIO)
    assert ask(streams, rtp(1, ssrc=5, payload_type=OPUS.payload_type)) is None


def test_repairs_of_a_stream_that_never_came_belong_to_nobody() -> None:
    assert ask(identifier(), rtp(1, ssrc=7, payload_type=97)) is None


def test_a_peer_that_invents_streams_is_stopped() -> None:
    streams = identifier()
    for ssrc in range(MOST_STREAMS):
        ask(streams, rtp(1, ssrc=ssrc))
    with pytest.raises(TooManyStreams):
        ask(streams, rtp(1, ssrc=MOST_STREAMS))

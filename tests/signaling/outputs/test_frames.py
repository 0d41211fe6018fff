"""Packets become pictures; damage costs pictures until the next key frame, never a broken one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.outputs.frames import LARGEST, Assembler, Frame
from signaling.outputs.packets import MediaPacket
from signaling.outputs.reorder import Ordered
from tests.signaling.outputs.sources import RATE, Publisher

CODECS = ["h264", "vp8"]


def packets(codec: str, seconds: int = 2) -> list[MediaPacket]:
    publisher = Publisher(codec, seconds, has_sound=False, reports=False)
    return [m for m in publisher.messages() if isinstance(m, MediaPacket)]


def assembled(
    assembler: Assembler, arriving: list[MediaPacket], gaps: set[int] | None = None
) -> list[Frame]:
    return [
        frame
        for packet in arriving
        for frame in assembler.push(Ordered(packet, packet.number in (gaps or set())))
    ]


@pytest.mark.parametrize("codec", CODECS)
def test_every_picture_of_an_encoder_comes_out_whole(codec: str):
    assembler = Assembler()
    frames = assembled(assembler, packets(codec))
    assert len(frames) == 2 * RATE
    assert [index for index, frame in enumerate(frames) if frame.is_key] == [0, RATE]
    assert {(frame.width, frame.height) for frame in frames if frame.is_key} == {(320, 240)}
    assert assembler.dropped == 0
    if codec == "vp8":
        assert [frame.data for frame in frames] == list(Publisher("vp8", 2).frames())
    else:
        assert {unit[0] & 0x1F for unit in frames[0].parameter_sets} == {7, 8}


@pytest.mark.parametrize("codec", CODECS)
def test_a_lost_packet_costs_the_pictures_until_the_next_key_frame(codec: str):
    arriving = packets(codec)
    stamps = sorted({packet.timestamp for packet in arriving})
    victim = next(p for p in arriving if p.timestamp == stamps[5])
    rest = [p for p in arriving if p.number != victim.number]
    assembler = Assembler()
    frames = assembled(assembler, rest, gaps={victim.number + 1})
    assert [frame.timestamp for frame in frames] == [*stamps[:5], *stamps[RATE:]]
    assert assembler.dropped >= RATE - 6
    assert not assembler.needs_key


@pytest.mark.parametrize("codec", CODECS)
def test_an_empty_packet_between_or_within_pictures_costs_nothing(codec: str):
    arriving = packets(codec)
    mixed = [found for p in arriving for found in (p._replace(marker=False, payload=b""), p)]
    assembler = Assembler()
    assert assembled(assembler, mixed) == assembled(Assembler(), arriving)
    assert assembler.dropped == 0


@pytest.mark.parametrize("codec", CODECS)
def test_what_comes_before_the_first_key_frame_is_left_out(codec: str):
    arriving = packets(codec)
    second = [p for p in arriving if p.timestamp > arriving[0].timestamp]
    frames = assembled(Assembler(), second)
    assert (len(frames), frames[0].is_key) == (RATE, True)


@pytest.mark.parametrize("codec", CODECS)
def test_a_picture_whose_last_packet_has_no_marker_is_complete_when_the_next_begins(codec: str):
    arriving = [packet._replace(marker=False) for packet in packets(codec)]
    assert len(assembled(Assembler(), arriving)) == 2 * RATE - 1


@pytest.mark.parametrize("codec", CODECS)
@given(payloads=st.lists(st.binary(max_size=40), max_size=12), marks=st.integers(0, 4095))
def test_no_payload_raises(codec: str, payloads: list[bytes], marks: int):
    assembler = Assembler()
    for number, payload in enumerate(payloads):
        stamp, marker = number // 3, bool(marks >> number & 1)
        packet = MediaPacket("out", "1", codec, timedelta(0), number, 1, stamp, marker, payload)
        assembler.push(Ordered(packet, bool(marks >> number + 1 & 1)))


def test_a_picture_that_never_ends_is_dropped():
    first, *_ = packets("vp8")
    assembler = Assembler()
    assembled(assembler, [first._replace(marker=False)])
    body = b"\x80\x80\x80\x01" + bytes(60_000)
    more = first._replace(payload=body, marker=False)
    assert assembled(assembler, [more] * (LARGEST // 60_000 + 1)) == []
    assert assembler.dropped == 1


@pytest.mark.parametrize(
    "payloads",
    [
        [b"\x7c\x85abc", b"\x65\x88"],  # a unit inside a fragmented one
        [b"\x7c"],  # a fragment without its header
        [b"\x7c\x05abc"],  # a fragment without its start
        [b"\x7c\x85abc", b"\x7c\x85abc"],  # two starts
        [b"\x78\x00\x09\x67"],  # an aggregate that is cut
        [b"\x78\x00\x00"],  # an empty unit
        [b"\x79\x00\x00\x00"],  # STAP-B
        [b"\x65\x88\x84"],  # an IDR picture without parameter sets
        [b"\x67\x42\xc0", b"\x68\xce", b"\x65\x88"],  # an SPS that says nothing
        [b"\x7c\x85abc"],  # a picture that ends inside a fragment
    ],
)
def test_h264_that_no_file_can_hold_is_dropped(payloads: list[bytes]):
    assembler = Assembler()
    arriving = [
        MediaPacket("o", "1", "h264", timedelta(0), n, 1, 5, n == len(payloads) - 1, payload)
        for n, payload in enumerate(payloads)
    ]
    assert assembled(assembler, arriving) == []
    assert (assembler.dropped, assembler.needs_key) == (1, True)


@pytest.mark.parametrize(
    "payloads",
    [
        [b"\x90\x80\x81\x23"],  # nothing behind the descriptor
        [b"\x10\x00\x00\x00\x00\x00\x00"],  # a key frame without its start code
        [b"\x10\x00", b"\x10\x00"],  # a frame begins inside a frame
    ],
)
def test_vp8_that_no_file_can_hold_is_dropped(payloads: list[bytes]):
    assembler = Assembler()
    arriving = [
        MediaPacket("o", "1", "vp8", timedelta(0), n, 1, 5, n == len(payloads) - 1, payload)
        for n, payload in enumerate(payloads)
    ]
    assert assembled(assembler, arriving) == []
    assert (assembler.dropped, assembler.needs_key) == (1, True)


def test_another_codec_is_dropped():
    assembler = Assembler()
    packet = MediaPacket("o", "1", "av1", timedelta(0), 1, 1, 5, True, b"abc")
    assert assembled(assembler, [packet]) == []
    assert assembler.dropped == 1

"""What a VP8 payload says about itself."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.forwarding import vp8
from signaling.forwarding.vp8 import Descriptor

KEY_HEADER = b"\x50\x0f\x00\x9d\x01\x2a" + struct.pack("<HH", 1280, 720)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\x10\x00\x01", Descriptor(1, True, 0, 0, 0, 0, 0, 0, True)),
        (b"\x10\x01\x01", Descriptor(1, True, 0, 0, 0, 0, 0, 0, False)),
        (b"\x00\x00\x01", Descriptor(1, False, 0, 0, 0, 0, 0, 0, False)),
        (b"\x11\x00\x01", Descriptor(1, False, 0, 0, 0, 0, 0, 0, False)),
        (b"\x90\x00\x00", Descriptor(2, True, 0, 0, 0, 0, 0, 0, True)),
        (b"\x90\x80\x05\x00", Descriptor(3, True, 2, 7, 5, 0, 0, 0, True)),
        (b"\x90\x80\x85\x07\x01", Descriptor(4, True, 2, 15, 0x507, 0, 0, 0, False)),
        (b"\x90\x40\x09\x00", Descriptor(3, True, 0, 0, 0, 2, 9, 0, True)),
        (b"\x90\x20\x80\x00", Descriptor(3, True, 0, 0, 0, 0, 0, 2, True)),
        (b"\x90\x10\xdf\x00", Descriptor(3, True, 0, 0, 0, 0, 0, 0, True)),
        (b"\x80\xf0\xff\xff\x2a\x60\x00", Descriptor(6, False, 2, 15, 0x7FFF, 4, 42, 1, False)),
        (b"\x90\xe0\x7f\x2a\xc0\x00", Descriptor(5, True, 2, 7, 127, 3, 42, 3, True)),
        (b"\x10", Descriptor(1, True, 0, 0, 0, 0, 0, 0, False)),
        (b"\x90\x80\x05", Descriptor(3, True, 2, 7, 5, 0, 0, 0, False)),
    ],
)
def test_the_fields_of_a_descriptor_are_read(payload: bytes, expected: Descriptor) -> None:
    assert vp8.read(payload) == expected


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x90", b"\x90\x80", b"\x90\x80\x85", b"\x90\x40", b"\x90\x20", b"\x90\xf0\x85\x00\x01"],
)
def test_a_payload_that_ends_in_its_descriptor_is_malformed(payload: bytes) -> None:
    assert vp8.read(payload) is None
    assert vp8.size_of(payload) is None


@given(
    starts=st.booleans(),
    partition=st.integers(0, 7),
    picture=st.none() | st.integers(0, 0x7FFF),
    long=st.booleans(),
    tl0=st.none() | st.integers(0, 255),
    temporal=st.none() | st.integers(0, 3),
    frame=st.binary(min_size=1, max_size=20),
)
def test_a_built_descriptor_reads_as_it_was_built(
    *,
    starts: bool,
    partition: int,
    picture: int | None,
    long: bool,
    tl0: int | None,
    temporal: int | None,
    frame: bytes,
) -> None:
    first = 0x80 | (0x10 if starts else 0) | partition
    flags = 0
    fields = b""
    picture_at = tl0_at = 0
    bits = 0
    if picture is not None:
        flags |= 0x80
        picture_at = 2
        bits = 15 if long else 7
        picture &= 0x7FFF if long else 0x7F
        fields += struct.pack("!H", picture | 0x8000) if long else bytes((picture,))
    if tl0 is not None:
        flags |= 0x40
        tl0_at = 2 + len(fields)
        fields += bytes((tl0,))
    if temporal is not None:
        flags |= 0x20
        fields += bytes((temporal << 6,))
    begins = starts and partition == 0
    assert vp8.read(bytes((first, flags)) + fields + frame) == Descriptor(
        2 + len(fields),
        begins,
        picture_at,
        bits,
        picture or 0,
        tl0_at,
        tl0 or 0,
        temporal or 0,
        begins and not frame[0] & 1,
    )


def test_a_key_frame_names_its_size() -> None:
    assert vp8.size_of(b"\x10" + KEY_HEADER) == (1280, 720)
    assert vp8.size_of(b"\x90\x80\x85\x07" + KEY_HEADER) == (1280, 720)


def test_the_scale_bits_are_no_part_of_the_size() -> None:
    scaled = KEY_HEADER[:6] + struct.pack("<HH", 640 | 0x4000, 360 | 0xC000)
    assert vp8.size_of(b"\x10" + scaled) == (640, 360)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x10\x51" + KEY_HEADER[1:],  # a delta frame
        b"\x00" + KEY_HEADER,  # a later packet
        b"\x10" + KEY_HEADER[:-1],  # cut
        b"\x10" + KEY_HEADER.replace(b"\x9d", b"\x9e"),  # another start code
        b"\x10" + KEY_HEADER[:6] + bytes(4),  # no size
    ],
)
def test_other_packets_name_no_size(payload: bytes) -> None:
    assert vp8.size_of(payload) is None


@given(st.binary(max_size=40))
def test_any_payload_has_an_answer_within_itself(payload: bytes) -> None:
    descriptor = vp8.read(payload)
    vp8.size_of(payload)
    if descriptor is not None:
        assert 0 < descriptor.size <= len(payload)
        assert descriptor.picture_at < descriptor.size
        assert descriptor.tl0_at < descriptor.size
